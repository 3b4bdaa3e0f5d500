"""How every learner takes a step: the optimizer, and the clipping of gradients before it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from archer.errors import DivergenceError


class AdamW(torch.optim.AdamW):
    """torch's, and how many turns it has learned from."""

    turns = 0
    """Those in the batches of its steps so far; no checkpoint keeps it."""


def adamw(parameters: Iterable[Tensor], learning_rate: float, weight_decay: float = 0.0) -> AdamW:
    """AdamW (Loshchilov and Hutter, arXiv 1711.05101), all parameters in one kernel.

    One by one, as torch does it on a CPU by itself, costs small networks a tenth of their update.
    """
    return AdamW(parameters, lr=learning_rate, weight_decay=weight_decay, fused=True)


def count_turns(optimizer: torch.optim.Optimizer, turns: int) -> None:
    """Notes the turns in the batch of a step; an optimizer that is not `adamw`'s counts none."""
    if isinstance(optimizer, AdamW):
        optimizer.turns += turns


def clip_gradients(parameters: Iterable[Tensor], max_norm: float, setting: str) -> float:
    """Scales the gradients down to ``max_norm`` and returns their norm before that.

    Raises:
        DivergenceError: the norm is not finite; no weight has been touched, and the message names
            ``setting``, the learning rate to lower.
    """
    norm = float(torch.nn.utils.clip_grad_norm_(list(parameters), max_norm))
    if not math.isfinite(norm):
        raise DivergenceError(
            f"the gradient's norm is {norm}, so training has diverged; the weights are as they "
            f"were before this update. Resume from the last checkpoint with a lower {setting}"
        )
    return norm
