"""`ReplayBuffer` in plain Python."""

from __future__ import annotations

import math
import struct
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archer.errors import ReplayError, StoreError
from archer.twin.log import crc32c
from archer.twin.record import array
from archer.twin.store import TrajectoryStore
from archer.twin.tree import SumTree
from archer.types import TurnBatch

MAX_BATCH, MAX_CAPACITY = 1 << 24, 1 << 40
MAX_FLOAT32 = float(np.finfo(np.float32).max)
STATE = struct.Struct("<8sIQdddQQQ")
"""Magic, version, capacity, alpha, beta, epsilon, random state, next slot, trajectories held."""
MAGIC, VERSION = b"ARCHRPLY", 1
_MASK = (1 << 64) - 1


class Rng:
    """SplitMix64 (Steele, Lea, Flood, 2014)."""

    def __init__(self, state: int) -> None:
        self.state = state

    def next(self) -> int:
        """64 random bits."""
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK
        return z ^ z >> 31

    def unit(self) -> float:
        """Uniform in [0, 1)."""
        return (self.next() >> 11) / 2**53

    def below(self, bound: int) -> int:
        """Uniform in ``range(bound)``."""
        return self.next() * bound >> 64


def _refuse(message: str) -> NoReturn:
    raise ReplayError(message)


