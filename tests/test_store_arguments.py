"""What a store is given: each argument once of a wrong type and once out of range."""

import dataclasses

import numpy as np
import pytest

from archer import salvage, twin
from archer._rust import TrajectoryStore
from archer.errors import CorruptStoreError, StoreError, TrajectoryError, UnknownTrajectoryError
from archer.twin import log, record
from store_cases import columns_of, simple

KINDS = pytest.mark.parametrize("kind", [TrajectoryStore, twin.TrajectoryStore])
HUGE = 2**70
MASK = [True, False]
REFUSED = [
    (TrajectoryError, "not this str", lambda s: s.append("x")),
    (TrajectoryError, "not this int", lambda s: s.extend(5)),
    (TrajectoryError, "not this str", lambda s: s.extend("abc")),
    (TrajectoryError, "not this list", lambda s: s.extend_columns([])),
    (StoreError, "trajectory_id = '0'", lambda s: s["0"]),
    (StoreError, "trajectory_id = 1.5", lambda s: s[1.5]),
    (UnknownTrajectoryError, f"{HUGE}", lambda s: s[HUGE]),
    (StoreError, "sync = 'no'", lambda s: s.flush("no")),
    (StoreError, "length = '3'", lambda s: s.truncate("3")),
    (StoreError, "length = None", lambda s: s.truncate(None)),
    (StoreError, f"length = -{HUGE}", lambda s: s.truncate(-HUGE)),
    (StoreError, "first_id = 1.0", lambda s: s.compact(1.0)),
    (StoreError, f"first_id = -{HUGE}", lambda s: s.compact(-HUGE)),
    (StoreError, "ids", lambda s: s.columns("x")),
    (StoreError, "mask", lambda s: s.columns(MASK)),
    (StoreError, "ids", lambda s: s.columns([HUGE])),
    (StoreError, "ids", lambda s: s.gather(1.5)),
    (StoreError, "mask", lambda s: s.gather(np.array(MASK))),
    (StoreError, "mask", lambda s: s.gather_packed(MASK)),
    (UnknownTrajectoryError, "-1", lambda s: s.gather_packed([-1])),
    (StoreError, "turns", lambda s: s.gather_turns([0], None)),
    (StoreError, "mask", lambda s: s.gather_turns([0], [True])),
    (StoreError, "n_step = 1.5", lambda s: s.gather_turns([0], [0], n_step=1.5)),
    (StoreError, "n_step = None", lambda s: s.gather_turns([0], [0], n_step=None)),
    (StoreError, f"n_step = -{HUGE}", lambda s: s.gather_turns([0], [0], n_step=-HUGE)),
    (StoreError, "discount = '1'", lambda s: s.gather_turns([0], [0], discount="1")),
    (StoreError, "discount = 1.5", lambda s: s.gather_turns([0], [0], discount=1.5)),
    (StoreError, "discount = ", lambda s: s.gather_turns([0], [0], discount=10**400)),
    (StoreError, "max_tokens = '9'", lambda s: s.gather_turns([0], [0], max_tokens="9")),
    (StoreError, "max_tokens = 0", lambda s: s.gather_turns([0], [0], max_tokens=0)),
    (StoreError, "max_tokens = None", lambda s: s.pack([0], None)),
    (StoreError, "max_tokens = 0", lambda s: s.pack([0], 0)),
    (StoreError, "mask", lambda s: s.pack(MASK, 9)),
    (StoreError, "env_id = 3", lambda s: s.select(env_id=3)),
    (StoreError, r"env_id = '\\ud800'", lambda s: s.select(env_id="\ud800")),
    (StoreError, "policy_version = 3", lambda s: s.select(policy_version=3)),
    (StoreError, "policy_version = .1, 2, 3", lambda s: s.select(policy_version=[1, 2, 3])),
    (StoreError, "policy_version = .1.5", lambda s: s.select(policy_version=(1.5, None))),
    (StoreError, f"policy_version = .{HUGE}", lambda s: s.select(policy_version=(HUGE, 3))),
    (StoreError, "episode_return = 'ab'", lambda s: s.select(episode_return="ab")),
    (StoreError, "episode_return = .'a'", lambda s: s.select(episode_return=("a", None))),
    (StoreError, "episode_return = .nan", lambda s: s.select(episode_return=(np.nan, None))),
    (StoreError, "return_quantile = {}", lambda s: s.select(return_quantile={})),
    (StoreError, "return_quantile", lambda s: s.select(return_quantile=(0, 1.5))),
]
OPENED = [
    ("path = 5", {"path": 5}),
    ("path = b'x'", {"path": b"x"}),
    (r"path = '\\ud800'", {"path": "\ud800"}),
    ("read_only = 1", {"read_only": 1}),
    ("segment_bytes = None", {"segment_bytes": None}),
    ("segment_bytes = 4096.0", {"segment_bytes": 4096.0}),
    (f"segment_bytes = {HUGE}: give a size from 1024 to", {"segment_bytes": HUGE}),
]


