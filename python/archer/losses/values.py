"""What critics regress toward, and how: pure functions of tensors.

Shapes: ``N`` turns, ``B`` rows of ``L`` tokens. Critics are twins, so their outputs are ``(2, N)``.
Suffixes: ``next`` is the turn after. "The paper" is ArCHer (arXiv 2402.19446).
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer.losses.shapes import check, turn_mean


def td_target(
    reward: Tensor, v_next: Tensor, terminated: Tensor, discount: float | Tensor
) -> Tensor:
    """Temporal-difference target of Q in the paper: ``r + discount * (1 - terminated) * V(s')``.

    A truncated turn is bootstrapped from, because only ``terminated`` stops the sum.

    Args:
        reward: (N,).
        v_next: (2, N) of the target network, or (N,).
        terminated: (N,) bool.
        discount: per turn; (N,) of ``discount ** steps`` where rewards are sums over several turns.

    Returns:
        The shape of ``v_next``.
    """
    check("terminated", terminated, reward.shape)
    check("v_next", v_next, v_next.shape[:-1] + reward.shape)
    if isinstance(discount, Tensor):
        check("discount", discount, reward.shape)
    return reward + discount * torch.where(terminated, torch.zeros_like(v_next), v_next)


def squared_error(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Twin regression, the paper's objectives of Q and of V.

    The mean over turns of ``weight * (prediction - target)^2``, summed over the twins.
    Args: prediction and target (2, N), weight (N,).
    """
    check("target", target, prediction.shape)
    check("weight", weight, prediction.shape[1:])
    return (weight * (prediction - target.detach()).square()).mean(dim=1).sum()


def expectile_error(prediction: Tensor, target: Tensor, weight: Tensor, expectile: float) -> Tensor:
    """Asymmetric regression of IQL (arXiv 2110.06169, eq. 5), summed over twins.

    Errors where the target lies above weigh ``expectile``, the others ``1 - expectile``; all is
    doubled so that 0.5 equals `squared_error`. Args: prediction and target (2, N), weight (N,).
    """
    check("target", target, prediction.shape)
    check("weight", weight, prediction.shape[1:])
    error = target.detach() - prediction
    side = torch.where(error > 0, expectile, 1.0 - expectile)
    return (weight * 2.0 * side * error.square()).mean(dim=1).sum()


def baseline_error(
    baseline: Tensor, advantage: Tensor, turn_of_token: Tensor, num_turns: int
) -> Tensor:
    """Regression of the token-level baseline toward the advantage; all (B, L)."""
    check("baseline", baseline, advantage.shape)
    return turn_mean((advantage.detach() - baseline).square(), turn_of_token, num_turns)
