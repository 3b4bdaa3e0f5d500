"""Micro-batches: the pieces of a batch that pass through a network in turn."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from archer.episodes import WindowedBatch, num_episodes
from archer.types import TurnBatch, Turns

_PER_TURN = [field.name for field in dataclasses.fields(Turns)]
_PASS_COST = {"cpu": 128}
"""Tokens that take as long as what a pass costs whatever its size, by the type of a device.

Measured on a CPU core, forward and backward: 220 for 0.2M parameters, 64 for 1M, 28 for 10M.
Other devices are taken to want large pieces: there, a pass costs as much as a full one.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some rows of a batch, as a batch of its own whose rows and turns are numbered anew."""

    turns: Tensor
    """(n,) indices of its turns in the whole batch."""
    rows: Tensor
    """(b,) indices of its rows."""
    batch: TurnBatch[Tensor]

    def tokens_of(self, whole: Tensor) -> Tensor:
        """The piece's part (b, l) of an array of the whole batch's tokens (B, L)."""
        return whole[self.rows, : self.batch.tokens.shape[1]]


def micro_batches(batch: TurnBatch[Tensor], tokens: int | None) -> Iterator[Piece]:
    """Splits a batch into pieces of rows of similar length, so that little of a piece is padding.

    Args:
        batch: is not changed.
        tokens: at most this many in a piece, padding included (a longer row is a piece by itself);
            None gives the batch as one piece.

    Yields:
        The pieces; every row is in one of them.
    """
    device = batch.row.device
    rows = len(batch.lengths)
    if tokens is None:
        groups = [list(range(rows))]
    else:
        cost = _PASS_COST.get(device.type, tokens)
        groups = _groups(batch.lengths.tolist(), tokens, cost)
    if len(groups) <= 1:
        turns = torch.arange(batch.num_turns, device=device)
        yield Piece(turns, torch.arange(rows, device=device), batch)
        return
    for group in groups:
        yield piece_of(batch, torch.tensor(group, device=device))


def _groups(lengths: list[int], tokens: int, pass_cost: int) -> list[list[int]]:
    """Cuts the rows, by ascending length, where padded tokens and passes cost the least in all."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    least = np.zeros(len(order) + 1)  # cost of the first so many rows
    start_of = np.zeros(len(order) + 1, dtype=int)  # of the piece that ends there
    for end in range(1, len(order) + 1):
        width = lengths[order[end - 1]]
        first = max(end - max(tokens // width, 1), 0)
        costs = least[first:end] + width * np.arange(end - first, 0, -1)
        start_of[end] = first + costs.argmin()
        least[end] = costs.min() + pass_cost
    groups = []
    end = len(order)
    while end:
        groups.append(sorted(order[start_of[end] : end]))
        end = start_of[end]
    return groups[::-1]


def minibatches(
    batch: TurnBatch[Tensor], count: int, generator: torch.Generator
) -> Iterator[Piece]:
    """Deals the episodes of a batch at random into ``count`` pieces of about equal size.

    Args:
        batch: ``E`` whole episodes; is not changed.
        count: 1 gives the batch as one piece; at most ``E`` pieces are made.
        generator: random stream, on the batch's device.

    Yields:
        The pieces; every episode is in one of them, with all its rows.
    """
    if count == 1:
        yield from micro_batches(batch, None)
        return
    episodes = num_episodes(batch)
    episode = torch.arange(episodes, device=batch.row.device)
    if isinstance(batch, WindowedBatch):
        episode = torch.zeros_like(batch.lengths).index_put((batch.row,), batch.episode)
    order = torch.randperm(episodes, generator=generator, device=batch.row.device)
    for part in order.tensor_split(min(count, episodes)):
        yield piece_of(batch, torch.isin(episode, part).nonzero().squeeze(1))


def piece_of(batch: TurnBatch[Tensor], rows: Tensor) -> Piece:
    """The piece of a batch that holds ``rows``, (b,) in ascending order."""
    new_row = torch.full_like(batch.lengths, -1)
    new_row[rows] = torch.arange(len(rows), device=rows.device)
    turns = (new_row[batch.row] >= 0).nonzero().squeeze(1)
    # The last entry maps "no turn" (-1) to itself.
    new_turn = torch.full((batch.num_turns + 1,), -1, device=rows.device)
    new_turn[turns] = torch.arange(len(turns), device=rows.device)
    width = int(batch.lengths[rows].max())
    per_turn = {name: getattr(batch, name)[turns] for name in _PER_TURN}
    per_turn["row"] = new_row[per_turn["row"]]
    piece = TurnBatch(
        **per_turn,
        tokens=batch.tokens[rows, :width],
        lengths=batch.lengths[rows],
        turn_of_token=new_turn[batch.turn_of_token[rows, :width]],
        logprobs=batch.logprobs[rows, :width],
    )
    return Piece(turns, rows, piece)
