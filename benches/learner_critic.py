"""Turns a second of a critic's update: a pass over each trajectory, and one for each turn.

archer's batches pass in pieces of rows of similar length; the released code of the paper pads a
batch to its longest row, so turns are measured both ways.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from archer.algorithms.utterance_critic import UtteranceCritic
from archer.config import ArcherConfig
from archer.critic import CausalCritic, Critic, JointCritic
from archer.policy import Policy
from benches.learner_updates import MICRO_BATCH_TOKENS, Batch, beside, cases, turns_per_second


def measure(model: str, device: str) -> list[dict[str, Any]]:
    """Rows of the table for one size of model."""
    rows = []
    for what, policy, whole, turns in cases(model, device):
        causal = CausalCritic(trunk_of(policy))
        joint = JointCritic(trunk_of(policy), None, policy.decode)
        in_pieces = update_of(causal, device, MICRO_BATCH_TOKENS)
        speed = turns_per_second(
            {
                "archer": (in_pieces, whole),
                "a row for each turn, in pieces": (in_pieces, turns),
                "each (s, a) pair, in pieces": (
                    update_of(joint, device, MICRO_BATCH_TOKENS),
                    turns,
                ),
                "each (s, a) pair, one padded batch": (update_of(joint, device, None), turns),
            }
        )
        rows += beside(what, model, speed)
    return rows


def trunk_of(policy: Policy) -> Any:
    """A trunk of the policy's size."""
    return copy.deepcopy(policy.model.base_model)


def update_of(critic: Critic, device: str, tokens: int | None) -> Callable[[Batch], Any]:
    """What ArCHer does with a batch: target values, then a step toward them."""
    learner = UtteranceCritic(critic.to(device), ArcherConfig(), "archer", tokens)

    def update(batch: Batch) -> None:
        slow = learner.target_values(batch)
        learner.regress(batch, batch.reward + 0.95 * slow.v_next, slow.q)

    return update
