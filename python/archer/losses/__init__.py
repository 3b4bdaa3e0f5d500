"""The equations: pure functions of tensors, nothing else."""

from archer.losses.advantages import gae, q_minus_v, td_advantage
from archer.losses.groups import group_relative, leave_one_out, scale, turn_returns
from archer.losses.policies import (
    clipped_ratio,
    clipped_utterance_ratio,
    cloning,
    kl_estimate,
    reinforce,
)
from archer.losses.shapes import follows, spread, standardize, turn_sum
from archer.losses.tokens import token_gae
from archer.losses.values import baseline_error, expectile_error, squared_error, td_target

__all__ = [
    "baseline_error",
    "clipped_ratio",
    "clipped_utterance_ratio",
    "cloning",
    "expectile_error",
    "follows",
    "gae",
    "group_relative",
    "kl_estimate",
    "leave_one_out",
    "q_minus_v",
    "reinforce",
    "scale",
    "spread",
    "squared_error",
    "standardize",
    "td_advantage",
    "td_target",
    "token_gae",
    "turn_returns",
    "turn_sum",
]
