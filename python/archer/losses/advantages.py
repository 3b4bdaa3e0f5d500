"""How much better an utterance was than expected: pure functions of tensors.

Shapes: ``N`` turns, ``B`` rows of ``L`` tokens. Critics are twins, so their outputs are ``(2, N)``.
Suffixes: ``next`` is the turn after. "The paper" is ArCHer (arXiv 2402.19446).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from archer.losses.shapes import backward_sum, check
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
    delta = td_advantage(reward, v, v_next, terminated, discount)
    return backward_sum(delta, torch.full_like(reward, discount * lam), follows)


def doubly_robust(
    reward: Tensor,
    v: Tensor,
    v_next: Tensor,
    terminated: Tensor,
    follows: Tensor,
    discount: float,
    lam: float,
) -> Tensor:
    """DigiRL's advantage of a step (arXiv 2406.11896, eq. 4.3).

    ``w + (1 - w) (r_h + discount * V(s_{h+1}) - V(s_h))`` with ``w = lam^{H - h} r_H``, where ``H``
    is the episode's last turn: what happened in the end counts the more, the nearer the end is, and
    the values the rest. (The paper has ``discount`` 1.) It is made for tasks that reward success
    alone: the last turn's reward lies within [0, 1] and the others' are 0.

    Args:
        reward: (N,), turns of whole episodes, ordered by episode and time.
        v: (N,) V of each turn's context.
        v_next: (N,) V of each turn's next context; ignored where terminated.
        terminated: (N,) bool.
        follows: (N,) bool, see `follows`.
        discount: per turn.
        lam: 0 lets only an episode's last turn see how it ended.

    Returns:
        (N,) advantages.
    """
    at_the_end = torch.where(follows, torch.zeros_like(reward), reward)
    weight = backward_sum(at_the_end, torch.full_like(reward, lam), follows)
    delta = td_advantage(reward, v, v_next, terminated, discount)
    return weight + (1.0 - weight) * delta


def awr_weight(advantage: Tensor, inverse_temperature: float, max_weight: float) -> Tensor:
    """Weight of an utterance in advantage-weighted regression (arXiv 1910.00177; IQL, eq. 7).

    ``min(exp(inverse_temperature * A), max_weight)``: (N,) -> (N,).
    """
    # Cut before exp, which would overflow.
    return (inverse_temperature * advantage).clamp(max=math.log(max_weight)).exp()
