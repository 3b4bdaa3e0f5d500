"""Timing contenders side by side, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

Call = Callable[[], object]
Clock = Callable[[], float]

SHARE = 0.02
"""Seconds that a contender is timed for in each round, or one call if that takes longer."""


@dataclass(frozen=True)
class Timing:
    """Microseconds a call: quartiles over the rounds, each of them the median of its calls."""

    median: float
    lower: float
    upper: float


def interleave(
    contenders: Mapping[str, Call],
    rounds: int,
    most_calls: int = 1000,
    clock: Clock = time.perf_counter,
) -> dict[str, Timing]:
    """Time every contender in every round, in an order that is shuffled anew each round.

    Each contender is called a few times before, which compiles what is compiled at first use.
    ``most_calls`` bounds its calls in one round, for calls that make something grow. ``clock`` is
    in seconds; one of the process's own time does not count what others do meanwhile.
    """
    calls = {
        name: min(_calls_in_share(call, clock), most_calls) for name, call in contenders.items()
    }
    medians: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    shuffle = random.Random(0).shuffle
    with no_garbage_collection():
        for _ in range(rounds):
            shuffle(order)
            for name in order:
                medians[name].append(_median(contenders[name], calls[name], clock))
    return {name: quartiles(seconds) for name, seconds in medians.items()}


def _calls_in_share(call: Call, clock: Clock) -> int:
    warm = min(_median(call, 1, clock) for _ in range(4))
    return max(1, int(SHARE / warm))


def _median(call: Call, calls: int, clock: Clock) -> float:
    """Seconds of one call; a median passes over those during which something else had the core."""
    seconds = []
    for _ in range(calls):
        start = clock()
        call()
        seconds.append(clock() - start)
    return statistics.median(seconds)


def quartiles(seconds: list[float]) -> Timing:
    """Of the seconds that rounds took, in microseconds."""
    lower, median, upper = np.percentile(seconds, [25, 50, 75]) * 1e6
    return Timing(float(median), float(lower), float(upper))


@contextmanager
def one_core() -> Iterator[None]:
    """Meanwhile this thread, and those that it starts, share one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Meanwhile cycles of objects stay where they are."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
