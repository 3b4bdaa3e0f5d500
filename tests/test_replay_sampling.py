"""The replay buffer: what it draws, how often, with what weight, and what it refuses."""

import struct
import threading

import numpy as np
import pytest

import archer.replay
from archer import twin
from archer._rust import ReplayBuffer, TrajectoryStore
from archer.errors import ReplayError, StoreLockedError, UnknownTrajectoryError
from archer.twin.log import crc32c
from store_cases import simple

NATIVE, TWIN = (TrajectoryStore, ReplayBuffer), (twin.TrajectoryStore, twin.ReplayBuffer)
KINDS = pytest.mark.parametrize("kind", [NATIVE, TWIN], ids=["native", "twin"])
CHI_SQUARE_9 = 27.88  # exceeded once in a thousand with 9 degrees of freedom


def filled(kind=NATIVE, turns=(4, 6), **options):
    """A buffer over trajectories with these numbers of turns."""
    store = kind[0]()
    replay = kind[1](store, **options)
    for count in turns:
        replay.add(store.append(simple(count)))
    return replay


def turns_of(batch):
    return list(zip(batch.trajectory.tolist(), batch.turn.tolist(), strict=True))


def chi_square(counts, probabilities):
    expected = np.sum(counts) * np.asarray(probabilities)
    return float(((counts - expected) ** 2 / expected).sum())


def test_the_public_name_is_the_native_class():
    assert archer.ReplayBuffer is archer.replay.ReplayBuffer is ReplayBuffer