@pytest.mark.parametrize(("error", "words", "use"), REFUSED)
@KINDS
def test_a_method_says_what_it_was_given(kind, error, words, use):
    store = kind()
    store.extend([simple(2), simple(1)])
    with pytest.raises(StoreError, match=words) as raised:
        use(store)
    assert raised.type is error
    assert len(store) == 2


@pytest.mark.parametrize(("words", "options"), OPENED)
@KINDS
def test_a_store_says_what_it_cannot_be_opened_with(kind, words, options):
    with pytest.raises(StoreError, match=words):
        kind(**options)


@KINDS
def test_what_is_large_or_of_numpy_is_taken(kind):
    store = kind(None, np.False_, segment_bytes=np.int64(2048))
    store.extend([simple(2, policy_version=3), simple(1)])
    store.truncate(HUGE)
    assert store.compact(np.int64(0)) == 0
    assert store.select(policy_version=[1, HUGE]).tolist() == [0]
    assert store.pack([0], HUGE)[0].tolist() == [0]
    batch = store.gather_turns([0], [0], n_step=HUGE, discount=np.float32(0.5), max_tokens=HUGE)
    assert batch.steps.tolist() == [2]
    assert store[np.int64(1)].num_turns == 1


@KINDS
def test_a_path_that_no_system_has(kind):
    with pytest.raises(StoreError):
        kind("a\0b")


def test_salvage_takes_paths_alone(tmp_path):
    for use in (
        lambda: salvage.check(3),
        lambda: salvage.repair(None),
        lambda: salvage.repair(tmp_path, 3),
    ):
        with pytest.raises(StoreError, match="give a str or os"):
            use()


EXTRAS = [
    "[1]",
    '{"a":NaN}',
    '{"a":1e999}',
    '{"a":[-1E+400]}',
    "no JSON",
    '{"a":' + "9" * 400 + ".0}",
]


@pytest.mark.parametrize("extra", EXTRAS)
@KINDS
def test_an_extra_that_could_not_be_written_again_is_refused(kind, extra):
    columns = columns_of([simple(1), simple(2)])
    columns.extra[1] = extra
    store = kind()
    with pytest.raises(TrajectoryError, match="row 1: extra is not the text of a JSON object"):
        store.extend_columns(columns)
    assert len(store) == 0


@KINDS
def test_an_extra_of_strange_but_finite_values_is_taken(kind):
    columns = columns_of([simple(1)])
    columns.extra[0] = '{"1e999":"\\ud800 1e999","a\\\\":' + "9" * 400 + ',"b":-2.5E-400}'
    store = kind()
    store.extend_columns(columns)
    assert store[0].extra == {"1e999": "\ud800 1e999", "a\\": int("9" * 400), "b": 0.0}
    store.append(store[0])


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_record_of_another_program_is_found(tmp_path, extra):
    """Its checksums are right, and what it holds is no trajectory."""
    one = simple(1)
    with TrajectoryStore(tmp_path) as store:
        store.append(one)
    file = tmp_path / "000000.seg"
    data = file.read_bytes()
    chain = int.from_bytes(data[40:44], "little")
    foreign = log.frame(record.pack(one, b"", extra.encode()), chain)
    end = log.frame(record.encode(one), int.from_bytes(foreign[4:8], "little"))
    file.write_bytes(data + foreign + end)
    for kind in (TrajectoryStore, twin.TrajectoryStore):
        for read_only in (False, True):
            with pytest.raises(CorruptStoreError, match=f"record 1 at byte {len(data)}"):
                kind(tmp_path, read_only)
    report = salvage.check(tmp_path)
    assert report.damage == (f"000000.seg: record 1 at byte {len(data)}: it is no trajectory",)
    assert report.lost == (range(1, 2),)
    assert salvage.repair(tmp_path).trajectories == 2
    assert len(TrajectoryStore(tmp_path)) == 2


