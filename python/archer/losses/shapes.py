"""What the equations have in common: checks of shapes, and sums over tokens and turns.

Shapes: ``N`` turns, ``B`` rows of ``L`` tokens. Critics are twins, so their outputs are ``(2, N)``.
Suffixes: ``next`` is the turn after. "The paper" is ArCHer (arXiv 2402.19446).
"""

from __future__ import annotations

import torch
from torch import Tensor

ALIKE = 1e-6
"""Numbers whose deviation is below this share of their size differ by rounding alone."""


def check(name: str, tensor: Tensor, shape: torch.Size) -> None:
    """Refuses a tensor of another shape.

    Raises:
        ValueError: it has one.
    """
    if tensor.shape != shape:
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected {tuple(shape)}")


def follows(trajectory: Tensor, turn: Tensor) -> Tensor:
    """Whether the next turn of a batch is the next turn of the same episode.

    Args:
        trajectory: (N,) id of each turn's episode.
        turn: (N,) its index in the episode.

    Returns:
        (N,) bool; False for the last.
    """
    check("turn", turn, trajectory.shape)
    same = (trajectory[1:] == trajectory[:-1]) & (turn[1:] == turn[:-1] + 1)
    return torch.cat([same, same.new_zeros(min(len(trajectory), 1))])


def standardize(advantage: Tensor) -> Tensor:
    """Mean 0 and standard deviation 1 over the batch; all 0 where all are equal; (N,) -> (N,)."""
    wide = advantage.double()  # in float32 equal numbers can differ from their mean
    relative = wide - wide.mean()
    deviation = relative.square().sum().div(max(len(wide) - 1, 1)).sqrt()
    if deviation <= ALIKE * wide.abs().mean():
        return torch.zeros_like(advantage)
    return (relative / (deviation + 1e-6)).to(advantage.dtype)


def spread(per_turn: Tensor, turn_of_token: Tensor) -> Tensor:
    """Gives each token its turn's value: (N,), (B, L) -> (B, L), 0 where no turn's utterance is."""
    chosen = per_turn[turn_of_token.clamp(min=0)]
    return torch.where(turn_of_token >= 0, chosen, torch.zeros_like(chosen))


def turn_mean(per_token: Tensor, turn_of_token: Tensor, num_turns: int) -> Tensor:
    """Sum over each utterance's tokens, mean over turns (the paper sums log-probabilities)."""
    mask = turn_of_token >= 0
    return torch.where(mask, per_token, torch.zeros_like(per_token)).sum() / num_turns


def turn_sum(per_token: Tensor, turn_of_token: Tensor, num_turns: int) -> Tensor:
    """Sum over the tokens of each utterance: (B, L), (B, L) -> (N,)."""
    check("turn_of_token", turn_of_token, per_token.shape)
    mask = turn_of_token >= 0
    return per_token.new_zeros(num_turns).index_add(0, turn_of_token[mask], per_token[mask])


def backward_sum(summand: Tensor, factor: Tensor, follows: Tensor) -> Tensor:
    """``S_n = summand_n + factor_n * S_{n+1}``, where the next turn follows; else ``summand_n``.

    Args:
        summand: (2, N) or (N,), turns ordered by episode and time.
        factor: (N,).
        follows: (N,) bool, see `follows`.

    Returns:
        The shape of ``summand``.
    """
    check("factor", factor, follows.shape)
    check("summand", summand, summand.shape[:-1] + follows.shape)
    kept = torch.where(follows, factor, torch.zeros_like(factor)).tolist()
    # Plain numbers: a loop over a tensor's elements would launch an operation for each.
    rows = torch.atleast_2d(summand).tolist()
    for row in rows:
        for n in range(len(kept) - 2, -1, -1):
            if kept[n]:  # 0 times an unknown next turn, a NaN, would be unknown too
                row[n] += kept[n] * row[n + 1]
    return torch.tensor(rows, dtype=summand.dtype, device=summand.device).view_as(summand)
