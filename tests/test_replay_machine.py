"""The native replay buffer against its Python twin: same operations, same everything."""

import dataclasses

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from archer.types import Draws
from machine import BUFFERS, QUICK, STORES, Machine
from store_cases import simple

FLAGS = {"replace": st.booleans(), "stratified": st.booleans()}
WINDOWS = st.fixed_dictionaries(
    {},
    optional={
        "n_step": st.integers(0, 4),
        "discount": st.sampled_from([-0.1, 0.0, 0.9, 1.0]),
        "max_tokens": st.integers(0, 40),
    },
)


def plain(result):
    """Draws as something that ``==`` compares to the bit."""
    if isinstance(result, Draws):
        columns = [getattr(result, field.name) for field in dataclasses.fields(result)]
        return [(column.dtype, column.tobytes()) for column in columns]
    return result


class Buffers(Machine):
    @initialize(
        capacity=st.integers(1, 70),
        alpha=st.sampled_from([0.0, 0.6, 1.0]),
        epsilon=st.sampled_from([0.0, 1e-6]),
        half_life=st.sampled_from([None, None, 1e-9, 0.3, 5.0, 1e9]),
        normalize=st.sampled_from(["batch", "max"]),
        seed=st.integers(0, 2**64 - 1),
    )
    def begin(self, seed, **options):
        self.options = options
        self.stores = [kind(segment_bytes=1024) for kind in STORES]
        self.buffers = self.create(seed)
        self.states = [self.buffers[0].state()]

    def create(self, seed):
        return [
            kind(store, **self.options, seed=seed)
            for kind, store in zip(BUFFERS, self.stores, strict=True)
        ]

    @rule(
        turns=st.integers(1, 12),
        held=st.booleans(),
        version=st.integers(0, 5) | st.sampled_from([300, 2**40, 2**63 - 1]),
    )
    def append(self, turns, held, version):
        new = simple(turns, policy_version=version)
        key = self.same(lambda store: store.append(new), self.stores)
        if held:
            self.same(lambda buffer: buffer.add(key), self.buffers)

    @rule(key=st.integers(-1, 20))
    def add(self, key):
        self.same(lambda buffer: buffer.add(key), self.buffers)

    @rule(keys=st.lists(st.integers(0, 12) | st.integers(-1, 20), max_size=4))
    def extend(self, keys):
        self.same(lambda buffer: buffer.extend(keys), self.buffers)

    @rule(number=st.integers(-1, 3))
    def evict(self, number):
        self.same(lambda buffer: buffer.evict(number), self.buffers)

    @rule(length=st.integers(0, 20), again=st.integers(0, 4), drop=st.booleans())
    def truncate(self, length, again, drop):
        """What a buffer still holds may have gone, or be another by now: it says so until it is
        dropped."""
        self.same(lambda store: store.truncate(length), self.stores)
        self.same(lambda store: store.extend([simple(2)] * again), self.stores)
        if drop:
            self.same(lambda buffer: buffer.evict(buffer.num_trajectories), self.buffers)

    @rule(first=st.integers(0, 20))
    def compact(self, first):
        """What a buffer still holds may be compacted away: sampling it says so."""
        self.same(lambda store: store.compact(first), self.stores)

    @rule()
    def compact_what_was_evicted(self):
        oldest = min(self.buffers[0].trajectory_ids, default=0)
        self.same(lambda store: store.compact(int(oldest)), self.stores)

    @rule(batch_size=st.integers(0, 20), flags=st.fixed_dictionaries(FLAGS), window=WINDOWS)
    def sample(self, batch_size, flags, window):
        self.same(lambda buffer: buffer.sample(batch_size, **flags, **window), self.buffers)

    @rule(batch_size=st.integers(0, 40), flags=st.fixed_dictionaries(FLAGS))
    def draw(self, batch_size, flags):
        self.same(lambda buffer: plain(buffer.draw(batch_size, **flags)), self.buffers)

    @rule(batch_size=st.integers(0, 20))
    def sample_trajectories(self, batch_size):
        self.same(lambda buffer: buffer.sample_trajectories(batch_size), self.buffers)

    @rule(
        updates=st.lists(
            st.tuples(
                st.integers(-1, 20) | st.integers(0, 3),
                st.integers(0, 12) | st.just(0),
                st.floats(width=32) | st.sampled_from([0.0, 5e-324, 1e-30, 1e30, 3e38]),
            ),
            max_size=8,
        )
    )
    def update(self, updates):
        columns = [list(column) for column in zip(*updates, strict=True)] or [[], [], []]
        self.same(lambda buffer: buffer.update(*columns), self.buffers)

    @rule(batch_size=st.integers(1, 8), data=st.data())
    def draw_and_update(self, batch_size, data):
        drawn = []
        self.same(lambda buffer: drawn.append(buffer.draw(batch_size)), self.buffers)
        if drawn:
            errors = st.lists(st.floats(-10, 10), min_size=batch_size, max_size=batch_size)
            dtype = data.draw(st.sampled_from([np.float32, np.float64]))
            td_errors = np.array(data.draw(errors), dtype)
            keys = drawn[0].trajectory, drawn[0].turn
            self.same(lambda buffer: buffer.update(*keys, td_errors), self.buffers)

    @rule(beta=st.floats(-0.1, 1.1))
    def set_beta(self, beta):
        self.same(lambda buffer: setattr(buffer, "beta", beta), self.buffers)

    @rule()
    def save(self):
        state = self.same(lambda buffer: buffer.state(), self.buffers)
        if isinstance(state, bytes):
            self.states.append(state)

    @rule(data=st.data())
    def load(self, data):
        state = data.draw(st.sampled_from(self.states))
        self.same(lambda buffer: buffer.load(state), self.buffers)

    @rule()
    def restart(self):
        """New buffers go on exactly where the old ones were."""
        state = self.same(lambda buffer: buffer.state(), self.buffers)
        fresh = self.create(0)
        if not isinstance(state, bytes):
            return
        if self.same(lambda buffer: buffer.load(state), fresh) is None:
            self.buffers = fresh

    @rule(at=st.integers(0, 200), bit=st.integers(0, 7))
    def load_damaged(self, at, bit):
        state = bytearray(self.states[-1])
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
            lambda buffer: [getattr(buffer, name) for name in ("beta", *self.options)],
            lambda buffer: buffer.state(),
        ):
            self.same(read, self.buffers)


TestBuffers = Buffers.TestCase
TestBuffers.settings = settings(QUICK, max_examples=100)
