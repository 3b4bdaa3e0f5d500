"""Demonstrations as a replay buffer."""

from __future__ import annotations

from archer.algorithms.bc import demonstrations_of, shown
from archer.algorithms.method import Setup
from archer.replay import ReplayBuffer


def demonstrated(setup: Setup) -> ReplayBuffer:
    """The demonstrations of ``setup`` that are learned from, to be drawn uniformly.

    Raises:
        ConfigError: there are none, or another tokenizer or template wrote them.
    """
    store = demonstrations_of(setup)
    replay = ReplayBuffer(store, store.num_turns, seed=setup.config.run.seed)
    replay.extend(shown(store, setup.held_out))
    return replay
