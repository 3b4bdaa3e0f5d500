"""A priority for each slot of a replay buffer, and the tree over what they weigh."""

from __future__ import annotations

import math

from archer.twin.tree import SumTree

LIFT = 256.0
"""The newest version held stays within so many half-lives of the anchor, whose turns weigh
``2**LIFT`` times their priority: nothing overflows, and the newest never underflow."""


class Priorities:
    """Priorities before decay, and a tree of weights.

    A weight is ``priority * 2 ** ((version - anchor) / half_life)``. Ages count from the newest
    policy version held, but a factor that all weights have in common cancels in every probability.
    """

    def __init__(self, capacity: int, half_life: float | None) -> None:
        self.half_life, self.anchor = half_life, 0
        self.tree = SumTree(capacity)
        self._held: dict[int, tuple[float, int]] = {}  # priority and policy version of each slot

    def __getitem__(self, slot: int) -> float:
        return self._held[slot][0]

    def set(self, slot: int, priority: float, version: int | None = None) -> None:
        """Set the priority of a slot; without a version the slot keeps the one it has."""
        version = self._held[slot][1] if version is None else version
        self._held[slot] = priority, version
        factor = 1.0
        if self.half_life is not None:
            factor = math.exp2((version - self.anchor) / self.half_life + LIFT)
        self.tree[slot] = priority * factor

    def free(self, slot: int) -> None:
        """Forget a slot."""
        del self._held[slot]
        self.tree[slot] = 0.0

    def largest(self) -> float:
        """The largest priority; 1 if none is positive."""
        return max((priority for priority, _ in self._held.values()), default=0.0) or 1.0

    def smallest(self) -> float:
        """The smallest positive priority."""
        return min(priority for priority, _ in self._held.values() if priority > 0)

    def reaches(self, newest: int) -> bool:
        """Whether the newest version held is near enough to the anchor."""
        return self.half_life is None or abs((newest - self.anchor) / self.half_life) <= LIFT

    def follow(self, newest: int) -> None:
        """Move the anchor, and weigh every slot anew, where it is too far away."""
        if not self.reaches(newest):
            self.anchor = newest
            for slot, (priority, version) in list(self._held.items()):
                self.set(slot, priority, version)
