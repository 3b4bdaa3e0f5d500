"""Episodes longer than a model: rows in which every turn has the context it was sampled in.

A policy that runs out of positions drops its oldest turns (`archer.sampler`). What it learns from
must show the same, so that an episode lies in several rows: `WindowedBatch`. Everything is where it
was, to the bit, as long as nothing has to be dropped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archer.episodes import WindowedBatch
from archer.errors import StoreError
from archer.store import TrajectoryStore
from archer.types import Trajectory, TurnBatch, Turns


class _Limits(NamedTuple):
    """How long things may be, in tokens."""

    context: int
    row: int | None
    final: int


class _Cut(NamedTuple):
    """A row of the result: the opening and a part of an episode."""

    row: int
    """Its row in the batch with nothing dropped."""
    opening: int
    start: int
    end: int
    """Tokens ``[0, opening)`` and ``[start, end)``."""
    turns: slice
    """The turns to learn from."""
    elsewhere: bool = False
    """The context after the last of them is in another row."""


class _Episode(NamedTuple):
    """Where the utterances of an episode begin and end, and the contexts after them: (T,) each."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    nexts: NDArray[np.int64]

    @classmethod
    def of(cls, trajectory: Trajectory) -> _Episode:
        bounds = trajectory.boundaries
        return cls(bounds[1:-1:2], bounds[2::2], bounds[3::2])

    def shifts(self, turn: int, end: int) -> NDArray[np.int64]:
        """Lengths of a row up to ``end`` that goes on, after the opening, with each turn so far."""
        lengths: NDArray[np.int64] = self.starts[0] + end - self.starts[: turn + 1]
        return lengths


def learning_rows(
    store: TrajectoryStore,
    ids: ArrayLike,
    max_tokens: int | None,
    *,
    max_row: int | None = None,
    max_final: int | None = None,
) -> TurnBatch[NDArray[Any]]:
    """Whole episodes to learn from, each turn in the context that the policy saw: `windowed`."""
    return windowed(store, store.gather(ids), max_tokens, max_row=max_row, max_final=max_final)


def windowed(
    store: TrajectoryStore,
    batch: TurnBatch[NDArray[Any]],
    max_tokens: int | None,
    *,
    max_row: int | None = None,
    max_final: int | None = None,
) -> TurnBatch[NDArray[Any]]:
    """The turns of a batch, in the same order, each in the context that the policy saw.

    The turns of a row whose contexts fit into ``max_tokens`` go on sharing one; each later one has
    a row of its own, in which the oldest turns are missing as `Sampler` left them out (see
    `docs/data.md`).

    Args:
        store: holds the episodes of the batch.
        batch: whole episodes, or single turns in rows from the opening on; ``steps`` are 1.
        max_tokens: ``policy.max_prompt``, the longest context that the policy was shown; None for a
            policy without a limit.
        max_row: ``policy.max_context``: more is dropped where an utterance longer than
            ``policy.max_new_tokens`` (a demonstration's) would end beyond it; None for no limit.
        max_final: the state after an episode's last utterance stays in the row if it ends within so
            many tokens, since nothing had to be said in it; by default ``max_tokens``.

    Returns:
        The batch itself if nothing is too long, else a `WindowedBatch`.

    Raises:
        StoreError: an opening, with the turn before the one to learn from if there is one, is
            longer than ``max_tokens``, or with the utterance than ``max_row``.
    """
    if max_tokens is None or batch.tokens.shape[1] <= max_tokens:
        return batch
    limits = _Limits(max_tokens, max_row, max_tokens if max_final is None else max_final)
    firsts = np.searchsorted(batch.row, np.arange(len(batch.lengths) + 1)).tolist()
    cuts, after = [], []
    for row, (first, stop) in enumerate(pairwise(firsts)):
        if first < stop:
            episode = _Episode.of(store[int(batch.trajectory[first])])
            some = _cuts(batch, episode, row, slice(first, stop), limits)
            cuts += some
            after += [_after(batch, episode, cut, max_tokens) for cut in some if cut.elsewhere]
    if all(not cut.opening and cut.end == batch.lengths[cut.row] for cut in cuts):
        return batch
    # As `losses.follows`.
    same = np.diff(batch.trajectory, append=-1) == 0
    known = batch.terminated | (same & (np.diff(batch.turn, append=0) == 1))
    after = [cut for cut in after if not known[cut.turns.start]]
    elsewhere = np.zeros(batch.num_turns, np.bool_)
    elsewhere[[cut.turns.stop - 1 for cut in cuts if cut.elsewhere]] = True
    rows = _rows(batch, cuts)
    rows["next_context_end"] = np.where(elsewhere, rows["utterance_end"], rows["next_context_end"])
    return WindowedBatch(
        **rows,
        episode=batch.row,
        elsewhere=elsewhere,
        after_turn=np.array([cut.turns.start for cut in after], np.int64),
        after=TurnBatch(**_rows(batch, after)),
    )


