"""Stratified bootstrap intervals of a few runs (Agarwal et al. 2021, arXiv 2108.13264).

The unit that is resampled is the seed; where the returns of single evaluation episodes are at hand,
these are resampled too, within each seed that was drawn, as what they add to a seed's mean is luck.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Interval: TypeAlias = tuple[float, float]

REPLICATES = 2000
"""Resamples behind an interval, as in the paper."""


def interquartile_mean(values: npt.ArrayLike, axis: int = -1) -> Any:
    """The mean of the middle half of ``values``.

    Where a quarter of them is no whole number, the outermost values that are kept count by the part
    of them that lies inside: of three values the median counts 1 and the others 1/4 each, so that
    the result does not depend on rounding, as that of a trimmed mean does.

    Args:
        values: At least one along ``axis``.
        axis: What is averaged over.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=axis)
    count = ordered.shape[axis]
    edges = np.arange(count + 1) / count
    weights = np.diff(np.clip(edges, 0.25, 0.75))
    return np.moveaxis(ordered, axis, -1) @ (weights / weights.sum())


def resampled_seeds(count: int, generator: np.random.Generator, replicates: int) -> Any:
    """Which seeds each resample draws: (R, count) indices.

    All ``count ** count`` resamples, equally often, where there are at most ``replicates`` of them:
    then the interval is exact, and R the largest multiple that fits. Otherwise R is ``replicates``,
    and they are drawn at random.
    """
    every = count**count
    if every > replicates:
        return generator.integers(0, count, (replicates, count))
    all_of_them = np.array(list(itertools.product(range(count), repeat=count)))
    return np.tile(all_of_them, (replicates // every, 1))


def resampled_curves(
    means: Array,
    episodes: Sequence[Array] | None,
    seeds: npt.NDArray[np.int64],
    generator: np.random.Generator,
) -> Array:
    """Evaluations of resampled runs: (R, n, E).

    Args:
        means: (n, E) mean return of n seeds at E evaluations.
        episodes: For each evaluation the returns of its single episodes, (n, m) each, which are
            resampled within every seed that was drawn; None takes the means as they are.
        seeds: (R, n) indices, see `resampled_seeds`.
        generator: Of the resampled episodes.
    """
    if episodes is None:
        return means[seeds]
    curves = np.empty((*seeds.shape, len(episodes)))
    for place, returns in enumerate(episodes):
        for slot in range(seeds.shape[1]):
            drawn = generator.integers(0, returns.shape[1], (len(seeds), returns.shape[1]))
            curves[:, slot, place] = returns[seeds[:, slot, None], drawn].mean(axis=1)
    return curves


def percentile_interval(estimate: float, replicates: npt.ArrayLike) -> Interval:
    """The middle 95% of the resampled statistics, widened to hold ``estimate`` where it does not.

    Infinite statistics are allowed: a limit is infinite where more than 2.5% of them are. The
    quantiles are values that occurred, as nothing lies between a number and infinity.

    Args:
        estimate: Of the runs as they are.
        replicates: (R,) the same statistic of each resample.
    """
    ordered = np.sort(np.asarray(replicates, dtype=np.float64))
    outside = math.floor(0.025 * len(ordered))
    low, high = ordered[outside], ordered[-1 - outside]
    return min(float(low), estimate), max(float(high), estimate)


def normalized_area(at: npt.ArrayLike, curves: npt.ArrayLike) -> Any:
    """Area under the curve by the trapezoid rule, divided by its width: a mean return.

    Args:
        at: (E,) environment episodes, rising; at least two.
        curves: (..., E) returns.
    """
    at, curves = np.asarray(at, dtype=np.float64), np.asarray(curves, dtype=np.float64)
    return np.trapezoid(curves, at, axis=-1) / (at[-1] - at[0])
