"""Arguments of wrong types, and numbers beyond what a machine's words hold: one error, in words."""

import re

import numpy as np
import pytest

import archer._rust as native
from archer.errors import ReplayError, StoreError
from archer.twin import returns as twin
from replay_cases import KINDS, NATIVE, filled
from store_cases import simple

HUGE = 2**70
COLUMNS = ([1.0], [1.0], [False], [0])


@KINDS
@pytest.mark.parametrize("store", ["/path", None, 5, pytest.param(object(), id="object")], ids=str)
def test_a_buffer_needs_a_store(kind, store):
    with pytest.raises(ReplayError, match=r"store = .*: give a TrajectoryStore"):
        kind[1](store)


@KINDS
@pytest.mark.parametrize("name", ["capacity", "alpha", "beta", "epsilon", "half_life", "seed"])
@pytest.mark.parametrize("value", ["1", b"1", [1], {}, 1j, 10**5000, np.zeros(2)], ids=type)
def test_options_of_wrong_types(kind, name, value):
    with pytest.raises(ReplayError, match=rf"{name} = "):
        kind[1](kind[0](), **{name: value})


@KINDS
@pytest.mark.parametrize("name", ["capacity", "alpha", "beta", "epsilon", "normalize", "seed"])
def test_options_that_cannot_be_none(kind, name):
    with pytest.raises(ReplayError, match=rf"{name} = None: give "):
        kind[1](kind[0](), **{name: None})


@KINDS
@pytest.mark.parametrize("normalize", [1, ["max"], b"max", "Max"], ids=str)
def test_normalize_is_one_of_two_words(kind, normalize):
    with pytest.raises(ReplayError, match=r'normalize = .*: give "batch" or "max"'):
        kind[1](kind[0](), normalize=normalize)


@KINDS
@pytest.mark.parametrize("value", [1.5, "1", None, [1], np.zeros(2), HUGE, -HUGE], ids=str)
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("trajectory_id", lambda replay, value: replay.add(value)),
        ("num_trajectories", lambda replay, value: replay.evict(value)),
        ("batch_size", lambda replay, value: replay.draw(value)),
        ("batch_size", lambda replay, value: replay.sample(value)),
        ("batch_size", lambda replay, value: replay.sample_trajectories(value)),
        ("capacity", lambda replay, value: type(replay)(replay.store, value)),
        ("seed", lambda replay, value: type(replay)(replay.store, seed=value)),
    ],
    ids=["add", "evict", "draw", "sample", "sample_trajectories", "capacity", "seed"],
)
def test_what_must_be_an_int(kind, name, call, value):
    replay = filled(kind)
    state = replay.state()
    with pytest.raises(ReplayError, match=rf"{name} = {re.escape(repr(value))}: give "):
        call(replay, value)
    assert replay.state() == state


@KINDS
@pytest.mark.parametrize("value", [np.int32(2), np.uint8(2), np.int64(2), True], ids=type)
def test_any_int_will_do(kind, value):
    replay = kind[1](filled(kind).store, value + 8, seed=value)
    replay.add(value - 1)
    assert len(replay.draw(value).turn) == value
    replay.evict(value - value)


@KINDS
@pytest.mark.parametrize("value", ["0.5", None, [0.5], 10**400], ids=type)
def test_beta_is_a_number(kind, value):
    replay = filled(kind)
    with pytest.raises(ReplayError, match="beta = "):
        replay.beta = value
    assert replay.beta == 0.4
    replay.beta = np.float32(0.5)
    assert replay.beta == 0.5


@KINDS
@pytest.mark.parametrize("flag", ["replace", "stratified"])
@pytest.mark.parametrize("value", [1, None, "no"], ids=str)
def test_flags_are_true_or_false(kind, flag, value):
    replay = filled(kind)
    for draw in (replay.draw, replay.sample):
        with pytest.raises(ReplayError, match=rf"{flag} = {value!r}: give True or False"):
            draw(2, **{flag: value})
        assert len(draw(2, **{flag: np.True_}).turn) == 2