def _cuts(
    batch: TurnBatch[NDArray[Any]], episode: _Episode, row: int, turns: slice, limits: _Limits
) -> list[_Cut]:
    """The rows of the result for one row of a batch, by time."""
    shown = batch.turn[turns]
    fits = episode.starts[shown] <= limits.context
    if limits.row is not None:
        fits &= episode.ends[shown] <= limits.row
    fitting = int(fits.sum())
    groups = [slice(turns.start, turns.start + fitting)] if fitting else []
    groups += [slice(n, n + 1) for n in range(turns.start + fitting, turns.stop)]
    cuts = []
    for group in groups:
        last = int(batch.turn[group.stop - 1])
        opening = start = 0
        if group.start >= turns.start + fitting:
            opening, start = int(episode.starts[0]), _begin(batch, episode, group.start, limits)
        most = limits.context if last < len(episode.starts) - 1 else limits.final
        held = opening + episode.nexts[last] - start <= most
        end = int((episode.nexts if held else episode.ends)[last])
        cuts.append(_Cut(row, opening, start, end, group, not held))
    return cuts


def _begin(batch: TurnBatch[NDArray[Any]], episode: _Episode, n: int, limits: _Limits) -> int:
    """Where the row of the late turn ``n`` goes on after the opening, the turn before at last."""
    turn = int(batch.turn[n])
    fits = episode.shifts(turn, episode.starts[turn]) <= limits.context
    if limits.row is not None:
        fits &= episode.shifts(turn, episode.ends[turn]) <= limits.row
    places = np.flatnonzero(fits[:turn])
    if not len(places):
        room = "" if limits.row is None else f" and max_row = {limits.row}"
        raise StoreError(
            f"max_tokens = {limits.context}{room}, but turn {turn} of trajectory "
            f"{batch.trajectory[n]} needs more for its opening text, the turn before and its "
            "utterance; raise max_tokens, or take a model with more positions"
        )
    return int(episode.starts[places[0]])


def _after(batch: TurnBatch[NDArray[Any]], episode: _Episode, cut: _Cut, max_tokens: int) -> _Cut:
    """The row of the context after the last turn of ``cut``, which keeps that turn at least."""
    n = cut.turns.stop - 1
    turn = int(batch.turn[n])
    end = int(episode.nexts[turn])
    places = np.flatnonzero(episode.shifts(turn, end) <= max_tokens)
    start = int(episode.starts[places[0] if len(places) else turn])
    return _Cut(cut.row, int(episode.starts[0]), start, end, slice(n, n + 1))


def _rows(batch: TurnBatch[NDArray[Any]], cuts: Sequence[_Cut]) -> dict[str, NDArray[Any]]:
    """The fields of a batch that consists of ``cuts``, and of their turns alone."""
    lengths = np.array([cut.opening + cut.end - cut.start for cut in cuts], np.int64)
    shape = len(cuts), int(lengths.max(initial=0))
    tokens, logprobs = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    turn_of_token = np.full(shape, -1, np.int64)
    of_turn: list[int] = []
    row, shift = [], []
    for at, cut in enumerate(cuts):
        columns = np.r_[: cut.opening, cut.start : cut.end]
        spoken = batch.turn_of_token[cut.row, columns]
        learned = (spoken >= cut.turns.start) & (spoken < cut.turns.stop)
        cells = at, slice(len(columns))
        tokens[cells] = batch.tokens[cut.row, columns]
        turn_of_token[cells] = np.where(learned, spoken - cut.turns.start + len(of_turn), -1)
        logprobs[cells] = np.where(learned, batch.logprobs[cut.row, columns], 0)
        some = range(cut.turns.start, cut.turns.stop)
        of_turn += some
        row += [at] * len(some)
        shift += [cut.start - cut.opening] * len(some)
    fields = {
        field.name: getattr(batch, field.name)[np.array(of_turn, np.int64)]
        for field in dataclasses.fields(Turns)
    }
    fields["row"] = np.array(row, np.int64)
    for place in ("context_end", "utterance_end", "next_context_end"):
        fields[place] -= np.array(shift, np.int64)
    return fields | {
        "tokens": tokens,
        "lengths": lengths,
        "turn_of_token": turn_of_token,
        "logprobs": logprobs,
    }
