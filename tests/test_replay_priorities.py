"""Priorities: what new turns enter with, how they age, and how weights are normalised."""

import numpy as np
import pytest

from archer.errors import ReplayError
from replay_cases import KINDS, NATIVE, TWIN, filled, turns_of
from store_cases import simple


def aged(kind, versions, half_life=1.0, **options):
    """A buffer over one-turn trajectories of these policy versions."""
    store = kind[0]()
    replay = kind[1](store, half_life=half_life, **({"epsilon": 0.0} | options))
    for version in versions:
        replay.add(store.append(simple(1, policy_version=version)))
    return replay


def weights_of(replay):
    """Importance weight of each turn held, by trajectory."""
    draws = replay.draw(len(replay), replace=False)
    return dict(zip(draws.trajectory.tolist(), draws.weight.tolist(), strict=True))


def check_probabilities(replay, priorities, batch_size=4096):
    """Of ``n`` strata ``n P`` lie under a turn, give or take the two at its edges."""
    counts = np.bincount(replay.draw(batch_size).trajectory, minlength=max(priorities) + 1)
    total = sum(priorities.values())
    assert counts.sum() == sum(counts[key] for key in priorities)
    for key, priority in priorities.items():
        assert abs(counts[key] - batch_size * priority / total) < 2, key


@KINDS
def test_age_is_in_the_probabilities_and_not_in_the_weights(kind):
    replay = aged(kind, [0, 1, 3], beta=1.0)
    check_probabilities(replay, {0: 0.125, 1: 0.25, 2: 1.0})
    assert weights_of(replay) == {0: 1.0, 1: 1.0, 2: 1.0}


@KINDS
@pytest.mark.parametrize("normalize", ["batch", "max"])
def test_weights_are_those_of_the_priorities_before_decay(kind, normalize):
    """With beta 1 they undo the errors' share of the probabilities, and nothing of the decay's."""
    replay = aged(kind, [0, 1, 3, 3], alpha=1.0, beta=1.0, normalize=normalize)
    replay.update([0, 1, 2, 3], [0] * 4, [4.0, 1.0, 2.0, 0.0])
    check_probabilities(replay, {0: 4 / 8, 1: 1 / 4, 2: 2.0})
    replay.update([3], [0], [8.0])
    check_probabilities(replay, {0: 4 / 8, 1: 1 / 4, 2: 2.0, 3: 8.0})
    assert weights_of(replay) == {0: 0.25, 1: 1.0, 2: 0.5, 3: 0.125}
    replay.beta = 0.5
    assert weights_of(replay) == {0: 0.5, 1: 1.0, 2: np.float32(0.5**0.5), 3: np.float32(8**-0.5)}
    replay.beta = 1.0
    for _ in range(20):
        draws = replay.draw(1)
        alone = [0.25, 1.0, 0.5, 0.125][draws.trajectory[0]]
        assert draws.weight.tolist() == [1.0 if normalize == "batch" else alone]


@KINDS
def test_fresh_turns_win_over_old_ones(kind):
    """They enter at the largest priority before decay, however old the turn that has it."""
    replay = aged(kind, [0], alpha=1.0, beta=1.0)
    replay.update([0], [0], [8.0])
    replay.add(replay.store.append(simple(1, policy_version=5)))
    check_probabilities(replay, {0: 2.0**-5, 1: 1.0})
    assert weights_of(replay) == {0: 1.0, 1: 1.0}


@KINDS
def test_new_turns_enter_at_one_where_nothing_positive_is_held(kind):
    replay = filled(kind, turns=[2], alpha=1.0, epsilon=0.0)
    replay.update([0, 0], [0, 1], [0.0, 0.0])
    replay.add(replay.store.append(simple(1)))
    assert turns_of(replay.draw(3)) == [(1, 0)] * 3
    replay.evict(2)
    assert (len(replay), replay.num_trajectories) == (0, 0)
    replay.add(0)
    assert set(replay.draw(4).weight.tolist()) == {1.0}


@KINDS
def test_a_turn_too_old_to_weigh_anything_is_never_drawn(kind):
    replay = aged(kind, [0, 5000, 5001], beta=1.0)
    for _ in range(20):
        draws = replay.draw(50)
        assert set(draws.trajectory.tolist()) <= {1, 2}
        assert np.isfinite(draws.weight).all()
    with pytest.raises(ReplayError, match=r"2 (of the )?turns"):
        replay.draw(3, replace=False)
    assert set(replay.draw(2, replace=False).trajectory.tolist()) == {1, 2}


@KINDS
def test_all_weighing_nothing_is_said_clearly(kind):
    replay = aged(kind, [0, 5000], alpha=1.0)
    replay.update([1], [0], [0.0])
    with pytest.raises(ReplayError, match=r"zero.*half_life"):
        replay.draw(1)
    replay.evict(1)
    replay.add(0)
    with pytest.raises(ReplayError, match="zero"):
        aged(kind, [0, 2**63 - 1], half_life=5e-324, alpha=1.0).draw(2, replace=False)


