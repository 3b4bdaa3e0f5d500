"""Episodes longer than a model: rows in which every turn has the context it was sampled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archer.errors import ContextTooLongError, StoreError
from archer.store import TrajectoryStore
from archer.types import Trajectory, TurnBatch


class _Cut(NamedTuple):
    """A row of the result: the opening and a part of an episode."""

    row: int
    """The episode's row in the batch of whole ones."""
    opening: int
    start: int
    end: int
    """Tokens ``[0, opening)`` and ``[start, end)``."""
    turns: slice
    """The turns to learn from."""


def check_whole(trajectories: Iterable[Trajectory], max_tokens: int | None) -> None:
    """Refuses episodes whose last turns were not sampled in the whole of their context.

    Raises:
        ContextTooLongError: a context is longer than ``max_tokens``, so that its oldest turns were
            left out when the policy spoke; learned from in full, it would be another context.
    """
    longest = max((int(t.boundaries[-3]) for t in trajectories), default=0)
    if max_tokens is not None and longest > max_tokens:
        raise ContextTooLongError(
            f"an episode's context of {longest} tokens outgrew the {max_tokens} that the policy "
            "can read before an utterance (its positions less policy.max_new_tokens). Such "
            "episodes can be played, without their oldest turns, but no method learns from them "
            "yet: lower the environment's turn limit or policy.max_new_tokens, or take a model "
            "with more positions"
        )


def learning_rows(
    store: TrajectoryStore, ids: ArrayLike, max_tokens: int | None
) -> TurnBatch[NDArray[Any]]:
    """Whole episodes to train a policy on, each turn in the context that the policy saw.

    The turns whose contexts fit into ``max_tokens`` share one row; each later one has a row of its
    own, in which the oldest turns are missing as `Sampler` left them out (see `docs/data.md`).

    Args:
        store: holds the episodes.
        ids: (n,) of trajectories.
        max_tokens: ``policy.max_prompt``, the longest context that the policy was shown; None for a
            policy without a limit.

    Returns:
        The turns of ``store.gather(ids)``, in the same order. They differ in where they lie, and in
        ``next_context_end``: it repeats ``utterance_end`` where a row ends with the utterance, as
        those of episodes longer than ``max_tokens`` do.

    Raises:
        StoreError: an opening, with the turn before the one to learn from if there is one, is
            longer than ``max_tokens``.
    """
    whole = store.gather(ids)
    if max_tokens is None or whole.tokens.shape[1] <= max_tokens:
        return whole
    cuts = list(_cuts(whole, max_tokens))
    lengths = np.array([cut.opening + cut.end - cut.start for cut in cuts], np.int64)
    shape = len(cuts), int(lengths.max())
    tokens, logprobs = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    turn_of_token = np.full(shape, -1, np.int64)
    row, context_end, utterance_end, next_context_end = (
        column.copy()
        for column in (whole.row, whole.context_end, whole.utterance_end, whole.next_context_end)
    )
    for at, cut in enumerate(cuts):
        columns = np.r_[: cut.opening, cut.start : cut.end]
        spoken = whole.turn_of_token[cut.row, columns]
        learned = (spoken >= cut.turns.start) & (spoken < cut.turns.stop)
        cells = at, slice(len(columns))
        tokens[cells] = whole.tokens[cut.row, columns]
        turn_of_token[cells] = np.where(learned, spoken, -1)
        logprobs[cells] = np.where(learned, whole.logprobs[cut.row, columns], 0)
        row[cut.turns] = at
        for places in (context_end, utterance_end, next_context_end):
            places[cut.turns] -= cut.start - cut.opening
    cut_off = next_context_end >= lengths[row]
    return replace(
        whole,
        tokens=tokens,
        lengths=lengths,
        turn_of_token=turn_of_token,
        logprobs=logprobs,
        row=row,
        context_end=context_end,
        utterance_end=utterance_end,
        next_context_end=np.where(cut_off, utterance_end, next_context_end),
    )


def _cuts(whole: TurnBatch[NDArray[Any]], max_tokens: int) -> Iterator[_Cut]:
    """The rows of the result, by episode and by time."""
    firsts = np.searchsorted(whole.row, np.arange(len(whole.lengths) + 1)).tolist()
    starts, ends = whole.context_end + 1, (whole.utterance_end + 1).tolist()
    for row, length in enumerate(whole.lengths.tolist()):
        first, after = firsts[row], firsts[row + 1]
        if length <= max_tokens:
            yield _Cut(row, 0, 0, length, slice(first, after))
            continue
        fitting = first + int((starts[first:after] <= max_tokens).sum())
        if fitting > first:
            yield _Cut(row, 0, 0, ends[fitting - 1], slice(first, fitting))
        opening = int(starts[first])
        for turn in range(fitting, after):
            # Where the row may go on after the opening; never later than the turn before this one.
            begins = starts[first:turn]
            short = np.flatnonzero(opening + starts[turn] - begins <= max_tokens)
            if not len(short):
                raise StoreError(
                    f"max_tokens = {max_tokens}, but turn {whole.turn[turn]} of trajectory "
                    f"{whole.trajectory[turn]} needs more for its opening text and the turn "
                    "before; raise max_tokens"
                )
            start = int(begins[short[0]])
            yield _Cut(row, opening, start, ends[turn], slice(turn, turn + 1))
