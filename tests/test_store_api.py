"""The trajectory store as its users see it."""

import pickle
import runpy
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import archer.store
from archer import twin
from archer._rust import TrajectoryStore
from archer.errors import StoreError, StoreLockedError, UnknownTrajectoryError
from store_cases import assert_same, contents, simple, trajectories, trajectory

KINDS = pytest.mark.parametrize("kind", [TrajectoryStore, twin.TrajectoryStore])


def test_the_public_name_is_the_native_class():
    assert archer.TrajectoryStore is archer.store.TrajectoryStore is TrajectoryStore


@KINDS
@given(many=st.lists(trajectories(), max_size=3))
def test_what_is_appended_comes_back(kind, many):
    store = kind()
    assert [store.append(one) for one in many] == list(range(len(many)))
    assert len(store) == len(many)
    assert store.num_turns == sum(one.num_turns for one in many)
    assert store.num_tokens == sum(len(one.tokens) for one in many)
    for one, other in zip(store, many, strict=True):
        assert_same(one, other)


@KINDS
def test_a_read_is_the_readers_own(kind):
    store = kind()
    store.append(simple(2))
    store[0].tokens[:] = 7
    batch = store.gather([0])
    batch.tokens[:] = 7
    assert_same(store[0], simple(2))


@KINDS
def test_near_enough_types_are_cast(kind):
    store = kind()
    exact = trajectory([[1], [2], [3]])
    store.append(
        type(exact)(
            tokens=[1, 2, 3],
            boundaries=exact.boundaries.astype(np.int32),
            rewards=exact.rewards.astype(np.float64),
            logprobs=exact.logprobs[::-1],
            terminated=np.True_,
            truncated=False,
            seed=np.int64(0),
        )
    )
    assert_same(store[0], exact)


@KINDS
def test_gather_gives_whole_trajectories(kind):
    store = kind()
    store.append(trajectory([[10], [11, 12], [], [13], [14, 15]], [0.5, 1], [-1, -2, -3]))
    cut = trajectory([[20, 21], [22], [23]], [2], [np.nan], terminated=False, truncated=True)
    store.append(cut)
    batch = store.gather([1, 0])
    np.testing.assert_array_equal(batch.tokens, [[20, 21, 22, 23, 0, 0], [10, 11, 12, 13, 14, 15]])
    np.testing.assert_array_equal(batch.lengths, [4, 6])
    np.testing.assert_array_equal(
        batch.turn_of_token, [[-1, -1, 0, -1, -1, -1], [-1, 1, 1, 2, -1, -1]]
    )
    np.testing.assert_array_equal(batch.logprobs, [[0, 0, np.nan, 0, 0, 0], [0, -1, -2, -3, 0, 0]])
    np.testing.assert_array_equal(batch.row, [0, 1, 1])
    np.testing.assert_array_equal(batch.context_end, [1, 0, 2])
    np.testing.assert_array_equal(batch.utterance_end, [2, 2, 3])
    np.testing.assert_array_equal(batch.next_context_end, [3, 2, 5])
    np.testing.assert_array_equal(batch.reward, [2, 0.5, 1])
    np.testing.assert_array_equal(batch.terminated, [False, False, True])
    np.testing.assert_array_equal(batch.truncated, [True, False, False])
    np.testing.assert_array_equal(batch.trajectory, [1, 0, 0])
    np.testing.assert_array_equal(batch.turn, [0, 0, 1])
    np.testing.assert_array_equal(batch.weight, [1, 1, 1])


@KINDS
def test_gather_turns_stops_after_the_answer(kind):
    store = kind()
    store.append(trajectory([[10], [11, 12], [], [13], [14, 15]], [0.5, 1], [-1, -2, -3]))
    batch = store.gather_turns([0, 0], np.array([1, 0], np.int32))
    np.testing.assert_array_equal(batch.tokens, [[10, 11, 12, 13, 14, 15], [10, 11, 12, 0, 0, 0]])
    np.testing.assert_array_equal(
        batch.turn_of_token, [[-1, -1, -1, 0, -1, -1], [-1, 1, 1, -1, -1, -1]]
    )
    np.testing.assert_array_equal(batch.logprobs, [[0, 0, 0, -3, 0, 0], [0, -1, -2, 0, 0, 0]])
    np.testing.assert_array_equal(batch.lengths, [6, 3])
    np.testing.assert_array_equal(batch.row, [0, 1])
    np.testing.assert_array_equal(batch.context_end, [2, 0])
    np.testing.assert_array_equal(batch.next_context_end, [5, 2])
    np.testing.assert_array_equal(batch.terminated, [True, False])
    np.testing.assert_array_equal(batch.turn, [1, 0])