@KINDS
@pytest.mark.parametrize("half_life", [5e-324, 0.01, 1.0, 1e300])
def test_ages_count_from_the_newest_version_that_is_held(kind, half_life):
    """Also after versions have gone up and down by far more than floats can hold."""
    replay = aged(kind, [0, 2**63 - 1, 3, 2**62, 3], half_life=half_life, beta=1.0)
    while len(replay):
        draws = replay.draw(64)
        assert np.isfinite(draws.weight).all()
        held = [replay.store[int(key)].policy_version for key in replay.trajectory_ids]
        assert max(held) in {held[key - replay.trajectory_ids[0]] for key in draws.trajectory}
        replay.evict(1)


def test_probabilities_are_a_function_of_what_is_held_and_not_of_how_it_came():
    """Through many anchors they stay those of a buffer filled at once."""
    old = aged(NATIVE, range(2000), half_life=1.5, alpha=1.0, beta=1.0)
    old.evict(1960)
    new = NATIVE[1](old.store, half_life=1.5, alpha=1.0, beta=1.0, epsilon=0.0)
    new.extend(range(1960, 2000))
    expected = {1999 - age: 2.0 ** (-age / 1.5) for age in range(40)}
    total = sum(expected.values())
    store = TWIN[0]()
    store.extend(old.store)
    for replay in (old, new):
        check_probabilities(replay, expected, 1 << 20)
        twin = TWIN[1](store, half_life=1.5, alpha=1.0, beta=1.0, epsilon=0.0)
        twin.load(replay.state())
        tree = twin._priorities.tree
        exact = {key: tree[slots[0]] / tree.total for key, slots in twin._places.items()}
        assert exact == pytest.approx({key: p / total for key, p in expected.items()}, rel=1e-9)
        assert turns_of(replay.draw(500)) == turns_of(twin.draw(500))
        assert set(weights_of(replay).values()) == {1.0}


@KINDS
def test_the_true_maximum_normalises(kind):
    replay = filled(kind, turns=[4], alpha=1.0, beta=1.0, epsilon=0.0, normalize="max")
    replay.update([0] * 4, range(4), [8.0, 4.0, 0.0, 2.0])
    weight = dict(zip(*(replay.draw(64).turn, replay.draw(64).weight), strict=True))
    assert set(weight.values()) <= {0.25, 0.5, 1.0}
    draws = replay.draw(1)
    assert draws.weight[0] == [0.25, 0.5, None, 1.0][draws.turn[0]]
    replay.add(replay.store.append(simple(2)))
    replay.update([0, 1, 1], [3, 0, 1], [0.0, 16.0, 16.0])  # now 4 is the smallest
    for draws in (replay.draw(8), replay.draw(3, replace=False)):
        of = {(0, 0): 0.5, (0, 1): 1.0, (1, 0): 0.25, (1, 1): 0.25}
        assert draws.weight.tolist() == [of[key] for key in turns_of(draws)]
    replay.evict(1)
    assert replay.draw(5).weight.tolist() == [1.0] * 5


def test_extreme_priorities_keep_weights_finite():
    replay = filled(turns=[3], alpha=1.0, beta=1.0, epsilon=0.0, normalize="max")
    replay.update([0] * 3, range(3), [5e-324, 1e-30, 3e38])
    for _ in range(20):
        draws = replay.draw(16)
        assert ((draws.weight >= 0) & (draws.weight <= 1)).all()
    assert sorted(replay.draw(3, replace=False).turn.tolist()) == [0, 1, 2]


@KINDS
def test_draws_say_what_sample_gathers(kind):
    draws, batch = (filled(kind, alpha=0.5, seed=8) for _ in range(2))
    draws, batch = draws.draw(12), batch.sample(12)
    assert turns_of(draws) == turns_of(batch)
    assert (draws.trajectory.dtype, draws.turn.dtype) == (np.int64, np.int64)
    assert draws.weight.dtype == np.float32
    np.testing.assert_array_equal(draws.weight, batch.weight)


@KINDS
def test_extend_is_one_add_after_another(kind):
    one, other = (filled(kind, turns=[3], capacity=9, alpha=0.5) for _ in range(2))
    for replay in (one, other):
        replay.update([0], [1], [7.0])
        replay.store.extend([simple(turns) for turns in (2, 5, 4)])
    one.extend(np.array([1, 2, 3], np.int32))
    for key in (1, 2, 3):
        other.add(key)
    assert one.state() == other.state()
    one.extend([])
    assert one.trajectory_ids.tolist() == [2, 3]
