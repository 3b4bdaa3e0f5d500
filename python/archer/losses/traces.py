"""Targets of several steps from stored episodes, corrected for the policy that has changed since.

Shapes: ``N`` turns ordered by episode and time, ``B`` rows of ``L`` tokens. Critics are twins, so
their outputs are ``(2, N)``, and each twin has its own targets. The action is an utterance, and its
importance ratio the product of its tokens' ratios.
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer.losses.shapes import backward_sum, check, turn_sum
from archer.losses.values import td_target


def utterance_ratio(
    logprob: Tensor, behaviour: Tensor, turn_of_token: Tensor, num_turns: int
) -> Tensor:
    """``pi(a | s) / mu(a | s)`` of each stored utterance, cut at 1.

    Args:
        logprob: (B, L) of each token under the current policy, pi.
        behaviour: (B, L) stored when the utterance was sampled, by mu; NaN where nobody knows it.
        turn_of_token: (B, L), -1 outside utterances.
        num_turns: ``N``.

    Returns:
        (N,) in [0, 1]. An utterance with an unknown log-probability (a demonstration) has 1, as if
        the current policy had said it.
    """
    check("behaviour", behaviour, logprob.shape)
    log_ratio = turn_sum(logprob - behaviour, turn_of_token, num_turns)
    unknown = turn_sum(behaviour, turn_of_token, num_turns).isnan()
    return torch.where(unknown, torch.zeros_like(log_ratio), log_ratio).clamp(max=0.0).exp()


def retrace(
    reward: Tensor,
    q: Tensor,
    v_next: Tensor,
    ratio: Tensor,
    terminated: Tensor,
    follows: Tensor,
    discount: float,
    lam: float,
) -> Tensor:
    """Target of Q by Retrace(λ) (arXiv 1606.02647, eq. 3 and 4).

    ``Q(s_t, a_t) + sum_{k >= t} discount^{k-t} (c_{t+1} ... c_k) delta_k`` with
    ``delta_k = r_k + discount * V(s_{k+1}) - Q(s_k, a_k)``, V in the place of the expectation of Q
    under the policy, and ``c = lam * min(1, ratio)``.

    Args:
        reward: (N,).
        q: (2, N) or (N,) of the target network.
        v_next: as ``q``; ignored where terminated.
        ratio: (N,) from `utterance_ratio`.
        terminated: (N,) bool.
        follows: (N,) bool, see `follows`; the sum stops where it is False.
        discount: per turn.
        lam: 0 gives `td_target`.

    Returns:
        The shape of ``q``.
    """
    check("v_next", v_next, q.shape)
    check("ratio", ratio, reward.shape)
    delta = td_target(reward, v_next, terminated, discount) - q
    trace = discount * lam * ratio.clamp(max=1.0)
    # What turn t + 1 adds to turn t is weighed by c_{t+1}, the later turn's.
    return q + backward_sum(delta, trace.roll(-1), follows)


def vtrace(
    reward: Tensor,
    v: Tensor,
    v_next: Tensor,
    ratio: Tensor,
    terminated: Tensor,
    follows: Tensor,
    discount: float,
    lam: float,
) -> Tensor:
    """Target of V by V-trace (arXiv 1802.01561, eq. 1 and remark 2), both ratios cut at 1.

    ``V(s_t) + sum_{k >= t} discount^{k-t} (c_t ... c_{k-1}) delta_k`` with
    ``delta_k = rho_k (r_k + discount * V(s_{k+1}) - V(s_k))``, ``rho = min(1, ratio)`` and
    ``c = lam * min(1, ratio)``.

    Args:
        reward: (N,).
        v: (2, N) or (N,) of the target network.
        v_next: as ``v``; ignored where terminated.
        ratio: (N,) from `utterance_ratio`.
        terminated: (N,) bool.
        follows: (N,) bool, see `follows`; the sum stops where it is False.
        discount: per turn.
        lam: 0 gives one step, its error weighed by the ratio.

    Returns:
        The shape of ``v``.
    """
    check("v_next", v_next, v.shape)
    check("ratio", ratio, reward.shape)
    rho = ratio.clamp(max=1.0)
    delta = rho * (td_target(reward, v_next, terminated, discount) - v)
    return v + backward_sum(delta, discount * lam * rho, follows)


def vtrace_q(
    reward: Tensor,
    v_next: Tensor,
    v_target: Tensor,
    terminated: Tensor,
    follows: Tensor,
    discount: float,
) -> Tensor:
    """Target of Q beside V-trace's of V: ``r_t + discount * v_{t+1}`` (arXiv 1802.01561, sec. 4.2).

    Args:
        reward: (N,).
        v_next: (2, N) or (N,) of the target network, used after an episode's last stored turn.
        v_target: as ``v_next``, from `vtrace`.
        terminated: (N,) bool.
        follows: (N,) bool, see `follows`.
        discount: per turn.

    Returns:
        The shape of ``v_next``.
    """
    check("v_target", v_target, v_next.shape)
    after = torch.where(follows, v_target.roll(-1, dims=-1), v_next)
    return td_target(reward, after, terminated, discount)
