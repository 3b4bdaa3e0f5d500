"""The equations: pure functions of tensors, nothing else."""

from archer.losses.advantages import (
    awr_weight,
    doubly_robust,
    gae,
    q_minus_v,
    td_advantage,
)
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
    "kl_estimate",
    "proposal_value",
    "q_minus_v",
    "reinforce",
    "retrace",
    "spread",
    "squared_error",
    "standardize",
    "td_advantage",
    "td_target",
    "token_td_target",
    "turn_sum",
    "utterance_ratio",
    "vtrace",
    "vtrace_q",
]
