"""Turns a second of a policy's update: a pass over each trajectory, and one for each turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from archer import losses
from archer.algorithms.actor import Actor
from archer.config import ArcherConfig
from archer.policy import Policy
from benches.learner_updates import MICRO_BATCH_TOKENS, Batch, beside, cases, turns_per_second


def measure(model: str, device: str) -> list[dict[str, Any]]:
    """Rows of the table for one size of model."""
    rows = []
    for what, policy, whole, turns in cases(model, device):
        in_pieces = update_of(policy, MICRO_BATCH_TOKENS)
        speed = turns_per_second(
            {
                "archer": (in_pieces, whole),
                "a sequence for each turn, in pieces": (in_pieces, turns),
                "a sequence for each turn, one padded batch": (update_of(policy, None), turns),
            }
        )
        rows += beside(what, model, speed)
    return rows


def update_of(policy: Policy, tokens: int | None) -> Callable[[Batch], Any]:
    """A step of policy gradient with every advantage 1."""
    actor = Actor(policy, ArcherConfig(), "archer", micro_batch_tokens=tokens)

    def update(batch: Batch) -> None:
        advantage = torch.ones_like(batch.reward)
        actor.step(batch, losses.spread(advantage, batch.turn_of_token))

    return update