@pytest.mark.parametrize("batch_size", [1, 64])
@pytest.mark.parametrize("alpha", [0.0, 0.6])
def test_turns_come_with_their_probability(alpha, batch_size):
    replay = filled(alpha=alpha, seed=1)
    errors = np.array([0, 0.1, 1, 2, 3, 4, 5, -6, 7, 8])
    keys = [(0, turn) for turn in range(4)] + [(1, turn) for turn in range(6)]
    replay.update(*zip(*keys, strict=True), errors)
    priorities = (np.abs(errors) + 1e-6) ** alpha
    counts = dict.fromkeys(keys, 0)
    for _ in range(20_000 // batch_size):
        for key in turns_of(replay.sample(batch_size)):
            counts[key] += 1
    observed = np.array(list(counts.values()))
    assert chi_square(observed, priorities / priorities.sum()) < CHI_SQUARE_9
    if alpha:
        assert chi_square(observed, [0.1] * 10) > 1000, "the test could not fail"


@pytest.mark.parametrize("batch_size", [1, 3, 25])
def test_trajectories_come_equally_often(batch_size):
    replay = filled(turns=range(1, 11), seed=2)
    counts = np.zeros(10)
    for _ in range(10_000 // batch_size):
        batch = replay.sample_trajectories(batch_size)
        rows = batch.trajectory[np.unique(batch.row, return_index=True)[1]]
        assert len(rows) == batch_size
        if batch_size <= 10:
            assert len(set(rows.tolist())) == batch_size, "drawn twice"
        np.add.at(counts, rows, 1)
        assert (batch.weight == 1).all()
    assert chi_square(counts, [0.1] * 10) < CHI_SQUARE_9


@KINDS
def test_importance_weights_are_those_of_the_paper(kind):
    replay = filled(kind, turns=[3], alpha=0.5, beta=0.8, epsilon=0.0)
    replay.update([0, 0, 0], [0, 1, 2], [1.0, 4.0, 16.0])
    batch = replay.sample(64)
    probability = np.array([1, 2, 4])[batch.turn] / 7
    weights = (3 * probability) ** -0.8
    assert set(batch.turn.tolist()) == {0, 1, 2}
    np.testing.assert_allclose(batch.weight, weights / weights.max(), rtol=1e-6)
    assert batch.weight.dtype == np.float32
    replay.beta = 0.0
    np.testing.assert_array_equal(replay.sample(64).weight, 1)


@KINDS
def test_uniform_draws_all_weigh_one(kind):
    replay = filled(kind, turns=[3, 4], alpha=0.0, beta=1.0)
    replay.update([0, 1], [0, 1], [100.0, 0.0])
    np.testing.assert_array_equal(replay.sample(70).weight, 1)
    # Stratified: of 70 draws from 7 equal turns every turn gets 10, give or take the two edges.
    counts = np.unique(replay.sample(70).turn + 3 * replay.sample(70).trajectory)
    assert len(counts) >= 7


@KINDS
def test_new_turns_enter_at_the_largest_priority_held(kind):
    replay = filled(kind, turns=[1], alpha=1.0, epsilon=0.0)
    replay.update([0], [0], [3.0])
    replay.add(replay.store.append(simple(1)))
    replay.update([1], [0], [9.0])
    replay.update([1], [0], [1.0])
    replay.add(replay.store.append(simple(2)))
    priorities = struct.unpack("<d", replay.state()[-8 * 2 - 4 :][:8])
    assert priorities == (3.0,)


@KINDS
def test_the_oldest_trajectories_leave_first_and_whole(kind):
    replay = filled(kind, turns=[3, 2, 4], capacity=9)
    assert (len(replay), replay.num_trajectories) == (9, 3)
    replay.add(replay.store.append(simple(4)))
    assert replay.trajectory_ids.tolist() == [2, 3]
    assert replay.trajectory_ids.dtype == np.int64
    assert len(replay) == 8
    drawn = set(turns_of(replay.sample(400)))
    assert drawn == {(key, turn) for key in (2, 3) for turn in range(4)}
    replay.update([0, 2], [0, 1], [1.0, 1.0])  # a batch may outlive its turns


@KINDS
def test_a_turn_of_priority_zero_is_never_drawn(kind):
    replay = filled(kind, turns=[9, 3], alpha=1.0, epsilon=0.0)
    alive = [(0, 2), (0, 8), (1, 1)]
    everything = [(0, turn) for turn in range(9)] + [(1, turn) for turn in range(3)]
    errors = [{(0, 2): 1e-30, (0, 8): 1e30, (1, 1): 1.0}.get(key, 0.0) for key in everything]
    replay.update(*zip(*everything, strict=True), errors)
    for _ in range(20):
        assert set(turns_of(replay.sample(50))) <= set(alive)
    replay.update(*zip(*everything, strict=True), [0.0] * 12)
    with pytest.raises(ReplayError, match="zero"):
        replay.sample(1)


@KINDS
def test_the_same_seed_draws_the_same(kind):
    draws = [turns_of(filled(kind, seed=seed).sample(8)) for seed in (5, 5, 6, 2**64 - 1)]
    assert draws[0] == draws[1]
    assert draws[1] != draws[2] != draws[3]


@KINDS
def test_a_state_goes_on_to_the_bit(kind):
    replay = filled(kind, turns=[3, 2, 4, 4], capacity=11, alpha=0.7, seed=3)
    replay.beta = 0.9
    batch = replay.sample(6)
    replay.update(batch.trajectory, batch.turn, np.linspace(-3, 3, 6))
    state = replay.state()
    again = kind[1](replay.store, capacity=11, alpha=0.7, seed=99)
    again.load(state)
    assert again.beta == 0.9
    for _ in range(5):
        key = replay.store.append(simple(3))
        one, other = replay.sample(5), again.sample(5)
        assert turns_of(one) == turns_of(other)
        np.testing.assert_array_equal(one.weight, other.weight)
        for buffer in (replay, again):
            buffer.update(one.trajectory, one.turn, [0.1, 0.2, 5, 1, 2])
            buffer.add(key)
    assert replay.state() == again.state()


def resealed(state, at, new):
    state = state[:at] + new + state[at + len(new) : -4]
    return state + crc32c(state).to_bytes(4, "little")


@KINDS
def test_a_state_that_does_not_fit_is_refused(kind):
    replay = filled(kind, turns=[3, 2], capacity=10, alpha=0.5)
    state = replay.state()
    head = 68
    bad = {
        "no state": [b"", b"x" * 100, resealed(state[:40], 0, b"")],
        "checksum": [state[:-1], state[:50], state[:-5] + bytes([state[-5] ^ 1]) + state[-4:]],
        "version": [resealed(state, 8, b"\7\0\0\0")],
        "bytes are no|not fit": [resealed(state, head - 8, struct.pack("<Q", 2**62))],
        "bytes are no": [
            resealed(state, head - 16, struct.pack("<Q", 10)),
            resealed(state, head + 16, struct.pack("<d", -1.0)),
            resealed(state, head + 16, struct.pack("<d", float("nan"))),
        ],
        "twice|trajectory 0|bytes are no": [resealed(state, head + 40, struct.pack("<q", 0))],
    }
    for words, states in bad.items():
        for damaged in states:
            with pytest.raises(ReplayError, match=words):
                replay.load(damaged)
            assert replay.state() == state, "a refused state has changed the buffer"
    for options in ({"capacity": 9}, {"alpha": 0.4}, {"epsilon": 0.1}):
        other = kind[1](replay.store, **({"capacity": 10, "alpha": 0.5} | options))
        with pytest.raises(ReplayError, match="capacity"):
            other.load(state)
    replay.store.truncate(1)
    with pytest.raises(ReplayError, match="store"):
        replay.load(state)
    replay.store.append(simple(7))
    with pytest.raises(ReplayError, match="store"):
        replay.load(state)


@KINDS
@pytest.mark.parametrize(
    "options",
    [
        *({"capacity": value} for value in (0, -1, 2**41, 2**70)),
        *({name: value} for name in ("alpha", "beta") for value in (-0.1, 1.1, float("nan"))),
        *({"epsilon": value} for value in (-1e-9, float("inf"), float("nan"))),
        *({"seed": value} for value in (-1, 2**64, 1.5)),
    ],
    ids=str,
)
def test_bad_options_are_refused(kind, options):
    with pytest.raises(ReplayError, match=next(iter(options))):
        kind[1](kind[0](), **options)


@KINDS
def test_bad_arguments_are_refused(kind):
    replay = kind[1](kind[0](), capacity=5)
    for draw in (replay.sample, replay.sample_trajectories):
        with pytest.raises(ReplayError, match="empty: add"):
            draw(1)
    with pytest.raises(UnknownTrajectoryError):
        replay.add(0)
    replay.add(replay.store.append(simple(5)))
    for draw in (replay.sample, replay.sample_trajectories):
        for batch_size in (0, -3, 2**25, 2**70):
            with pytest.raises(ReplayError, match="batch_size"):
                draw(batch_size)
    with pytest.raises(ReplayError, match="already"):
        replay.add(0)
    with pytest.raises(ReplayError, match="raise the capacity"):
        replay.add(replay.store.append(simple(6)))
    state = replay.state()
    refused = [
        ([0], [0, 1], [1.0]),
        ([0], [0], []),
        ([2], [0], [1.0]),
        ([-1], [0], [1.0]),
        ([0, 0], [0, 5], [1.0, 1.0]),
        ([0], [-1], [1.0]),
        ([0, 0], [0, 1], [1.0, float("nan")]),
        ([0, 0], [0, 1], [1.0, float("inf")]),
        ([0], [0], [1e39]),
        ([0.5], [0], [1.0]),
        ([[0]], [0], [1.0]),
        ([0], [0], ["a"]),
    ]
    for arguments in refused:
        with pytest.raises(ReplayError):
            replay.update(*arguments)
        assert replay.state() == state, "a refused update has changed the buffer"
    for beta in (-1, 2, float("nan")):
        with pytest.raises(ReplayError, match="beta"):
            replay.beta = beta
    replay.store.close()
    with pytest.raises(StoreLockedError):
        replay.sample(1)


def test_threads_share_a_buffer():
    replay = filled(turns=[5] * 20, alpha=0.6)
    problems = []

    def work():
        try:
            for _ in range(50):
                batch = replay.sample(16)
                replay.update(batch.trajectory, batch.turn, batch.reward)
                replay.add(replay.store.append(simple(3)))
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert (replay.num_trajectories, len(replay)) == (220, 700)
