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
    groups = groups_by_size(batch.lengths, tokens)
    if len(groups) <= 1:
        yield _whole(batch)
        return
    for group in groups:
        yield piece_of(batch, torch.tensor(group, device=batch.row.device))


def turn_batches(batch: TurnBatch[Tensor], tokens: int | None) -> Iterator[Piece]:
    """Splits a batch for a network that reads the parts of each turn in rows of their own.

    These are its context, its utterance and the next context.

    Args:
        batch: is not changed.
        tokens: at most this many in all these rows of a piece, padding included (a turn with more
            is a piece by itself); None gives the batch as one piece.

    Yields:
        The pieces, with the rows that their turns stand in; every turn is in one of them.
    """
    if not batch.num_turns:
        yield _whole(batch)
        return
    contexts = torch.maximum(batch.context_end, batch.next_context_end) + 1
    groups = groups_by_size(2 * contexts + (batch.utterance_end - batch.context_end).max(), tokens)
    if len(groups) <= 1:
        yield _whole(batch)
        return
    for group in groups:
        turns = torch.tensor(group, device=batch.row.device)
        yield _piece(batch, batch.row[turns].unique(), turns)


def groups_by_size(
    sizes: Tensor, tokens: int | None, pass_cost: int | None = None
) -> list[list[int]]:
    """Groups of rows of like sizes, cut where padded tokens and passes cost the least in all.

    Args:
        sizes: (n,) tokens of each row, at least one.
        tokens: at most this many in a group, padding included, unless it is a single row; None
            gives one group.
        pass_cost: tokens that take as long as what a pass over a group costs whatever its size; by
            default what was measured of a device.

    Returns:
        Groups of the rows' numbers, by ascending size; within a group by number.
    """
    if tokens is None:
        return [list(range(len(sizes)))]
    if pass_cost is None:
        pass_cost = _PASS_COST.get(sizes.device.type, tokens)
    widths = sizes.tolist()
    order = sorted(range(len(widths)), key=widths.__getitem__)
    least = np.zeros(len(order) + 1)  # cost of the first so many
    start_of = np.zeros(len(order) + 1, dtype=int)  # of the group that ends there
    for end in range(1, len(order) + 1):
        width = widths[order[end - 1]]
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
        yield _whole(batch)
        return
    episodes = num_episodes(batch)
    episode = torch.arange(episodes, device=batch.row.device)
    if isinstance(batch, WindowedBatch):
        episode = torch.zeros_like(batch.lengths).index_put((batch.row,), batch.episode)
    order = torch.randperm(episodes, generator=generator, device=batch.row.device)
    for part in order.tensor_split(min(count, episodes)):
        yield piece_of(batch, torch.isin(episode, part).nonzero().squeeze(1))


def _whole(batch: TurnBatch[Tensor]) -> Piece:
    device = batch.row.device
    rows = torch.arange(len(batch.lengths), device=device)
    return Piece(torch.arange(batch.num_turns, device=device), rows, batch)


def piece_of(batch: TurnBatch[Tensor], rows: Tensor) -> Piece:
    """The piece of a batch that holds ``rows``, (b,) in ascending order, with all their turns."""
    return _piece(batch, rows, torch.isin(batch.row, rows).nonzero().squeeze(1))


def _piece(batch: TurnBatch[Tensor], rows: Tensor, turns: Tensor) -> Piece:
    """Rows of a batch with some of their turns; the tokens of others belong to no turn then."""
    new_row = torch.full_like(batch.lengths, -1)
    new_row[rows] = torch.arange(len(rows), device=rows.device)
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
