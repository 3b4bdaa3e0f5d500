"""What several runs took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

COST = ("spent", "speed", "peak_memory", "peak_gpu_memory")
"""What a run took, by the names of its summary; each may be missing there, or null."""


def mean_cost(costs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Seconds and speeds by name as means, and of each peak of memory the largest.

    Seconds that a run has spent on nothing are 0; a speed that it does not know does not count.

    Args:
        costs: of each run, with the keys of `COST`; at least one.

    Returns:
        The same of them all.
    """
    spent, speed = ([cost.get(key) or {} for cost in costs] for key in ("spent", "speed"))
    peaks = {key: [cost[key] for cost in costs if cost.get(key)] for key in COST[2:]}
    return {
        "spent": {name: _mean([row.get(name, 0.0) for row in spent]) for name in _names(spent)},
        "speed": {name: _mean([r[name] for r in speed if name in r]) for name in _names(speed)},
        **{key: max(peak, default=None) for key, peak in peaks.items()},
    }


def _names(rows: Sequence[Mapping[str, float]]) -> list[str]:
    """Of all rows, in the order in which they come."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
