"""Trajectories as right-padded rows: what `TurnBatch` documents, one turn at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archer.types import Trajectory, TurnBatch

_COLUMNS = {
    "row": np.int64,
    "context_end": np.int64,
    "utterance_end": np.int64,
    "next_context_end": np.int64,
    "reward": np.float32,
    "terminated": np.bool_,
    "truncated": np.bool_,
    "trajectory": np.int64,
    "turn": np.int64,
    "policy_version": np.int64,
    "weight": np.float32,
}


def gather_rows(rows: Sequence[tuple[int, Trajectory, int | None]]) -> TurnBatch[NDArray[Any]]:
    """A batch of ``(id, trajectory, turn)``; None stands for all turns, and then for all tokens."""
    lengths = [int(t.boundaries[-1 if turn is None else 2 * turn + 3]) for _, t, turn in rows]
    shape = (len(rows), max(lengths, default=0))
    tokens = np.zeros(shape, np.int64)
    turn_of_token = np.full(shape, -1, np.int64)
    logprobs = np.zeros(shape, np.float32)
    turns: list[dict[str, Any]] = []
    for row, (key, trajectory, only) in enumerate(rows):
        tokens[row, : lengths[row]] = trajectory.tokens[: lengths[row]]
        spoken = 0
        for turn in range(trajectory.num_turns):
            start, end, next_end = map(int, trajectory.boundaries[2 * turn + 1 : 2 * turn + 4])
            spoken += end - start
            if only not in (None, turn):
                continue
            turn_of_token[row, start:end] = len(turns)
            logprobs[row, start:end] = trajectory.logprobs[spoken - (end - start) : spoken]
            last = turn == trajectory.num_turns - 1
            turns.append(
                {
                    "row": row,
                    "context_end": start - 1,
                    "utterance_end": end - 1,
                    "next_context_end": next_end - 1,
                    "reward": trajectory.rewards[turn],
                    "terminated": last and trajectory.terminated,
                    "truncated": last and trajectory.truncated,
                    "trajectory": key,
                    "turn": turn,
                    "policy_version": trajectory.policy_version,
                    "weight": 1.0,
                }
            )
    columns: dict[str, NDArray[Any]] = {
        name: np.array([turn[name] for turn in turns], dtype) for name, dtype in _COLUMNS.items()
    }
    return TurnBatch(
        tokens=tokens,
        lengths=np.array(lengths, np.int64),
        turn_of_token=turn_of_token,
        logprobs=logprobs,
        **columns,
    )
