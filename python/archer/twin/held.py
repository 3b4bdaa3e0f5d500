"""Which turns a replay buffer holds, and their priorities."""

from __future__ import annotations

import math
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archer.errors import ReplayError
from archer.twin.arguments import MAX_FLOAT32, MAX_INT64, at_least, integer
from archer.twin.priorities import Priorities
from archer.twin.record import array
from archer.twin.store import TrajectoryStore


def refuse(message: str) -> NoReturn:
    """Raise `ReplayError`."""
    raise ReplayError(message)


class Held:
    """A first-in-first-out window on a store's turns.

    Turns lie in a ring of ``capacity`` slots, those of one trajectory next to each other.
    """

    def __init__(
        self,
        store: TrajectoryStore,
        capacity: int,
        alpha: float,
        epsilon: float,
        half_life: float | None,
    ) -> None:
        self.store, self.capacity, self.alpha, self.epsilon = store, capacity, alpha, epsilon
        self._priorities = Priorities(capacity, half_life)
        self._slots: dict[int, tuple[int, int]] = {}  # trajectory and turn
        self._places: dict[int, list[int]] = {}  # slots of each trajectory, oldest first
        self._versions: dict[int, int] = {}  # policy version of each trajectory
        self._next = 0
        self._truncations = len(store.cuts)  # of the store, that _lost reckons with
        self._lost: set[int] = set()  # held, but truncated away from the store

    def __len__(self) -> int:
        return sum(len(place) for place in self._places.values())

    @property
    def num_trajectories(self) -> int:
        """Trajectories held."""
        return len(self._places)

    @property
    def trajectory_ids(self) -> NDArray[np.int64]:
        """(trajectories held,) ids, oldest first."""
        return np.array(list(self._places), np.int64)

    def add(self, trajectory_id: int) -> None:
        """Take in the turns of a trajectory at the largest priority held, 1 if none is positive."""
        expected = "the id of a trajectory, an int"
        bounds = -MAX_INT64 - 1, MAX_INT64
        self.extend([integer("trajectory_id", trajectory_id, ReplayError, expected, *bounds)])

    def extend(self, trajectory_ids: ArrayLike) -> None:
        """Add trajectories one after another, all of them or none."""
        ids = array(trajectory_ids, "trajectory_ids", np.int64, ReplayError)
        self._check_kept()
        entries: dict[int, tuple[int, int]] = {}
        for key in map(int, ids):
            trajectory = self.store[key]
            if key in self._places or key in entries:
                refuse(f"trajectory {key} is in the buffer already, or given twice")
            if trajectory.num_turns > self.capacity:
                refuse(f"trajectory {key} has {trajectory.num_turns} turns: raise the capacity")
            entries[key] = trajectory.num_turns, trajectory.policy_version
        for key, (turns, version) in entries.items():
            priority = self._priorities.largest()
            while len(self) + turns > self.capacity:
                self._drop_oldest()
            self._place(key, turns, version)
            self._follow_newest()
            self._set_all(key, [priority] * turns)

    def evict(self, num_trajectories: int) -> None:
        """Drop the oldest trajectories, whole."""
        number = at_least("num_trajectories", num_trajectories, 0, ReplayError, MAX_INT64)
        if not 0 <= number <= len(self._places):
            refuse(f"num_trajectories = {number}: the buffer holds {len(self._places)}")
        for _ in range(number):
            self._drop_oldest()
        self._follow_newest()

    def _drop_oldest(self) -> None:
        oldest = next(iter(self._places))
        for slot in self._places.pop(oldest):
            self._priorities.free(slot)
        del self._versions[oldest]
        self._lost.discard(oldest)

    def _check_kept(self) -> None:
        """Refuse to go on with turns that may be others by now."""
        later = self.store.cuts[self._truncations :]
        self._truncations += len(later)
        if later:
            self._lost |= {key for key in self._places if key >= min(later)}
        if self._lost:
            youngest = max(at for at, key in enumerate(self._places) if key in self._lost)
            refuse(
                f"the store was truncated, and trajectory {min(self._lost)}, which this buffer "
                f"holds, has gone or is another by now: drop it, with evict({youngest + 1}), or "
                "make the buffer anew"
            )

    def _place(self, key: int, turns: int, version: int) -> None:
        slots = [(self._next + turn) % self.capacity for turn in range(turns)]
        self._slots.update((slot, (key, turn)) for turn, slot in enumerate(slots))
        self._places[key], self._versions[key] = slots, version
        self._next = (self._next + turns) % self.capacity

    def _follow_newest(self) -> None:
        if self._versions:
            self._priorities.follow(max(self._versions.values()))

    def _set_all(self, key: int, priorities: list[float]) -> None:
        for slot, priority in zip(self._places[key], priorities, strict=True):
            self._priorities.set(slot, priority, self._versions[key])

    def update(self, trajectory_ids: ArrayLike, turns: ArrayLike, td_errors: ArrayLike) -> None:
        """Set priorities to ``(|td_error| + epsilon) ** alpha``; turns not held are skipped."""
        ids = array(trajectory_ids, "trajectory_ids", np.int64, ReplayError)
        at = array(turns, "turns", np.int64, ReplayError)
        errors = np.abs(array(td_errors, "td_errors", np.float64, ReplayError))
        if not len(ids) == len(at) == len(errors):
            refuse(f"{len(ids)} ids, {len(at)} turns and {len(errors)} errors: give as many")
        stored = len(self.store)
        self._check_kept()
        if not (errors <= MAX_FLOAT32).all():
            refuse("td_errors must be finite float32 numbers")
        if not ((ids >= 0) & (ids < stored)).all():
            refuse(f"trajectory_ids must be below {stored}")
        held = [k for k, key in enumerate(ids) if int(key) in self._places]
        if not all(0 <= at[k] < len(self._places[int(ids[k])]) for k in held):
            refuse("turns must be turns of their trajectories")
        for k in held:
            slot = self._places[int(ids[k])][int(at[k])]
            self._priorities.set(slot, math.pow(float(errors[k]) + self.epsilon, self.alpha))
