"""Sums over weights, and the search for the leaf under a point of their total."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import accumulate

WIDTH = 8


class SumTree:
    """A tree of sums with eight children a node, added up from the first to the last."""

    def __init__(self, capacity: int) -> None:
        depth = 1
        while WIDTH**depth < capacity:
            depth += 1
        # levels[0] holds the total, the last one the leaves; what is missing weighs nothing.
        self._levels: list[defaultdict[int, float]] = [defaultdict(float) for _ in range(depth + 1)]

    @property
    def total(self) -> float:
        """Sum of all leaves."""
        return self._levels[0][0]

    def __getitem__(self, leaf: int) -> float:
        return self._levels[-1][leaf]

    def __setitem__(self, leaf: int, weight: float) -> None:
        self._levels[-1][leaf] = weight
        node = leaf
        for level in reversed(range(len(self._levels) - 1)):
            node //= WIDTH
            self._levels[level][node] = self._prefix_sums(level, node)[-1]

    def _prefix_sums(self, level: int, node: int) -> list[float]:
        below = self._levels[level + 1]
        weights = (below[node * WIDTH + child] for child in range(WIDTH))
        return list(accumulate(weights, initial=0.0))  # sum() would add in higher precision

    def find(self, point: float) -> int:
        """The leaf that covers a point in ``[0, total)``; never one of weight zero."""
        node = 0
        for level in range(len(self._levels) - 1):
            # Rounding may have carried the point to the node's end or beyond.
            point = min(point, math.nextafter(self._levels[level][node], -math.inf))
            sums = self._prefix_sums(level, node)
            child = next(child for child in range(WIDTH) if point < sums[child + 1])
            point -= sums[child]
            node = node * WIDTH + child
        return node
