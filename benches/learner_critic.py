"""Turns a second of a critic's update: a pass over each trajectory, and one for each turn."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from archer.algorithms.utterance_critic import UtteranceCritic
from archer.config import ArcherConfig
from archer.critic import CausalCritic, Critic, JointCritic
from archer.policy import Policy
from benches.learner_updates import MICRO_BATCH_TOKENS, Batch, cases, turns_per_second


def measure(model: str, device: str) -> list[dict[str, Any]]:
    """Rows of the table for one size of model."""
    rows = []
    for what, policy, whole, turns in cases(model, device):
        causal = CausalCritic(trunk_of(policy))
        joint = JointCritic(trunk_of(policy), None, policy.decode)
        speed = turns_per_second(
            {
                "archer": (update_of(causal, device), whole),
                "one row for each turn": (update_of(causal, device), turns),
                "joint": (update_of(joint, device), turns),
            }
        )
        rows += [
            {
                "what": f"{what}; {plain}",
                "model": model,
                "unit": "turns/s",
                "archer": speed["archer"],
                "plain": speed[plain],
            }
            for plain in ("one row for each turn", "joint")
        ]
    return rows


def trunk_of(policy: Policy) -> Any:
    """A trunk of the policy's size."""
    return copy.deepcopy(policy.model.base_model)


def update_of(critic: Critic, device: str) -> Callable[[Batch], Any]:
    """What ArCHer does with a batch: target values, then a step toward them."""
    learner = UtteranceCritic(critic.to(device), ArcherConfig(), "archer", MICRO_BATCH_TOKENS)

    def update(batch: Batch) -> None:
        slow = learner.target_values(batch)
        learner.regress(batch, batch.reward + 0.95 * slow.v_next, slow.q)

    return update
