"""What a store shows of its trajectories: batches, groups of ids, selections."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archer.errors import StoreError, UnknownTrajectoryError
from archer.twin.arguments import Bounds, Number, at_least, bounds, integer, number, text, unit
from archer.twin.batch import Row, around, packed, padded, whole
from archer.twin.record import array
from archer.types import PackedBatch, Trajectory, TurnBatch

ROUNDING = 1e-9
"""A product that should be whole may come out a little beside it, as 0.28 * 25 does."""


class Views(ABC):
    """The reading half of a store that looks at many trajectories at once."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, key: int) -> Trajectory: ...

    @property
    @abstractmethod
    def first_id(self) -> int:
        """The lowest id held."""

    @property
    def num_turns(self) -> int:
        """Turns of all trajectories."""
        return sum(trajectory.num_turns for trajectory in self._all())

    @property
    def num_tokens(self) -> int:
        """Tokens of all trajectories."""
        return sum(len(trajectory.tokens) for trajectory in self._all())

    def _all(self) -> list[Trajectory]:
        return [self[key] for key in range(self.first_id, len(self))]

    def gather(self, ids: ArrayLike) -> TurnBatch[NDArray[Any]]:
        """Whole trajectories as rows, with all their turns."""
        return padded(self._whole(ids))

    def gather_packed(self, ids: ArrayLike) -> PackedBatch[NDArray[Any]]:
        """Whole trajectories end to end in one stream."""
        return packed(self._whole(ids))

    def gather_turns(
        self,
        ids: ArrayLike,
        turns: ArrayLike,
        *,
        n_step: int = 1,
        discount: float = 1.0,
        max_tokens: int | None = None,
    ) -> TurnBatch[NDArray[Any]]:
        """Rows that stop after the last of ``n_step`` turns, with the first of them alone."""
        chosen = array(ids, "ids", np.int64, StoreError)
        at = array(turns, "turns", np.int64, StoreError)
        n_step = at_least("n_step", n_step, 1, StoreError)
        discount = unit("discount", discount, StoreError)
        if max_tokens is not None:
            max_tokens = at_least("max_tokens", max_tokens, 1, StoreError)
        if len(chosen) != len(at):
            raise StoreError(f"{len(chosen)} ids and {len(at)} turns: give one turn for each id")
        trajectories = self._trajectories(chosen)
        rows = []
        for (key, trajectory), turn in zip(trajectories, at.tolist(), strict=True):
            if not 0 <= turn < trajectory.num_turns:
                raise UnknownTrajectoryError(f"trajectory {key} has no turn {turn}")
            rows.append(around(key, trajectory, turn, n_step, discount, max_tokens))
        return padded(rows)

    def pack(self, ids: ArrayLike, max_tokens: int) -> list[NDArray[np.int64]]:
        """Groups of ids in their order, each of at most ``max_tokens`` tokens or of one id."""
        max_tokens = at_least("max_tokens", max_tokens, 1, StoreError)
        groups: list[list[int]] = []
        left = 0
        for key, trajectory in self._trajectories(array(ids, "ids", np.int64, StoreError)):
            length = len(trajectory.tokens)
            if not groups or length > left:
                groups.append([])
                left = max_tokens
            groups[-1].append(key)
            left -= length
        return [np.array(group, np.int64) for group in groups]

    def select(
        self,
        *,
        env_id: str | None = None,
        policy_version: Bounds[int] | None = None,
        episode_return: Bounds[float] | None = None,
        return_quantile: Bounds[float] | None = None,
    ) -> NDArray[np.int64]:
        """Ids of the trajectories that pass every filter given, ascending."""
        env_id = None if env_id is None else text("env_id", env_id, StoreError)
        versions = bounds("policy_version", policy_version, integer, StoreError)
        returns = bounds("episode_return", episode_return, number, StoreError)
        low, high = bounds("return_quantile", return_quantile, number, StoreError)
        for bound in (low, high):
            if bound is not None and not 0.0 <= bound <= 1.0:
                raise StoreError(f"return_quantile holds {bound}: give quantiles from 0 to 1")
        found = {
            key: trajectory.episode_return
            for key, trajectory in self._trajectories(np.arange(self.first_id, len(self)))
            if env_id in (None, trajectory.env_id)
            and _within(versions, trajectory.policy_version)
            and _within(returns, trajectory.episode_return)
        }
        ordered, last = sorted(found.values()), len(found) - 1
        if found:
            low = None if low is None else ordered[math.ceil(low * last - ROUNDING)]
            high = None if high is None else ordered[math.floor(high * last + ROUNDING)]
        passing = [key for key, total in found.items() if _within((low, high), total)]
        return np.array(passing, np.int64)

    def _trajectories(self, ids: NDArray[np.int64]) -> list[tuple[int, Trajectory]]:
        len(self)  # refuses where the store is closed, even for no ids
        return [(key, self[key]) for key in ids.tolist()]

    def _whole(self, ids: ArrayLike) -> list[Row]:
        chosen = array(ids, "ids", np.int64, StoreError)
        return [whole(key, trajectory) for key, trajectory in self._trajectories(chosen)]


def _within(pair: Bounds[Number], value: Number) -> bool:
    low, high = pair
    return (low is None or value >= low) and (high is None or value <= high)
