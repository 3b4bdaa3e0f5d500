"""Episodes to a threshold, and how many times fewer one method needs than another.

A run that never got there is censored: all that is known is that it needs more than its budget.
Nothing here takes the budget for the unknown number: what follows from it is a bound, and is called
one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from archer.report.bootstrap import Array, Interval, percentile_interval


@dataclass(frozen=True, slots=True)
class Ratio:
    """Episodes of another method over those of the reference: above 1, the reference is better."""

    estimate: float | None
    """Mean over the seeds of the one over the mean of the other; None where nothing is known."""
    bound: Literal["exact", "at least", "at most", "unknown"]
    """What the estimate is, as some runs never got there."""
    ci95: Interval
    """Holds every ratio that agrees with the runs: from 0 on where it may be that the reference
    never gets there, to infinity where it may be that the other does not."""


def episodes_to(threshold: float, at: npt.ArrayLike, curves: npt.ArrayLike) -> Array:
    """Environment episodes until the return first reaches ``threshold``: (...), inf for never.

    Linear between the evaluation before and the first one at or above the threshold. A single
    evaluation that luck has raised counts, so that noise makes every method look a little quicker.

    Args:
        threshold: A return.
        at: (E,) environment episodes, rising.
        curves: (..., E) returns.
    """
    at, curves = np.asarray(at, dtype=np.float64), np.asarray(curves, dtype=np.float64)
    reached = curves >= threshold
    first = reached.argmax(axis=-1)
    before = np.maximum(first - 1, 0)
    above, below = (
        np.take_along_axis(curves, place[..., None], axis=-1)[..., 0] for place in (first, before)
    )
    rise = np.where(above > below, above - below, 1.0)
    share = np.where(first > 0, (threshold - below) / rise, 0.0)
    exact = at[before] + share * (at[first] - at[before])
    found: Array = np.where(reached.any(axis=-1), exact, math.inf)
    return found


def efficiency_ratio(
    other: Array, reference: Array, resampled: tuple[Array, Array], budget: int
) -> Ratio:
    """How many times as many episodes ``other`` needs, with a 95% interval.

    The interval is a percentile bootstrap over pairs. With censored runs each resample gives not a
    ratio but a range of ratios; the interval goes from the 2.5% quantile of their lower ends to the
    97.5% quantile of their upper ends.

    Args:
        other: (n,) episodes to the threshold, inf for never; of the same seeds as ``reference``.
        reference: (n,).
        resampled: The same of R resamples, which drew the same seeds for both: (R, n) each.
        budget: Episodes that every run had.
    """
    low, high = (float(end) for end in _range(other, reference, budget))
    lows, highs = _range(*resampled, budget)
    interval = (percentile_interval(low, lows)[0], percentile_interval(high, highs)[1])
    if low == high and math.isfinite(low):
        return Ratio(low, "exact", interval)
    if low > 0.0 and math.isfinite(low):
        return Ratio(low, "at least", interval)
    if low == 0.0 and math.isfinite(high):
        return Ratio(high, "at most", interval)
    return Ratio(None, "unknown", interval)


def _range(other: Array, reference: Array, budget: int) -> tuple[Any, Any]:
    """The least and the largest ratio of the means over the last axis that agree with the runs."""
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.minimum(other, budget).mean(axis=-1) / reference.mean(axis=-1)
        most = other.mean(axis=-1) / np.minimum(reference, budget).mean(axis=-1)
    # 0 / 0: neither had to learn anything, and every ratio agrees with that.
    return np.where(np.isnan(least), 0.0, least), np.where(np.isnan(most), math.inf, most)
