"""The equations: pure functions of tensors, nothing else."""

from archer.losses.advantages import (
    awr_weight,
    doubly_robust,
    gae,
    q_minus_v,
    td_advantage,
)
from archer.losses.groups import group_relative, leave_one_out, scale, turn_returns
from archer.losses.offline import (
    conservative_tokens,
    conservative_utterances,
    proposal_value,
    token_td_target,
)
from archer.losses.policies import (
    clipped_ratio,
    clipped_utterance_ratio,
    cloning,
    kl_estimate,
    reinforce,
)
from archer.losses.shapes import backward_sum, follows, spread, standardize, turn_sum
from archer.losses.tokens import token_gae
from archer.losses.traces import retrace, utterance_ratio, vtrace, vtrace_q
from archer.losses.values import baseline_error, expectile_error, squared_error, td_target

__all__ = [
    "awr_weight",
    "backward_sum",
    "baseline_error",
    "clipped_ratio",
    "clipped_utterance_ratio",
    "cloning",
    "conservative_tokens",
    "conservative_utterances",
    "doubly_robust",
    "expectile_error",
    "follows",
    "gae",
    "group_relative",
    "kl_estimate",
    "leave_one_out",
    "proposal_value",
    "q_minus_v",
    "reinforce",
    "retrace",
    "scale",
    "spread",
    "squared_error",
    "standardize",
    "td_advantage",
    "td_target",
    "token_gae",
    "token_td_target",
    "turn_returns",
    "turn_sum",
    "utterance_ratio",
    "vtrace",
    "vtrace_q",
]
