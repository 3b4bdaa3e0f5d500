"""Turns a second of a policy's update: a pass over each trajectory, and one for each turn."""

from __future__ import annotations

from typing import Any

import torch

from archer import losses
from archer.algorithms.actor import Actor
from archer.config import ArcherConfig
from benches.learner_updates import MICRO_BATCH_TOKENS, Batch, cases, turns_per_second


def measure(model: str, device: str) -> list[dict[str, Any]]:
    """Rows of the table for one size of model."""
    rows = []
    for what, policy, whole, turns in cases(model, device):
        actor = Actor(policy, ArcherConfig(), "archer", micro_batch_tokens=MICRO_BATCH_TOKENS)

        def update(batch: Batch, actor: Actor = actor) -> None:
            advantage = torch.ones_like(batch.reward)
            actor.step(batch, losses.spread(advantage, batch.turn_of_token))

        speed = turns_per_second({"archer": (update, whole), "plain": (update, turns)})
        rows.append({"what": what, "model": model, "unit": "turns/s"} | speed)
    return rows
