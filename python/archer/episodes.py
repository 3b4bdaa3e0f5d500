"""Episodes that lie in several rows: which turns make one, and where their next contexts are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from archer import losses
from archer.types import Array, TurnBatch


@dataclass(frozen=True, slots=True, eq=False)
class WindowedBatch(TurnBatch[Array]):
    """Turns of episodes longer than the model, ordered by episode and time.

    Of each episode the turns whose contexts fit share a row, and each later one has a row of its
    own, in which the oldest turns are missing. A part of it (`archer.batching`) is a plain batch.
    """

    episode: Array
    """(N,) int64: the row, or drawn turn, of the batch with nothing dropped, from 0."""
    elsewhere: Array
    """(N,) bool: the next context, having lost other turns, is in another row; ``next_context_end``
    repeats ``utterance_end``."""
    after_turn: Array
    """(M,) int64: the turns whose next context is in ``after``: those of ``elsewhere`` that the
    next turn of the batch does not follow, unless the episode terminated."""
    after: TurnBatch[Array]
    """``M`` of the turns again, each in a row that ends with its next context as the policy would
    see it; of use is V(s') alone, read at its ``next_context_end``."""

    def to(
        self, device: torch.device | str = "cpu", non_blocking: bool = False
    ) -> WindowedBatch[torch.Tensor]:
        """As `TurnBatch.to`."""
        after = self.after.to(device, non_blocking)
        return WindowedBatch(**self._on(device, non_blocking), after=after)

    def pin_memory(self) -> WindowedBatch[torch.Tensor]:
        """As `TurnBatch.pin_memory`."""
        return WindowedBatch(**self._pinned(), after=self.after.pin_memory())


def episode_of(batch: TurnBatch[Tensor]) -> Tensor:
    """(N,) int64: which of a batch's episodes each turn is of, numbered from 0."""
    return batch.episode if isinstance(batch, WindowedBatch) else batch.row


def num_episodes(batch: TurnBatch[Tensor]) -> int:
    """How many episodes there are in a batch of whole ones."""
    if isinstance(batch, WindowedBatch):
        return int(batch.episode.max()) + 1
    return len(batch.lengths)


def next_values(
    batch: TurnBatch[Tensor],
    v: Tensor,
    v_next: Tensor,
    read: Callable[[TurnBatch[Tensor]], Tensor],
) -> Tensor:
    """V(s') of each turn as the row of the next context gives it, wherever that is.

    Args:
        batch: ``N`` turns.
        v: (..., N) V at their ``context_end``.
        v_next: (..., N) V at their ``next_context_end``.
        read: gives V (..., M) at the ``next_context_end`` of ``M`` turns in rows of their own.

    Returns:
        (..., N); without meaning where the episode terminated.
    """
    if not isinstance(batch, WindowedBatch):
        return v_next
    follows = losses.follows(batch.trajectory, batch.turn)
    v_next = torch.where(batch.elsewhere & follows, v.roll(-1, dims=-1), v_next)
    if len(batch.after_turn):
        v_next[..., batch.after_turn] = read(batch.after)
    return v_next
