"""What moves a policy: pure functions of tensors.

Shapes: ``N`` turns, ``B`` rows of ``L`` tokens. Critics are twins, so their outputs are ``(2, N)``.
Suffixes: ``next`` is the turn after. "The paper" is ArCHer (arXiv 2402.19446).
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer.losses.shapes import check, turn_mean, turn_sum

_LARGEST = 20.0
"""Logarithms of ratios are cut here, far beyond any clip: e to the 89th is no float32, and where
the clipped ratio is chosen its gradient would be 0 times infinity."""


def reinforce(logprob: Tensor, advantage: Tensor, turn_of_token: Tensor, num_turns: int) -> Tensor:
    """The paper's policy gradient: minus the mean over turns of ``A * sum_tokens log pi``.

    Args:
        logprob: (B, L) log-probability of each token under the policy.
        advantage: (B, L) advantage of each token (see `spread`).
        turn_of_token: (B, L), -1 outside utterances.
        num_turns: turns to divide by; the whole batch's when it is split into micro-batches.
    """
    check("advantage", advantage, logprob.shape)
    check("turn_of_token", turn_of_token, logprob.shape)
    return -turn_mean(logprob * advantage.detach(), turn_of_token, num_turns)


def clipped_ratio(
    logprob: Tensor,
    behaviour: Tensor,
    advantage: Tensor,
    turn_of_token: Tensor,
    num_turns: int,
    clip: float,
) -> tuple[Tensor, Tensor]:
    """Clipped surrogate of PPO (arXiv 1707.06347, eq. 7) with each token's ratio.

    Args:
        logprob: (B, L) under the policy.
        behaviour: (B, L) stored when the token was sampled.
        advantage: (B, L).
        turn_of_token: (B, L).
        num_turns: as in `reinforce`.
        clip: the ratio is held within ``[1 - clip, 1 + clip]``.

    Returns:
        The loss, and the fraction of utterance tokens whose ratio lay outside.
    """
    check("behaviour", behaviour, logprob.shape)
    check("advantage", advantage, logprob.shape)
    mask = turn_of_token >= 0
    zero = torch.zeros_like(logprob)
    ratio = torch.where(mask, logprob - behaviour, zero).clamp(max=_LARGEST).exp()
    held = ratio.clamp(1.0 - clip, 1.0 + clip)
    surrogate = torch.minimum(ratio * advantage.detach(), held * advantage.detach())
    outside = ((ratio - 1.0).abs() > clip) & mask
    fraction = outside.sum() / mask.sum().clamp(min=1)
    return -turn_mean(surrogate, turn_of_token, num_turns), fraction


def clipped_utterance_ratio(
    logprob: Tensor,
    behaviour: Tensor,
    advantage: Tensor,
    turn_of_token: Tensor,
    num_turns: int,
    clip: float,
) -> tuple[Tensor, Tensor]:
    """Clipped surrogate with the ratio of a whole utterance (turn-level PPO, arXiv 2512.17008).

    The ratio is the product of its tokens' ratios, and its advantage the mean over its tokens.
    Arguments and what is returned are as in `clipped_ratio`, but the fraction is that of utterances
    in ``turn_of_token``, whose turns are numbered from 0 without a gap.
    """
    check("behaviour", behaviour, logprob.shape)
    check("advantage", advantage, logprob.shape)
    turns = int(turn_of_token.max()) + 1
    ones = torch.ones_like(logprob)
    length = turn_sum(ones, turn_of_token, turns)
    ratio = turn_sum(logprob - behaviour, turn_of_token, turns).clamp(max=_LARGEST).exp()
    per_turn = turn_sum(advantage.detach(), turn_of_token, turns) / length
    held = ratio.clamp(1.0 - clip, 1.0 + clip)
    loss = -torch.minimum(ratio * per_turn, held * per_turn).sum() / num_turns
    return loss, ((ratio - 1.0).abs() > clip).float().mean()


def kl_estimate(
    logprob: Tensor, reference: Tensor, turn_of_token: Tensor, num_turns: int
) -> Tensor:
    """KL(policy || reference) from sampled tokens: mean over turns of the sum over tokens.

    Each token gives ``exp(d) - 1 - d`` with ``d = log reference - log policy``: never negative, and
    unbiased for tokens that this policy sampled (Schulman's k3); with several epochs over the same
    episodes it is an approximation from the second on. As a loss, as GRPO uses it, its gradient for
    the tokens after a given prefix is that of KL(reference || policy), on average: the tokens are
    held fixed, and ``(1 - reference / policy) grad log policy`` remains. All (B, L).
    """
    check("reference", reference, logprob.shape)
    mask = turn_of_token >= 0
    difference = torch.where(mask, reference.detach() - logprob, torch.zeros_like(logprob))
    return turn_mean(difference.exp() - 1.0 - difference, turn_of_token, num_turns)


def cloning(logprob: Tensor, turn_of_token: Tensor) -> Tensor:
    """Behaviour cloning: minus the mean log-probability of the utterances' tokens; (B, L)."""
    check("turn_of_token", turn_of_token, logprob.shape)
    mask = turn_of_token >= 0
    return -torch.where(mask, logprob, torch.zeros_like(logprob)).sum() / mask.sum().clamp(min=1)
