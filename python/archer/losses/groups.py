"""Returns that are compared with those of others: pure functions of tensors.

Shapes: ``N`` of whatever is compared, turns or whole episodes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer.losses.shapes import ALIKE, check


def turn_returns(reward: Tensor, follows: Tensor, discount: float) -> Tensor:
    """The discounted sum of the rewards from a turn on; nothing is bootstrapped at the end.

    Args:
        reward: (N,) turns ordered by episode and time.
        follows: (N,) bool: the next turn is of the same episode, see `follows`.
        discount: per turn.

    Returns:
        (N,).
    """
    check("follows", follows, reward.shape)
    returns, goes_on = reward.tolist(), follows.tolist()
    for n in range(len(returns) - 2, -1, -1):
        if goes_on[n]:
            returns[n] += discount * returns[n + 1]
    return torch.tensor(returns, dtype=reward.dtype, device=reward.device)


def scale(advantage: Tensor) -> Tensor:
    """Standard deviation 1 over the batch, the mean staying on its side of 0; (N,) -> (N,).

    Advantages that are all alike become 1 or -1, since they have no spread to divide by.
    """
    if len(advantage) < 2:
        return advantage
    deviation, size = advantage.std(), advantage.abs().mean()
    return advantage / ((size if deviation <= ALIKE * size else deviation) + 1e-6)


def leave_one_out(value: Tensor, group: Tensor, owner: Tensor) -> Tensor:
    """Each value less the mean of its group's values that have other owners (arXiv 2402.14740).

    That mean knows nothing of what the owner did, so that as a baseline it is free of bias.

    Args:
        value: (N,).
        group: (N,) int64, from 0.
        owner: (N,) int64, from 0: the episode that a value is of; an owner is in one group.

    Returns:
        (N,); 0 where a group has one owner, since there is nothing to compare with.
    """
    check("group", group, value.shape)
    check("owner", owner, value.shape)
    wide = value.double()  # in float32 equal numbers can differ from their mean
    ones = torch.ones_like(wide)
    others = _total(ones, group) - _total(ones, owner)
    mean = (_total(wide, group) - _total(wide, owner)) / others.clamp(min=1)
    return torch.where(others > 0, wide - mean, torch.zeros_like(wide)).to(value.dtype)


def group_relative(value: Tensor, group: Tensor, normalize: bool) -> Tensor:
    """Each value less its group's mean, over its standard deviation (GRPO, arXiv 2402.03300).

    Args:
        value: (N,).
        group: (N,) int64, from 0.
        normalize: whether there is a division, which lets groups count alike whose values are
            close together; without it an advantage keeps the reward's unit (arXiv 2503.20783).

    Returns:
        (N,); 0 in groups of one, and in groups whose values are all equal.
    """
    check("group", group, value.shape)
    wide = value.double()  # in float32 equal numbers can differ from their mean
    count = _total(torch.ones_like(wide), group)
    relative = wide - _total(wide, group) / count
    deviation = (_total(relative.square(), group) / (count - 1).clamp(min=1)).sqrt()
    alike = deviation <= ALIKE * _total(wide.abs(), group) / count
    relative = torch.where(alike, torch.zeros_like(relative), relative)
    return (relative / (deviation + 1e-6) if normalize else relative).to(value.dtype)


def _total(value: Tensor, group: Tensor) -> Tensor:
    """The sum over each value's group: (N,), (N,) -> (N,)."""
    return value.new_zeros(int(group.max()) + 1).index_add(0, group, value)[group]
