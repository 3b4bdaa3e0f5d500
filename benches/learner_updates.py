"""What the parts `critic` and `policy` share: episodes, batches, models and the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from archer.env import make_vec, scripted
from archer.policy import Policy
from archer.replay import ReplayBuffer
from archer.rollout import collect_scripted
from archer.store import TrajectoryStore
from archer.types import TurnBatch
from benches.learner_rollout import policy_of

EPISODES = 64
TRAJECTORIES, TURNS = 8, 32
"""In one update of each side; speeds are by the turn."""
MICRO_BATCH_TOKENS = 8192
ROUNDS = 2
GAMES = [
    ("subset, demonstrations", "twenty_questions_subset", "noisy"),
    ("subset, 20 turns", "twenty_questions_subset", "random"),
    ("full game, demonstrations", "twenty_questions", "noisy"),
    ("full game, 20 turns", "twenty_questions", "random"),
]
Batch = TurnBatch[torch.Tensor]


def cases(model: str, device: str) -> Iterator[tuple[str, Policy, Batch, Batch]]:
    """Games as what, policy, whole trajectories, and turns with a row for each."""
    for what, game, script in GAMES:
        policy = policy_of(model, device, stops=True)
        played = collect_scripted(
            scripted(game, script, 0), make_vec(game, EPISODES, 0), EPISODES, policy
        )
        store = TrajectoryStore()
        store.extend([episode.trajectory for episode in played])
        replay = ReplayBuffer(store, store.num_turns, seed=0)
        replay.extend(list(range(len(store))))
        whole = replay.sample_trajectories(TRAJECTORIES).to(policy.device)
        yield (
            f"{what} (of {whole.num_turns / TRAJECTORIES:.0f})",
            policy,
            whole,
            replay.sample(TURNS).to(policy.device),
        )


def turns_per_second(sides: Mapping[str, tuple[Callable[[Batch], Any], Batch]]) -> dict[str, float]:
    """The best of some rounds in which the sides take turns."""
    best = dict.fromkeys(sides, 0.0)
    for _ in range(ROUNDS):
        for name, (update, batch) in sides.items():
            start = time.perf_counter()
            update(batch)
            if batch.row.is_cuda:
                torch.cuda.synchronize()
            best[name] = max(best[name], batch.num_turns / (time.perf_counter() - start))
    return best


def beside(what: str, model: str, speed: Mapping[str, float]) -> list[dict[str, Any]]:
    """Rows of the table: archer's speed beside that of each other side."""
    return [
        {
            "what": f"{what}; {side}",
            "model": model,
            "unit": "turns/s",
            "archer": speed["archer"],
            "plain": plain,
        }
        for side, plain in speed.items()
        if side != "archer"
    ]
