"""What a comparison reads from the folder of one finished run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archer.errors import CheckpointError
from archer.report.bootstrap import Array
from archer.report.summary import read_summary
from archer.runlog import read_metrics, read_timings

_NO_TRAINING = {"bc", "demonstrations", "evaluation", "held_out"}
"""Phases of a run's timings that are the same for every method."""


@dataclass(frozen=True, slots=True, eq=False)
class FinishedRun:
    """The evaluations of one run, and what its seconds were spent on."""

    at: list[int]
    """E numbers of environment episodes at which it was evaluated."""
    mean_return: Array
    """(E,)."""
    returns: list[Array]
    """For each evaluation the returns of its episodes."""
    seconds: list[float]
    """(E,) of training before each evaluation, without evaluations and warm start."""
    spent: dict[str, float]
    """Seconds of training by what they were spent on, such as "collect"."""
    speed: dict[str, float]
    """See `archer.speed.speed_of`."""
    peak_memory: int | None
    """Bytes, the most that a process of the run has had."""
    peak_gpu_memory: int | None
    """Bytes, the most that torch has had on one GPU; None where it has used none."""

    @property
    def learning_seconds(self) -> float:
        """All of training but the collection."""
        return math.fsum(seconds for name, seconds in self.spent.items() if name != "collect")


def read_run(folder: str | Path) -> FinishedRun:
    """Reads a run that has ended.

    Raises:
        CheckpointError: It has not ended, holds no evaluation, or is damaged.
    """
    summary = read_summary(folder)
    lines = read_metrics(folder, "evaluation")
    if not lines:
        raise CheckpointError(f"{folder} holds no evaluation; remove that folder to run it anew")
    try:
        return _finished(folder, summary, lines)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{folder} holds metrics or timings that cannot be read ({error!r}); remove that "
            "folder to run it anew"
        ) from error


def _finished(
    folder: str | Path, summary: dict[str, Any], lines: list[dict[str, Any]]
) -> FinishedRun:
    timings = {
        iteration: spent
        for (phase, iteration), spent in read_timings(folder).items()
        if phase not in _NO_TRAINING
    }
    return FinishedRun(
        at=[line["episodes"] for line in lines],
        mean_return=np.array([line["mean_return"] for line in lines], dtype=np.float64),
        returns=[np.array(line["returns"], dtype=np.float64) for line in lines],
        seconds=[_seconds_until(line["iteration"], timings) for line in lines],
        spent=_total(timings),
        speed=summary.get("speed", {}),
        peak_memory=summary.get("peak_memory"),
        peak_gpu_memory=summary.get("peak_gpu_memory"),
    )


def _seconds_until(iteration: int, timings: dict[int, dict[str, float]]) -> float:
    return math.fsum(
        seconds for at, spent in timings.items() if at <= iteration for seconds in spent.values()
    )


def _total(timings: dict[int, dict[str, float]]) -> dict[str, Any]:
    total: dict[str, float] = {}
    for spent in timings.values():
        for name, seconds in spent.items():
            total[name] = total.get(name, 0.0) + seconds
    return total
