"""The numbers that a run ends with, as ``summary.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archer.algorithms import METHODS, TITLES
from archer.errors import CheckpointError
from archer.evaluate import Evaluation
from archer.memory import peak_gpu_memory, peak_memory
from archer.report.cost import mean_cost
from archer.report.intervals import mean_interval
from archer.speed import speed_of

SUMMARY = "summary.json"
POLICIES = {"optimal": "Scripted optimum", "demonstrations": "Demonstrations"} | {
    name: TITLES[name] for name in ("bc", *METHODS)
}
"""The policies of a summary by key, in the order in which they are shown."""


def summary_of(
    evaluations: Mapping[str, Evaluation],
    *,
    env: str | None,
    seed: int,
    train_seconds: Mapping[str, float],
    spent: Mapping[str, float] | None = None,
    counts: Mapping[str, int] | None = None,
    memory: Mapping[str, int | None] | None = None,
    alarms: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The numbers that a run ends with.

    Args:
        evaluations: By the keys of `POLICIES`; any may be missing.
        env: Id of the environment; None where there was none, hence no evaluations.
        seed: Of the run.
        train_seconds: Wall-clock seconds of training, for the trained policies.
        spent: Wall-clock seconds of the method by what they were spent on.
        counts: What the method has done in them, see `archer.speed`.
        memory: Of earlier processes of the run, see `archer.runlog.read_memory`.
        alarms: What went wrong, by kind, in plain words.

    Returns:
        What `write_summary` writes: ``env``, ``seed``, and for each policy ``mean_return``,
        ``ci95`` ([low, high]), ``win_rate``, ``episodes``, ``mean_turns``, ``invalid_rate``, and
        ``train_seconds`` where it was trained; also ``peak_memory`` and ``peak_gpu_memory``, the
        most bytes that a process of the run has had in memory and on a GPU, ``spent``, ``speed``
        (see `archer.speed.speed_of`) and ``alarms``. A number that does not exist is null.
    """
    before = memory or {}
    now = {"peak_memory": peak_memory(), "peak_gpu_memory": peak_gpu_memory()}
    summary: dict[str, Any] = {
        "env": env,
        "seed": seed,
        **{name: max(bytes_ or 0, before.get(name) or 0) or None for name, bytes_ in now.items()},
        "spent": {name: round(seconds, 3) for name, seconds in (spent or {}).items()},
        "speed": speed_of(counts or {}, spent or {}),
        "alarms": dict(alarms or {}),
    }
    for name in POLICIES:
        if name not in evaluations:
            continue
        evaluation = evaluations[name]
        summary[name] = {
            "mean_return": evaluation.mean_return,
            "ci95": [bound if math.isfinite(bound) else None for bound in evaluation.ci95],
            "win_rate": evaluation.win_rate,
            "episodes": evaluation.episodes,
            "mean_turns": evaluation.mean_turns,
            "invalid_rate": evaluation.invalid_rate,
        }
        if name in train_seconds:
            summary[name]["train_seconds"] = round(train_seconds[name], 3)
    return summary


def write_summary(folder: str | Path, summary: Mapping[str, Any]) -> None:
    """Writes ``summary.json`` into a run folder, whole: it says that the run has ended."""
    text = json.dumps(summary, indent=2, allow_nan=False)
    part = Path(folder) / f"{SUMMARY}.part"
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(Path(folder) / SUMMARY)


def read_summary(folder: str | Path) -> dict[str, Any]:
    """Reads the summary of a run.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    path = Path(folder) / SUMMARY
    try:
        summary = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path} is missing; has the run ended?") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged: {error}") from error
    if not isinstance(summary, dict):
        raise CheckpointError(f"{path} is damaged: it is no mapping")
    return summary


def trained(summary: Mapping[str, Any]) -> str | None:
    """The method of a run, by its key; None where the run ended with its warm start."""
    return next((name for name in METHODS if name in summary), None)


def gap_closed(summary: Mapping[str, Any]) -> float | None:
    """The share of the return gap from behaviour cloning to the optimum that the method closed.

    None where one of the three is missing or there is no gap.
    """
    name = trained(summary)
    if name is None or not {"optimal", "bc"} <= summary.keys():
        return None
    optimal, bc, own = (summary[key]["mean_return"] for key in ("optimal", "bc", name))
    return float((own - bc) / (optimal - bc)) if optimal > bc else None


def mean_summary(summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several seeds of one setting as one summary.

    ``mean_return`` is the mean over seeds and ``ci95`` its interval by Student's t over seeds (over
    episodes, where all seeds agree); rates, speeds and seconds are means, ``episodes`` the sum and
    peaks of memory the largest.
    """
    mean: dict[str, Any] = {
        "env": summaries[0]["env"],
        "seeds": [summary["seed"] for summary in summaries],
    }
    for name in POLICIES:
        rows = [summary[name] for summary in summaries if name in summary]
        if not rows:
            continue
        average, interval = mean_interval([row["mean_return"] for row in rows])
        bounds = [bound if math.isfinite(bound) else None for bound in interval]
        mean[name] = {
            "mean_return": average,
            # A script that played the same episodes for every seed has no spread over seeds.
            "ci95": rows[0]["ci95"] if interval[0] == interval[1] else bounds,
            "win_rate": _mean_of(rows, "win_rate"),
            "episodes": sum(row["episodes"] for row in rows),
            "mean_turns": _mean_of(rows, "mean_turns"),
            "invalid_rate": _mean_of(rows, "invalid_rate"),
        }
        if "train_seconds" in rows[0]:
            mean[name]["train_seconds"] = _mean_of(rows, "train_seconds")
    return mean | mean_cost(summaries)


def _mean_of(rows: Sequence[Mapping[str, Any]], key: str) -> float | None:
    values = [row[key] for row in rows if row[key] is not None]
    return mean_interval(values)[0] if values else None
