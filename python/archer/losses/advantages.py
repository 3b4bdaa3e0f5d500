"""How much better an utterance was than expected: pure functions of tensors.

Shapes: ``N`` turns, ``B`` rows of ``L`` tokens. Critics are twins, so their outputs are ``(2, N)``.
Suffixes: ``next`` is the turn after. "The paper" is ArCHer (arXiv 2402.19446).
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer.losses.shapes import check
from archer.losses.values import td_target


def q_minus_v(q: Tensor, v: Tensor) -> Tensor:
    """The paper's advantage: ``min Q(s, a) - min V(s)`` over the twins. (2, N), (2, N) -> (N,)."""
    check("v", v, q.shape)
    return q.amin(dim=0) - v.amin(dim=0)


def td_advantage(
    reward: Tensor, v: Tensor, v_next: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    """One-step advantage ``r + discount * V(s') - V(s)``, with all arguments (N,)."""
    check("v", v, reward.shape)
    return td_target(reward, v_next, terminated, discount) - v


def gae(
    reward: Tensor,
    v: Tensor,
    v_next: Tensor,
    terminated: Tensor,
    follows: Tensor,
    discount: float,
    lam: float,
) -> Tensor:
    """Generalised advantage estimation over utterances (arXiv 1506.02438, eq. 16).

    Args:
        reward: (N,), turns ordered by episode and time.
        v: (N,) V of each turn's context.
        v_next: (N,) V of each turn's next context; ignored where terminated.
        terminated: (N,) bool.
        follows: (N,) bool: the next turn is of the same episode, see `follows`; the sum stops
            where it is not.
        discount: per turn.
        lam: 0 gives `td_advantage`, 1 the Monte-Carlo return minus V.

    Returns:
        (N,) advantages.
    """
    check("follows", follows, reward.shape)
    delta = td_advantage(reward, v, v_next, terminated, discount).tolist()
    goes_on = follows.tolist()
    advantage = [0.0] * len(delta)
    for n in range(len(delta) - 1, -1, -1):
        advantage[n] = delta[n] + (discount * lam * advantage[n + 1] if goes_on[n] else 0.0)
    return torch.tensor(advantage, dtype=reward.dtype, device=reward.device)
