"""Micro-batches, the pieces of a batch that pass through a network in turn, and clipping."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from archer.episodes import WindowedBatch, num_episodes
from archer.errors import DivergenceError
from archer.types import TurnBatch, Turns

_PER_TURN = [field.name for field in dataclasses.fields(Turns)]


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
    if tokens is None or batch.tokens.numel() <= tokens:
        turns = torch.arange(batch.num_turns, device=device)
        yield Piece(turns, torch.arange(len(batch.lengths), device=device), batch)
        return
    for rows in _groups(batch.lengths.tolist(), tokens):
        yield piece_of(batch, torch.tensor(rows, device=device))


def _groups(lengths: list[int], tokens: int) -> Iterator[list[int]]:
    """Rows by ascending length, as many at once as fit."""
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[row] > tokens:
            yield sorted(group)
            group = []
        group.append(row)
    yield sorted(group)


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