BEYOND = np.array([2**63], np.uint64)
"""Of this one NumPy makes an int64 below zero where it is not stopped."""


@pytest.mark.parametrize(
    "use",
    [
        lambda s, ids: s.gather(ids),
        lambda s, ids: s.gather_packed(ids),
        lambda s, ids: s.gather_turns(ids, [0]),
        lambda s, ids: s.gather_turns([0], ids),
        lambda s, ids: s.pack(ids, 9),
        lambda s, ids: s.columns(ids),
        lambda s, ids: s.append(dataclasses.replace(simple(1), tokens=ids)),
        lambda s, ids: s.extend_columns(
            dataclasses.replace(columns_of([simple(1)]), policy_version=ids)
        ),
    ],
)
@pytest.mark.parametrize(
    "ids", [BEYOND, BEYOND.tolist(), np.array([0, 2**64 - 1], np.uint64)], ids=str
)
@KINDS
def test_unsigned_numbers_do_not_wrap(kind, use, ids):
    store = kind()
    store.append(simple(2))
    with pytest.raises(StoreError, match=f"it holds {max(map(int, ids))}") as raised:
        use(store, ids)
    assert raised.type in (StoreError, TrajectoryError)
    assert len(store) == 1


@KINDS
def test_unsigned_numbers_that_fit_are_taken(kind):
    store = kind()
    store.append(simple(2, policy_version=np.uint64(2**63 - 1)))
    for dtype in (np.uint8, np.uint64):
        assert store.gather(np.zeros(1, dtype)).tokens.shape == (1, 7)
        assert store.gather(np.zeros(0, dtype)).tokens.shape[0] == 0
    columns = store.columns([0])
    store.extend_columns(
        dataclasses.replace(columns, policy_version=columns.policy_version.astype(np.uint64))
    )
    assert store[1].policy_version == 2**63 - 1


SHOWN = [
    ("first_id", 2**64, lambda s, v: s.compact(-v)),
    ("first_id", 10**100, lambda s, v: s.compact(-v)),
    ("n_step", 2**200, lambda s, v: s.gather_turns([0], [0], n_step=-v)),
    ("segment_bytes", 10**100, lambda s, v: type(s)(segment_bytes=-v)),
]


@pytest.mark.parametrize(("name", "value", "use"), SHOWN)
@KINDS
def test_integers_of_any_length_are_shown_in_full(kind, name, value, use):
    store = kind()
    store.append(simple(1))
    with pytest.raises(StoreError, match=rf"^{name} = -{value}: give "):
        use(store, value)


def test_native_and_twin_say_the_same():
    for use in (
        lambda kind: kind(["ä" * 200]),
        lambda kind: kind(read_only=None),
        lambda kind: kind(segment_bytes=10**5000),
        lambda kind: kind().compact(-1),
        lambda kind: kind().pack([], 0),
        lambda kind: kind().gather_turns([], [], discount="x" * 100),
        lambda kind: kind().gather_turns([], [], discount=2),
        lambda kind: kind().gather_turns([], [], max_tokens=1.5),
        lambda kind: kind().select(env_id=b"x"),
        lambda kind: kind().select(policy_version=(2, 1)),
    ):
        said = []
        for kind in (TrajectoryStore, twin.TrajectoryStore):
            with pytest.raises(StoreError) as raised:
                use(kind)
            said.append(str(raised.value))
        assert said[0] == said[1]
        assert ": give " in said[0]
