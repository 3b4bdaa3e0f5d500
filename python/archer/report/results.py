"""The numbers of a comparison, as ``results.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from archer.errors import CheckpointError
from archer.report.bootstrap import (
    REPLICATES,
    Array,
    interquartile_mean,
    normalized_area,
    percentile_interval,
    resampled_curves,
    resampled_seeds,
)
from archer.report.cost import COST, mean_cost
from archer.report.efficiency import efficiency_ratio, episodes_to
from archer.report.intervals import mean_interval
from archer.report.runs import FinishedRun
from archer.speed import SPEEDS

Runs = Mapping[int, FinishedRun]
"""The finished runs of one variant by seed."""


def variant_results(runs: Runs, threshold: float | None) -> dict[str, Any]:
    """What is said of one variant by itself.

    Args:
        runs: At least one.
        threshold: A return, or None.

    Returns:
        JSON values: ``curve``, ``final``, ``area``, ``episodes_to_threshold`` (None without a
        threshold; in it null stands for never) and ``speed``, which alone depends on the clock.

    Raises:
        CheckpointError: The runs were not evaluated after the same numbers of episodes.
    """
    at, means, resampled = _resampled(runs)
    curve = [_mean_and_interval(means[:, k], resampled[:, :, k]) for k in range(len(at))]
    return {
        "curve": {
            "episodes": at,
            "by_seed": means.tolist(),
            "mean": [mean for mean, _ in curve],
            "ci95": [interval for _, interval in curve],
        },
        "final": _aggregates(means[:, -1], resampled[:, :, -1]),
        "area": _aggregates(normalized_area(at, means), normalized_area(at, resampled)),
        "episodes_to_threshold": None
        if threshold is None
        else {
            str(seed): _known(episodes)
            for seed, episodes in zip(runs, episodes_to(threshold, at, means), strict=True)
        },
        "speed": _speed(list(runs.values())),
    }


def ratio_results(other: Runs, reference: Runs, threshold: float, budget: int) -> dict[str, Any]:
    """Sample efficiency of ``reference`` beside ``other``, over the seeds that both have.

    Args:
        other: May be empty.
        reference: May be empty.
        threshold: A return.
        budget: Environment episodes that each run had.

    Returns:
        ``seeds``, and the fields of `archer.report.efficiency.Ratio`; null stands for infinity.
    """
    seeds = [seed for seed in reference if seed in other]
    if not seeds:
        return {"seeds": [], "estimate": None, "bound": "unknown", "ci95": [0.0, None]}
    times, resampled = [], []
    for runs in (other, reference):
        at, means, curves = _resampled({seed: runs[seed] for seed in seeds})
        times.append(episodes_to(threshold, at, means))
        resampled.append(episodes_to(threshold, at, curves))
    ratio = asdict(efficiency_ratio(times[0], times[1], (resampled[0], resampled[1]), budget))
    low, high = ratio["ci95"]
    interval = [_known(low), _known(high)] if len(seeds) > 1 else [0.0, None]
    return {"seeds": seeds, **ratio, "ci95": interval}


def _resampled(runs: Runs) -> tuple[list[int], Array, Array]:
    """Where the runs were evaluated (E), their means (n, E), and resamples of these (R, n, E).

    Every variant resamples the same seeds in the same order, so that two of them make pairs.
    """
    first, *others = runs.values()
    for run in others:
        if run.at != first.at:
            raise CheckpointError(
                f"the seeds {', '.join(map(str, runs))} of one variant were evaluated after "
                f"{first.at} and after {run.at} episodes, which cannot be averaged; run it anew"
            )
    means = np.stack([run.mean_return for run in runs.values()])
    episodes = [
        np.stack(rows) for rows in zip(*(run.returns for run in runs.values()), strict=True)
    ]
    seeds = resampled_seeds(len(means), np.random.default_rng(0), REPLICATES)
    return first.at, means, resampled_curves(means, episodes, seeds, np.random.default_rng(1))


def _aggregates(by_seed: Array, resampled: Array) -> dict[str, Any]:
    """Mean and interquartile mean of (n,) numbers with intervals from (R, n) resampled ones."""
    mean, interval = _mean_and_interval(by_seed, resampled)
    middle = float(interquartile_mean(by_seed))
    student = mean_interval(by_seed.tolist())[1]
    return {
        "by_seed": by_seed.tolist(),
        "mean": mean,
        "mean_ci95": interval,
        "iqm": middle,
        "iqm_ci95": _interval(len(by_seed), middle, interquartile_mean(resampled)),
        "mean_student95": [_known(bound) for bound in student],
    }


def _mean_and_interval(by_seed: Array, resampled: Array) -> tuple[float, list[float | None]]:
    mean = float(by_seed.mean())
    return mean, _interval(len(by_seed), mean, resampled.mean(axis=-1))


def _interval(seeds: int, estimate: float, replicates: Array) -> list[float | None]:
    """No interval over seeds comes from a single one."""
    return list(percentile_interval(estimate, replicates)) if seeds > 1 else [None, None]


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _speed(runs: Sequence[FinishedRun]) -> dict[str, Any]:
    """Means over seeds; of the memory the largest."""
    cost = mean_cost([{key: getattr(run, key) for key in COST} for run in runs])
    spent = cost["spent"]
    total = math.fsum(spent.values())
    return {
        "training_seconds": total,
        "learning_seconds": _mean([run.learning_seconds for run in runs]),
        **{name: cost["speed"].get(name) for name in SPEEDS},
        "share": {name: seconds / total for name, seconds in spent.items()} if total else {},
        "seconds_at_evaluation": [_mean(at) for at in zip(*(r.seconds for r in runs), strict=True)],
        "peak_memory": cost["peak_memory"],
        "peak_gpu_memory": cost["peak_gpu_memory"],
    }


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
