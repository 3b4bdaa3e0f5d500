"""Trajectories as padded rows or as one packed stream: what `archer.types` documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from archer.errors import StoreError
from archer.twin.arguments import MAX_FLOAT32
from archer.types import PackedBatch, Trajectory, TurnBatch

_COLUMNS = {
    "row": np.int64,
    "context_end": np.int64,
    "utterance_end": np.int64,
    "next_context_end": np.int64,
    "reward": np.float32,
    "steps": np.int64,
    "terminated": np.bool_,
    "truncated": np.bool_,
    "trajectory": np.int64,
    "turn": np.int64,
    "policy_version": np.int64,
    "weight": np.float32,
}
_PLACES = ("context_end", "utterance_end", "next_context_end")


class Row(NamedTuple):
    """What a batch shows of one trajectory."""

    tokens: NDArray[np.int64]
    turns: list[dict[str, Any]]
    """Columns of the turns, places counted from the row's first token, and ``logprobs``."""


def whole(key: int, trajectory: Trajectory) -> Row:
    """All tokens and all turns."""
    turns = [_shown(key, trajectory, turn, 1, 1.0) for turn in range(trajectory.num_turns)]
    return Row(trajectory.tokens, turns)


def around(
    key: int,
    trajectory: Trajectory,
    turn: int,
    n_step: int,
    discount: float,
    max_tokens: int | None,
) -> Row:
    """One turn, with tokens to the end of the last of ``n_step`` turns."""
    bounds = trajectory.boundaries.tolist()
    steps = min(n_step, trajectory.num_turns - turn)
    shown = _shown(key, trajectory, turn, steps, discount)
    opening, end = bounds[1], shown["next_context_end"] + 1
    for oldest in range(turn + 1):  # the row goes on with the utterance of the oldest turn kept
        dropped = bounds[2 * oldest + 1] - opening
        if max_tokens is None or end - dropped <= max_tokens:
            break
    else:
        raise StoreError(
            f"max_tokens = {max_tokens}, but turn {turn} of trajectory {key} needs {end - dropped}:"
            f" {opening} of the opening text and {end - bounds[2 * turn + 1]} from its utterance "
            "on; raise max_tokens or lower n_step"
        )
    shown |= {name: shown[name] - dropped for name in _PLACES}
    pieces = trajectory.tokens[:opening], trajectory.tokens[opening + dropped : end]
    return Row(np.concatenate(pieces), [shown])


def _shown(
    key: int, trajectory: Trajectory, turn: int, steps: int, discount: float
) -> dict[str, Any]:
    bounds = trajectory.boundaries.tolist()
    start, end = bounds[2 * turn + 1 : 2 * turn + 3]
    spoken = sum(bounds[2 * t + 2] - bounds[2 * t + 1] for t in range(turn))
    last = turn + steps - 1
    reward = float(trajectory.rewards[last])
    for earlier in trajectory.rewards[turn:last][::-1].tolist():
        reward = earlier + discount * reward
    if abs(reward) > MAX_FLOAT32:
        raise StoreError(
            f"the {steps} rewards from turn {turn} of trajectory {key} on sum up to {reward}, "
            "beyond float32: scale the rewards down, or lower n_step"
        )
    ends = last == trajectory.num_turns - 1
    return {
        "context_end": start - 1,
        "utterance_end": end - 1,
        "next_context_end": bounds[2 * last + 3] - 1,
        "reward": reward,
        "steps": steps,
        "terminated": ends and trajectory.terminated,
        "truncated": ends and trajectory.truncated,
        "trajectory": key,
        "turn": turn,
        "policy_version": trajectory.policy_version,
        "weight": 1.0,
        "logprobs": trajectory.logprobs[spoken : spoken + end - start],
    }


def padded(rows: Sequence[Row]) -> TurnBatch[NDArray[Any]]:
    """Rows under each other, padded on the right."""
    lengths = [len(row.tokens) for row in rows]
    shape = len(rows), max(lengths, default=0)
    starts = range(0, shape[0] * shape[1], shape[1]) if rows else []
    stream = _stream(rows, starts, shape[0] * shape[1])
    return TurnBatch(
        lengths=np.array(lengths, np.int64),
        **{name: cells.reshape(shape) for name, cells in stream.items()},
        **_columns(rows, [0] * len(rows)),
    )


def packed(rows: Sequence[Row]) -> PackedBatch[NDArray[Any]]:
    """Rows end to end."""
    lengths = [len(row.tokens) for row in rows]
    offsets = np.cumsum([0, *lengths], dtype=np.int64)
    return PackedBatch(
        offsets=offsets,
        position_ids=np.concatenate([np.zeros(0, np.int64), *map(np.arange, lengths)]),
        **_stream(rows, offsets[:-1].tolist(), int(offsets[-1])),
        **_columns(rows, offsets[:-1].tolist()),
    )


def _stream(rows: Sequence[Row], starts: Sequence[int], size: int) -> dict[str, NDArray[Any]]:
    """What is known of each of ``size`` cells, with a row from each start on."""
    tokens, turn_of_token = np.zeros(size, np.int64), np.full(size, -1, np.int64)
    logprobs = np.zeros(size, np.float32)
    turns = 0
    for row, start in zip(rows, starts, strict=True):
        tokens[start : start + len(row.tokens)] = row.tokens
        for turn in row.turns:
            said = slice(start + turn["context_end"] + 1, start + turn["utterance_end"] + 1)
            turn_of_token[said], logprobs[said] = turns, turn["logprobs"]
            turns += 1
    return {"tokens": tokens, "turn_of_token": turn_of_token, "logprobs": logprobs}


def _columns(rows: Sequence[Row], bases: Sequence[int]) -> dict[str, NDArray[Any]]:
    """The turns' columns, with places counted from each row's base."""
    turns = [
        turn | {"row": index} | {name: turn[name] + base for name in _PLACES}
        for index, (row, base) in enumerate(zip(rows, bases, strict=True))
        for turn in row.turns
    ]
    return {
        name: np.array([turn[name] for turn in turns]).astype(dtype)
        for name, dtype in _COLUMNS.items()
    }
