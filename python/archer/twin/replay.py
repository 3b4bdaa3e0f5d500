"""`ReplayBuffer` in plain Python."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from archer.errors import ReplayError, StoreError
from archer.twin import state as states
from archer.twin.arguments import (
    MAX_FLOAT32,
    MAX_INT64,
    at_least,
    flag,
    integer,
    number,
    refused,
    unit,
)
from archer.twin.held import Held, refuse
from archer.twin.rng import MASK, Rng
from archer.twin.store import TrajectoryStore
from archer.types import Draws, TurnBatch

MAX_BATCH, MAX_CAPACITY = 1 << 24, 1 << 40


class ReplayBuffer(Held):
    """A first-in-first-out window on a store's turns, sampled uniformly or by priority."""

    def __init__(
        self,
        store: TrajectoryStore,
        capacity: int = 100_000,
        *,
        alpha: float = 0.0,
        beta: float = 0.4,
        epsilon: float = 1e-6,
        half_life: float | None = None,
        normalize: Literal["batch", "max"] = "batch",
        seed: int = 0,
    ) -> None:
        if not isinstance(store, TrajectoryStore):
            expected = "a TrajectoryStore, such as TrajectoryStore(path)"
            raise refused("store", store, expected, ReplayError)
        capacity = at_least("capacity", capacity, 1, ReplayError, MAX_INT64)
        if capacity > MAX_CAPACITY:
            refuse(f"capacity = {capacity}: give 1 to 2**40 turns")
        alpha, self._beta = unit("alpha", alpha, ReplayError), unit("beta", beta, ReplayError)
        epsilon = number("epsilon", epsilon, ReplayError, "a finite number >= 0")
        if not 0 <= epsilon <= MAX_FLOAT32:
            refuse(f"epsilon = {epsilon}: give a finite number >= 0")
        if half_life is not None:
            expected = "a finite number of policy versions > 0, or None"
            half_life = number("half_life", half_life, ReplayError, expected)
            if not 0 < half_life < math.inf:
                refuse(f"half_life = {half_life}: give {expected}")
        if not isinstance(normalize, str) or normalize not in ("batch", "max"):
            raise refused("normalize", normalize, '"batch" or "max"', ReplayError)
        self.half_life, self.normalize = half_life, normalize
        expected = "an int from 0 to 2**64 - 1"
        self._rng = Rng(integer("seed", seed, ReplayError, expected, 0, MASK))
        super().__init__(store, capacity, alpha, epsilon, half_life)

    @property
    def beta(self) -> float:
        """Exponent of the importance weights."""
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._beta = unit("beta", value, ReplayError)

    # --- what is drawn --------------------------------------------------------------------------

    def _check_batch(self, batch_size: int) -> int:
        size = at_least("batch_size", batch_size, 1, ReplayError, MAX_INT64)
        if size > MAX_BATCH:
            refuse(f"batch_size = {size}: give 1 to {MAX_BATCH}")
        if not self._places:
            refuse("the replay buffer is empty: add(trajectory_id) first")
        self._check_kept()
        return size

    def draw(
        self, batch_size: int, *, replace: bool = True, stratified: bool = True
    ) -> Draws[NDArray[Any]]:
        """Draw turns: where they are and what they weigh."""
        batch_size = self._check_batch(batch_size)
        replace = flag("replace", replace, ReplayError)
        stratified = flag("stratified", stratified, ReplayError)
        tree = self._priorities.tree
        if tree.total <= 0:
            refuse("every turn held has priority zero: give epsilon > 0 or a longer half_life")
        if not replace:
            slots = self._distinct(batch_size)
        elif stratified:
            units = [(k + self._rng.unit()) / batch_size for k in range(batch_size)]
            slots = [tree.find(unit * tree.total) for unit in units]
        else:
            slots = self._independent(batch_size)
        # Of priorities before decay: they leave the preference for fresh turns as it is.
        priorities = [self._priorities[slot] for slot in slots]
        smallest = min(priorities) if self.normalize == "batch" else self._priorities.smallest()
        weights = [math.pow(smallest / priority, self.beta) for priority in priorities]
        ids, turns = np.array([self._slots[slot] for slot in slots], np.int64).T
        return Draws(ids.copy(), turns.copy(), np.array(weights, np.float32))

    def _independent(self, batch_size: int) -> list[int]:
        total = self._priorities.tree.total
        return [self._priorities.tree.find(self._rng.unit() * total) for _ in range(batch_size)]

    def _distinct(self, batch_size: int) -> list[int]:
        """Draws many at once; what was drawn is hidden, what was drawn again left out."""
        tree, random = self._priorities.tree, self._rng.state
        drawn: dict[int, float] = {}
        tries = len(self)
        while len(drawn) < batch_size and tree.total > 0:
            before = len(drawn)
            for slot in self._independent(min(tries, batch_size - before)):
                drawn.setdefault(slot, tree[slot])
            tries = 2 * (len(drawn) - before)
            for slot in drawn:
                tree[slot] = 0.0
        for slot, weight in drawn.items():
            tree[slot] = weight
        if len(drawn) < batch_size:
            self._rng.state = random
            refuse(f"batch_size = {batch_size}: {len(drawn)} turns have a priority above zero")
        return list(drawn)

    def sample(
        self,
        batch_size: int,
        *,
        replace: bool = True,
        stratified: bool = True,
        n_step: int = 1,
        discount: float = 1.0,
        max_tokens: int | None = None,
    ) -> TurnBatch[NDArray[Any]]:
        """Draw turns as `draw` does, and gather them as a store does, one a row."""
        at_least("batch_size", batch_size, 1, ReplayError, MAX_INT64)
        flag("replace", replace, ReplayError)
        flag("stratified", stratified, ReplayError)
        window: Any = {
            "n_step": at_least("n_step", n_step, 1, StoreError),
            "discount": unit("discount", discount, StoreError),
        }
        if max_tokens is not None:
            window["max_tokens"] = at_least("max_tokens", max_tokens, 1, StoreError)
        draws = self.draw(batch_size, replace=replace, stratified=stratified)
        batch = self.store.gather_turns(draws.trajectory, draws.turn, **window)
        batch.weight[:] = draws.weight
        return batch

    def sample_trajectories(self, batch_size: int) -> TurnBatch[NDArray[Any]]:
        """Draw whole trajectories: all different if ``batch_size`` is at most their number."""
        batch_size = self._check_batch(batch_size)
        held = list(self._places)
        if batch_size > len(held):
            return self.store.gather([held[self._rng.below(len(held))] for _ in range(batch_size)])
        for k in range(batch_size):
            other = k + self._rng.below(len(held) - k)
            held[k], held[other] = held[other], held[k]
        return self.store.gather(held[:batch_size])

    # --- its state ------------------------------------------------------------------------------

    def state(self) -> bytes:
        """Everything that later draws depend on, apart from the store."""
        self._check_kept()
        held = [
            states.Entry(key, self._versions[key], [self._priorities[slot] for slot in slots])
            for key, slots in self._places.items()
        ]
        options = states.Options(
            self.capacity, self.alpha, self._beta, self.epsilon, self.half_life, self.normalize
        )
        position = (self._rng.state, self._next, self._priorities.anchor)
        return states.pack(states.State(options, *position, held))

    def load(self, state: bytes | bytearray) -> None:
        """Become the buffer whose `state` this was, to the bit."""
        if not isinstance(state, bytes | bytearray):
            raise refused("state", state, "the bytes that state() returned", ReplayError)
        read = states.unpack(bytes(state), self.store)
        ours = (self.capacity, self.alpha, read.options.beta, self.epsilon)
        if read.options != states.Options(*ours, self.half_life, self.normalize):
            refuse("the state is of a buffer with other options, such as another capacity")
        options = read.options._asdict()
        loaded = ReplayBuffer(self.store, **options, seed=read.random)
        turns = sum(len(entry.priorities) for entry in read.held)
        if read.next >= self.capacity or turns > self.capacity:
            refuse("these bytes are no state of a replay buffer")
        loaded._next = (read.next - turns) % self.capacity
        if self.half_life is not None:
            loaded._priorities.anchor = read.anchor
        newest = max((entry.version for entry in read.held), default=read.anchor)
        if not loaded._priorities.reaches(newest):
            refuse("these bytes are no state of a replay buffer")
        for entry in read.held:
            loaded._place(entry.id, len(entry.priorities), entry.version)
            loaded._set_all(entry.id, entry.priorities)
        self.__dict__.update(loaded.__dict__)
