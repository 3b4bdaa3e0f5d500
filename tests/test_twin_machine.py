"""The native store and replay against their Python twin: same operations, same everything."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from archer import twin
from archer._rust import ReplayBuffer, TrajectoryStore
from archer.errors import ArcherError
from archer.types import Trajectory, TurnBatch
from store_cases import assert_same, broken, contents, simple, trajectories

# In this order wherever both are used; each machine holds one of each.
STORES, BUFFERS = (TrajectoryStore, twin.TrajectoryStore), (ReplayBuffer, twin.ReplayBuffer)
IDS = st.lists(st.integers(-1, 8), max_size=5)
BROKEN = broken(simple(2))


def outcome(function, subject):
    try:
        return function(subject)
    except ArcherError as error:
        return type(error)


class Machine(RuleBasedStateMachine):
    """Runs each operation on both and compares what they return, raise and leave behind."""

    def same(self, function, subjects):
        one, other = (outcome(function, subject) for subject in subjects)
        if isinstance(one, Trajectory | TurnBatch):
            assert_same(one, other)
        elif isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other
        return one


class Stores(Machine):
    @initialize()
    def begin(self):
        self.root = Path(tempfile.mkdtemp())
        self.folders = [self.root / "native", self.root / "twin"]
        self.open()
        self.readers = [
            kind(folder, read_only=True) for kind, folder in zip(STORES, self.folders, strict=True)
        ]

    def open(self):
        self.stores = [
            kind(folder, segment_bytes=1024)
            for kind, folder in zip(STORES, self.folders, strict=True)
        ]

    def teardown(self):
        if hasattr(self, "root"):
            for store in self.stores:
                store.close()
            shutil.rmtree(self.root)

    @rule(t=trajectories())
    def append(self, t):
        self.same(lambda store: store.append(t), self.stores)

    @rule(many=st.lists(trajectories() | st.sampled_from([t for _, t in BROKEN]), max_size=4))
    def extend(self, many):
        self.same(lambda store: store.extend(many), self.stores)

    @rule(length=st.integers(-1, 12))
    def truncate(self, length):
        self.same(lambda store: store.truncate(length), self.stores)

    @rule()
    def reopen(self):
        for store in self.stores:
            store.close()
        self.same(len, self.stores)
        self.open()
        assert [store.repaired for store in self.stores] == [None, None]

    @rule()
    def reopen_what_the_other_wrote(self):
        for store in self.stores:
            store.close()
        self.folders.reverse()
        self.readers.reverse()
        self.open()
        assert [store.repaired for store in self.stores] == [None, None]

    @rule(cut=st.integers(1, 60))
    def crash(self, cut):
        """Both lose their last bytes, as if they had died while writing them."""
        for store, folder in zip(self.stores, self.folders, strict=True):
            store.close()
            last = sorted(folder.glob("*.seg"))[-1]
            last.write_bytes(last.read_bytes()[: -min(cut, last.stat().st_size)])
        self.open()
        repaired = [store.repaired is None for store in self.stores]
        assert repaired[0] == repaired[1]

    @rule()
    def refresh(self):
        for reader in self.readers:
            reader.refresh()
        self.same(len, [*self.readers])
        assert len(self.readers[0]) == len(self.stores[0])
        for one, other in zip(*self.readers, strict=True):
            assert_same(one, other)

    @rule(ids=IDS)
    def gather(self, ids):
        self.same(lambda store: store.gather(ids), self.stores)

    @rule(ids=IDS, turns=st.lists(st.integers(-1, 4), max_size=5))
    def gather_turns(self, ids, turns):
        self.same(lambda store: store.gather_turns(ids, turns), self.stores)
        both = list(zip(ids, turns, strict=False))
        ids, turns = [list(column) for column in zip(*both, strict=True)] or ([], [])
        self.same(lambda store: store.gather_turns(ids, turns), self.stores)

    @rule(key=st.integers(-1, 12))
    def get(self, key):
        self.same(lambda store: store[key], self.stores)

    @invariant()
    def agree(self):
        if not hasattr(self, "root"):
            return
        assert contents(self.folders[0]) == contents(self.folders[1])
        for size in (len, lambda store: store.num_turns, lambda store: store.num_tokens):
            self.same(size, self.stores)


class Buffers(Machine):
    @initialize(
        capacity=st.integers(1, 70),
        alpha=st.sampled_from([0.0, 0.6, 1.0]),
        epsilon=st.sampled_from([0.0, 1e-6]),
        seed=st.integers(0, 2**64 - 1),
    )
    def begin(self, capacity, alpha, epsilon, seed):
        self.options = {"capacity": capacity, "alpha": alpha, "epsilon": epsilon}
        self.stores = [kind() for kind in STORES]
        self.buffers = self.create(seed)
        self.states = [self.buffers[0].state()]

    def create(self, seed):
        return [
            kind(store, **self.options, seed=seed)
            for kind, store in zip(BUFFERS, self.stores, strict=True)
        ]

    @rule(turns=st.integers(1, 12), held=st.booleans())
    def append(self, turns, held):
        key = self.same(lambda store: store.append(simple(turns)), self.stores)
        if held:
            self.same(lambda buffer: buffer.add(key), self.buffers)

    @rule(key=st.integers(-1, 20))
    def add(self, key):
        self.same(lambda buffer: buffer.add(key), self.buffers)

    @rule(length=st.integers(0, 20))
    def truncate(self, length):
        self.same(lambda store: store.truncate(length), self.stores)

    @rule(batch_size=st.integers(0, 20))
    def sample(self, batch_size):
        self.same(lambda buffer: buffer.sample(batch_size), self.buffers)

    @rule(batch_size=st.integers(0, 20))
    def sample_trajectories(self, batch_size):
        self.same(lambda buffer: buffer.sample_trajectories(batch_size), self.buffers)

    @rule(
        updates=st.lists(
            st.tuples(
                st.integers(-1, 20) | st.integers(0, 3),
                st.integers(0, 12) | st.just(0),
                st.floats(width=32) | st.sampled_from([0.0, 1e-30, 1e30, 3e38]),
            ),
            max_size=8,
        )
    )
    def update(self, updates):
        columns = [list(column) for column in zip(*updates, strict=True)] or [[], [], []]
        self.same(lambda buffer: buffer.update(*columns), self.buffers)

    @rule(batch_size=st.integers(1, 8), data=st.data())
    def sample_and_update(self, batch_size, data):
        batch = self.same(lambda buffer: buffer.sample(batch_size), self.buffers)
        if isinstance(batch, TurnBatch):
            errors = data.draw(
                st.lists(st.floats(-10, 10), min_size=batch_size, max_size=batch_size)
            )
            self.same(
                lambda buffer: buffer.update(batch.trajectory, batch.turn, errors), self.buffers
            )

    @rule(beta=st.floats(-0.1, 1.1))
    def set_beta(self, beta):
        self.same(lambda buffer: setattr(buffer, "beta", beta), self.buffers)

    @rule()
    def save(self):
        self.states.append(self.same(lambda buffer: buffer.state(), self.buffers))

    @rule(data=st.data())
    def load(self, data):
        state = data.draw(st.sampled_from(self.states))
        self.same(lambda buffer: buffer.load(state), self.buffers)

    @rule()
    def restart(self):
        """New buffers go on exactly where the old ones were."""
        state = self.same(lambda buffer: buffer.state(), self.buffers)
        fresh = self.create(0)
        if self.same(lambda buffer: buffer.load(state), fresh) is None:
            self.buffers = fresh

    @rule(at=st.integers(0, 200), bit=st.integers(0, 7))
    def load_damaged(self, at, bit):
        state = bytearray(self.buffers[0].state())
        state[at % len(state)] ^= 1 << bit
        result = self.same(lambda buffer: buffer.load(bytes(state)), self.buffers)
        assert result is not None, "a flipped bit went unnoticed"

    @invariant()
    def agree(self):
        if not hasattr(self, "buffers"):
            return
        for read in (
            len,
            lambda buffer: buffer.num_trajectories,
            lambda buffer: buffer.trajectory_ids,
            lambda buffer: (buffer.capacity, buffer.alpha, buffer.beta, buffer.epsilon),
            lambda buffer: buffer.state(),
        ):
            self.same(read, self.buffers)


QUICK = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestStores = Stores.TestCase
TestStores.settings = QUICK
TestBuffers = Buffers.TestCase
TestBuffers.settings = settings(QUICK, max_examples=100)


@pytest.mark.parametrize(("words", "bad"), BROKEN)
@pytest.mark.parametrize("kind", STORES)
def test_a_trajectory_that_contradicts_itself_is_refused(kind, words, bad):
    store = kind()
    with pytest.raises(ArcherError, match=words) as caught:
        store.append(bad)
    assert type(caught.value).__name__ == "TrajectoryError"
    assert len(store) == 0
