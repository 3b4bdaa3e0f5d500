"""Demonstrations as a replay buffer."""

from __future__ import annotations

from archer.algorithms.bc import check_demonstrations
from archer.policy import Policy
from archer.replay import ReplayBuffer
from archer.store import TrajectoryStore


def demonstrated(store: TrajectoryStore, policy: Policy, seed: int) -> ReplayBuffer:
    """All episodes of ``store``, to be drawn uniformly.

    Args:
        store: demonstrations.
        policy: is to learn from them.
        seed: of the draws.

    Raises:
        ConfigError: an empty store, or one that another tokenizer encoded.
    """
    check_demonstrations(store, policy)
    replay = ReplayBuffer(store, store.num_turns, seed=seed)
    replay.extend(list(range(store.first_id, len(store))))
    return replay
