"""Confidence intervals of means over few samples, such as one number a seed."""

from __future__ import annotations

import math
from collections.abc import Sequence

# 97.5% quantiles of Student's t for 1 to 30 degrees of freedom, as every table of it has them.
_T975 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


def t_quantile(degrees: int) -> float:
    """The 97.5% quantile of Student's t; to three digits up to 30 degrees, then to 1e-4.

    Raises:
        ValueError: ``degrees`` is below 1.
    """
    if degrees < 1:
        raise ValueError(f"Student's t needs at least 1 degree of freedom, not {degrees}")
    if degrees <= len(_T975):
        return _T975[degrees - 1]
    z, n = 1.959964, degrees
    # The first terms of the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5).
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)


def mean_interval(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The mean of ``values`` and its 95% confidence interval by Student's t.

    Args:
        values: At least one; the interval of a single one is NaN.
    """
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, (math.nan, math.nan)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    half = t_quantile(len(values) - 1) * math.sqrt(variance / len(values))
    return mean, (mean - half, mean + half)