@KINDS
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("n_step", [1.5, "1", None, -HUGE]),
        ("discount", ["1", None, [1.0]]),
        ("max_tokens", [1.5, "1", -HUGE]),
    ],
)
def test_windows_of_wrong_types(kind, name, values):
    replay = filled(kind)
    for value in values:
        with pytest.raises(StoreError, match=rf"{name} = {re.escape(repr(value))}: give "):
            replay.sample(1, **{name: value})


@KINDS
def test_a_state_is_bytes(kind):
    replay = filled(kind)
    state = replay.state()
    replay.load(bytearray(state))
    for given in ("state", None, 5, list(state), memoryview(state)):
        with pytest.raises(ReplayError, match=r"state = .*: give the bytes"):
            replay.load(given)
    assert replay.state() == state


@KINDS
@pytest.mark.parametrize(
    "values",
    [["a"], "a", None, 1, [None], [[0]], {0}, pytest.param(object(), id="object")],
    ids=str,
)
def test_arrays_of_wrong_types(kind, values):
    replay = filled(kind)
    state = replay.state()
    for at, name in enumerate(("trajectory_ids", "turns", "td_errors")):
        arguments = [[0], [0], [1.0]]
        arguments[at] = values
        with pytest.raises(ReplayError, match=name):
            replay.update(*arguments)
    with pytest.raises(ReplayError, match="trajectory_ids"):
        replay.extend(values)
    assert replay.state() == state


@KINDS
def test_unsigned_numbers_do_not_wrap(kind):
    replay = filled(kind)
    state = replay.state()
    beyond = np.array([2**63], np.uint64)
    for use in (
        lambda: replay.extend(beyond),
        lambda: replay.update(beyond, [0], [1.0]),
        lambda: replay.update([0], beyond, [1.0]),
    ):
        with pytest.raises(ReplayError, match=f"it holds {2**63}"):
            use()
    returns = native if kind is NATIVE else twin
    with pytest.raises(ReplayError, match=f"row .*it holds {2**63}"):
        returns.n_step_returns(*COLUMNS[:3], beyond, 1, 0.5)
    assert replay.state() == state
    replay.update(np.zeros(1, np.uint64), np.zeros(1, np.uint8), [1.0])


@pytest.mark.parametrize("kind", [native, twin], ids=["native", "twin"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("n", value) for value in (1.5, "1", None, 0, HUGE, -HUGE)]
    + [(name, value) for name in ("lam", "discount") for value in ("1", None, 10**400)],
)
def test_returns_of_wrong_types(kind, name, value):
    given = {"n": 1, "lam": 0.5, "discount": 0.5} | {name: value}
    expected = rf"{name} = (this|{re.escape(repr(value)[:60])}).*: give "
    if name != "lam":
        with pytest.raises(ReplayError, match=expected):
            kind.n_step_returns(*COLUMNS, given["n"], given["discount"])
    if name != "n":
        with pytest.raises(ReplayError, match=expected):
            kind.lambda_returns(*COLUMNS, given["lam"], given["discount"])


@KINDS
def test_rewards_whose_sum_is_beyond_float32(kind):
    store = kind[0]()
    largest = float(np.finfo(np.float32).max)
    store.append(simple(3, rewards=[1.0, largest, largest]))
    assert store.gather_turns([0], [0], n_step=2, discount=0.5).reward.tolist() == [
        np.float32(1 + 0.5 * largest)
    ]
    assert store.gather_turns([0, 0], [1, 2]).reward.tolist() == [largest] * 2
    for turn in (0, 1):
        with pytest.raises(StoreError, match=rf"turn {turn} of trajectory 0 .*beyond float32"):
            store.gather_turns([0], [turn], n_step=3)
    replay = kind[1](store)
    replay.add(0)
    with pytest.raises(StoreError, match="beyond float32"):
        replay.sample(16, n_step=3)


@KINDS
def test_more_steps_than_64_bits_count_are_all_steps(kind):
    replay = filled(kind, seed=1)
    again = filled(kind, seed=1)
    for batch, whole in (
        (replay.sample(5, n_step=2**70), again.sample(5, n_step=100)),
        (
            replay.store.gather_turns([0, 1], [0, 2], n_step=2**70),
            again.store.gather_turns([0, 1], [0, 2], n_step=100),
        ),
    ):
        assert batch.next_context_end.tolist() == whole.next_context_end.tolist()
        assert batch.reward.tolist() == whole.reward.tolist()
