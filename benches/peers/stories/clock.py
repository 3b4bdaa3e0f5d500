"""The processor's time of what is done once or several times."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import process_time
from typing import TypeVar

T = TypeVar("T")

Seconds = dict[str, float]
"""By row of the table, of one step, one reset and so on."""
Measure = Callable[[], Seconds]

PASSES = 5
"""How often what is quick is done in each measure; the median counts."""


def median_of(once: Measure) -> Seconds:
    """The median of each row over several passes."""
    passes = [once() for _ in range(PASSES)]
    return {row: statistics.median(each[row] for each in passes) for row in passes[0]}


def seconds_each(call: Callable[[T], object], arguments: Sequence[T]) -> float:
    """Seconds a call, over one call with each of the arguments."""
    start = process_time()
    for argument in arguments:
        call(argument)
    return (process_time() - start) / len(arguments)