def _check_unit(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        _refuse(f"{name} = {value}: give a number from 0 to 1")
    return float(value)


class ReplayBuffer:
    """A first-in-first-out window on a store's turns, sampled uniformly or by priority.

    Turns lie in a ring of ``capacity`` slots, those of one trajectory next to each other; the
    weight of a slot in the tree is the turn's priority.
    """

    def __init__(
        self,
        store: TrajectoryStore,
        capacity: int = 100_000,
        *,
        alpha: float = 0.0,
        beta: float = 0.4,
        epsilon: float = 1e-6,
        seed: int = 0,
    ) -> None:
        if not 1 <= capacity <= MAX_CAPACITY:
            _refuse(f"capacity = {capacity}: give 1 to 2**40 turns")
        if not 0 <= epsilon <= MAX_FLOAT32:
            _refuse(f"epsilon = {epsilon}: give a finite number >= 0")
        if not isinstance(seed, int) or not 0 <= seed <= _MASK:
            _refuse(f"seed = {seed}: give an int from 0 to 2**64 - 1")
        self.store, self.capacity, self.epsilon = store, capacity, float(epsilon)
        self.alpha, self._beta = _check_unit("alpha", alpha), _check_unit("beta", beta)
        self._rng = Rng(seed)
        self._tree = SumTree(capacity)
        self._slots: dict[int, tuple[int, int]] = {}  # trajectory and turn
        self._places: dict[int, range] = {}  # of each trajectory, oldest first, before the modulus
        self._next = 0

    @property
    def beta(self) -> float:
        """Exponent of the importance weights."""
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._beta = _check_unit("beta", value)

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

    def _priorities(self, key: int) -> list[float]:
        return [self._tree[slot % self.capacity] for slot in self._places[key]]

    def add(self, trajectory_id: int) -> None:
        """Take in the turns of a trajectory at the largest priority held, 1 if none is."""
        turns = self.store[trajectory_id].num_turns
        if trajectory_id in self._places:
            _refuse(f"trajectory {trajectory_id} is in the buffer already")
        if turns > self.capacity:
            _refuse(f"trajectory {trajectory_id} has {turns} turns: raise the capacity")
        held = [priority for key in self._places for priority in self._priorities(key)]
        priority = max(held, default=1.0)
        while len(self) + turns > self.capacity:
            for slot in self._places.pop(next(iter(self._places))):
                self._tree[slot % self.capacity] = 0.0
        self._insert(trajectory_id, [priority] * turns)

    def _insert(self, key: int, priorities: list[float]) -> None:
        self._places[key] = range(self._next, self._next + len(priorities))
        for turn, (slot, priority) in enumerate(zip(self._places[key], priorities, strict=True)):
            self._slots[slot % self.capacity] = (key, turn)
            self._tree[slot % self.capacity] = priority
        self._next = (self._next + len(priorities)) % self.capacity

    def _check_batch(self, batch_size: int) -> None:
        if not 1 <= batch_size <= MAX_BATCH:
            _refuse(f"batch_size = {batch_size}: give 1 to {MAX_BATCH}")
        if not self._places:
            _refuse("the replay buffer is empty: add(trajectory_id) first")

    def sample(self, batch_size: int) -> TurnBatch[NDArray[Any]]:
        """Draw turns with replacement, stratified, with importance weights."""
        self._check_batch(batch_size)
        total = self._tree.total
        if total <= 0:
            _refuse("every priority held is zero: give epsilon > 0")
        points = [(k + self._rng.unit()) / batch_size * total for k in range(batch_size)]
        slots = [self._tree.find(point) for point in points]
        ids, turns = zip(*(self._slots[slot] for slot in slots), strict=True)
        batch = self.store.gather_turns(ids, turns)
        # (N P(i)) ** -beta over the batch's maximum, which has the smallest priority.
        smallest = min(self._tree[slot] for slot in slots)
        batch.weight[:] = [math.pow(smallest / self._tree[slot], self.beta) for slot in slots]
        return batch

    def sample_trajectories(self, batch_size: int) -> TurnBatch[NDArray[Any]]:
        """Draw whole trajectories: all different if ``batch_size`` is at most their number."""
        self._check_batch(batch_size)
        held = list(self._places)
        if batch_size > len(held):
            return self.store.gather([held[self._rng.below(len(held))] for _ in range(batch_size)])
        for k in range(batch_size):
            other = k + self._rng.below(len(held) - k)
            held[k], held[other] = held[other], held[k]
        return self.store.gather(held[:batch_size])

    def update(self, trajectory_ids: ArrayLike, turns: ArrayLike, td_errors: ArrayLike) -> None:
        """Set priorities to ``(|td_error| + epsilon) ** alpha``; turns not held are skipped."""
        ids = array(trajectory_ids, "trajectory_ids", np.int64, ReplayError)
        at = array(turns, "turns", np.int64, ReplayError)
        errors = np.abs(array(td_errors, "td_errors", np.float64, ReplayError))
        if not len(ids) == len(at) == len(errors):
            _refuse(f"{len(ids)} ids, {len(at)} turns and {len(errors)} errors: give as many")
        if not (errors <= MAX_FLOAT32).all():
            _refuse("td_errors must be finite float32 numbers")
        if not ((ids >= 0) & (ids < len(self.store))).all():
            _refuse(f"trajectory_ids must be below {len(self.store)}")
        held = [k for k, key in enumerate(ids) if int(key) in self._places]
        if not all(0 <= at[k] < len(self._places[int(ids[k])]) for k in held):
            _refuse("turns must be turns of their trajectories")
        for k in held:
            slot = self._places[int(ids[k])][int(at[k])] % self.capacity
            self._tree[slot] = math.pow(float(errors[k]) + self.epsilon, self.alpha)

    def state(self) -> bytes:
        """Everything that later draws depend on, apart from the store."""
        numbers = (self.capacity, self.alpha, self._beta, self.epsilon)
        position = (self._rng.state, self._next, len(self._places))
        state = STATE.pack(MAGIC, VERSION, *numbers, *position)
        for key, place in self._places.items():
            state += struct.pack(f"<qQ{len(place)}d", key, len(place), *self._priorities(key))
        return state + crc32c(state).to_bytes(4, "little")

    def load(self, state: bytes) -> None:
        """Become the buffer whose `state` this was, to the bit."""
        body, checksum = state[:-4], state[-4:]
        if body[:8] != MAGIC:
            _refuse("these bytes are no state of a replay buffer")
        if crc32c(body) != int.from_bytes(checksum, "little"):
            _refuse("the state of a replay buffer fails its checksum")
        if len(body) < STATE.size:
            _refuse("these bytes are no state of a replay buffer")
        _, version, capacity, alpha, beta, epsilon, random, position, held = STATE.unpack_from(body)
        if version != VERSION:
            _refuse(f"the state is of version {version}; this archer reads {VERSION}")
        if (capacity, alpha, epsilon) != (self.capacity, self.alpha, self.epsilon):
            _refuse("the state is of a buffer with another capacity, alpha or epsilon")
        loaded = ReplayBuffer(
            self.store, capacity, alpha=alpha, beta=beta, epsilon=epsilon, seed=random
        )
        entries = self._entries(body[STATE.size :], held)
        turns = sum(map(len, entries.values()))
        if position >= capacity or turns > capacity:
            _refuse("these bytes are no state of a replay buffer")
        loaded._next = (position - turns) % capacity
        for key, priorities in entries.items():
            loaded._insert(key, priorities)
        self.__dict__.update(loaded.__dict__)

    def _entries(self, data: bytes, held: int) -> dict[int, list[float]]:
        """The priorities of each trajectory in a state."""
        entries: dict[int, list[float]] = {}
        try:
            for _ in range(held):
                key, turns = struct.unpack_from("<qQ", data)
                if self.store[key].num_turns != turns or key in entries:
                    _refuse(f"the store has no trajectory {key} of {turns} turns")
                entries[key] = list(struct.unpack_from(f"<{turns}d", data, 16))
                data = data[16 + 8 * turns :]
        except (struct.error, StoreError) as problem:
            raise ReplayError(f"the state does not fit the store: {problem}") from problem
        largest = max((max(priorities) for priorities in entries.values()), default=0.0)
        smallest = min((min(priorities) for priorities in entries.values()), default=0.0)
        if data or not 0 <= smallest <= largest <= 2 * MAX_FLOAT32:
            _refuse("these bytes are no state of a replay buffer")
        return entries