@KINDS
def test_no_ids_give_an_empty_batch(kind):
    batch = kind().gather([])
    assert (batch.tokens.shape, batch.num_turns) == ((0, 0), 0)


@KINDS
def test_bad_arguments_are_refused(kind):
    store = kind()
    store.append(simple(2))
    for key in (-1, 1, 2**70):
        with pytest.raises(UnknownTrajectoryError):
            store[key]
    for ids in ([1], [0, -1]):
        with pytest.raises(UnknownTrajectoryError):
            store.gather(ids)
    for turns in ([2], [-1]):
        with pytest.raises(UnknownTrajectoryError):
            store.gather_turns([0], turns)
    for bad in ([0.5], [[0]], ["a"], None, 0):
        with pytest.raises(StoreError, match="ids"):
            store.gather(bad)
    with pytest.raises(StoreError, match="one turn for each id"):
        store.gather_turns([0], [0, 1])
    with pytest.raises(StoreError, match="length = -1"):
        store.truncate(-1)
    for size in (0, 1023, 2**30 + 1, -1, 2**70):
        with pytest.raises(StoreError, match="segment_bytes"):
            kind(segment_bytes=size)
    with pytest.raises(StoreError, match="needs a path"):
        kind(read_only=True)


@KINDS
def test_extend_is_all_or_nothing(kind, tmp_path):
    with kind(tmp_path) as store:
        before = contents(tmp_path)
        with pytest.raises(StoreError):
            store.extend([simple(1), None])
        assert (len(store), contents(tmp_path)) == (0, before)
        assert store.extend(iter([simple(1), simple(2)])) == [0, 1]
        assert store.extend([]) == []


@KINDS
def test_the_bytes_are_a_function_of_what_the_store_holds(kind, tmp_path):
    many = [simple(1 + k % 9, start=k) for k in range(40)]
    with kind(tmp_path / "a", segment_bytes=1024) as store:
        store.extend(many)
    with kind(tmp_path / "b", segment_bytes=1024) as store:
        store.extend(many[:25])
        for length in (20, 3, 7, 0):
            store.truncate(length)
            store.extend(many[len(store) :])
    with kind(tmp_path / "b", segment_bytes=4096) as store:  # the size of the old store counts
        store.truncate(11)
        store.flush()
        for one in many[11:]:
            store.append(one)
    assert len(contents(tmp_path / "a")) > 5
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@KINDS
def test_a_closed_or_read_only_store_says_so(kind, tmp_path):
    with kind(tmp_path) as store:
        store.append(simple(1))
    store.close()
    uses = [
        len,
        iter,
        lambda s: s[0],
        lambda s: s.gather([0]),
        lambda s: s.append(simple(1)),
        lambda s: s.truncate(0),
        lambda s: s.flush(),
        lambda s: s.refresh(),
        lambda s: s.num_turns,
    ]
    for use in uses:
        with pytest.raises(StoreLockedError, match="closed"):
            use(store)
    reader = kind(tmp_path, read_only=True)
    for change in (lambda s: s.append(simple(1)), lambda s: s.truncate(0), lambda s: s.flush()):
        with pytest.raises(StoreLockedError, match="read-only"):
            change(reader)
    assert len(reader) == 1


def test_a_trajectory_can_be_pickled():
    one = simple(2, extra={"a": [1]}, env_id="x")
    assert_same(pickle.loads(pickle.dumps(one)), one)


def test_threads_share_a_store(tmp_path):
    store = TrajectoryStore(tmp_path)
    problems = []

    def work(thread):
        try:
            for k in range(50):
                key = store.append(simple(1 + k % 3, start=1000 * thread + k))
                assert store[key].tokens[0] == 1000 * thread + k
                store.gather(range(len(store)))
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    firsts = sorted(int(one.tokens[0]) for one in store)
    assert firsts == [1000 * thread + k for thread in range(4) for k in range(50)]
    store.close()


def test_a_store_can_be_subclassed():
    class Mine(TrajectoryStore):
        def best(self):
            return max(self, key=lambda one: one.episode_return)

    store = Mine()
    store.extend([simple(2), simple(4), simple(1)])
    assert store.best().num_turns == 4


@pytest.mark.parametrize(("module", "warned"), [("store", 1), ("replay", 0)])
def test_without_the_native_module_the_twin_steps_in(monkeypatch, recwarn, module, warned):
    monkeypatch.setitem(__import__("sys").modules, "archer._rust", None)
    names = runpy.run_path(str(Path(archer.__file__).with_name(f"{module}.py")))
    (name,) = names["__all__"]
    assert names[name] is getattr(twin, name)
    assert [str(w.message).count("twin") for w in recwarn] == [1] * warned
