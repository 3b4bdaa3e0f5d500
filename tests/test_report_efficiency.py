"""Episodes to a threshold, and ratios of them, where some runs never got there."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archer.report.bootstrap import resampled_seeds
from archer.report.efficiency import efficiency_ratio, episodes_to

AT = [0, 100, 300]
NEVER = math.inf


@pytest.mark.parametrize(
    ("curve", "episodes"),
    [
        ([-10.0, -6.0, -4.0], 200.0),  # half way from 100 to 300
        ([-10.0, -5.0, -4.0], 100.0),  # at the threshold counts
        ([-10.0, -2.5, -9.0], 100 * 5 / 7.5),  # the first time, also if it is lost again
        ([-5.0, -9.0, -9.0], 0.0),
        ([-1.0, -9.0, -4.0], 0.0),
        ([-10.0, -9.0, -5.001], NEVER),
    ],
)
def test_episodes_to_a_threshold_by_hand(curve, episodes):
    assert episodes_to(-5.0, AT, curve) == pytest.approx(episodes)


def test_many_curves_at_once():
    curves = np.array([[[-10.0, -6.0, -4.0], [-9.0, -9.0, -9.0]]])
    assert episodes_to(-5.0, AT, curves).tolist() == [[200.0, NEVER]]


@given(st.lists(st.floats(-10, 0), min_size=3, max_size=3), st.floats(-10, 0), st.floats(-10, 0))
def test_a_higher_threshold_takes_no_fewer_episodes(curve, one, two):
    low, high = sorted([one, two])
    assert episodes_to(low, AT, curve) <= episodes_to(high, AT, curve) + 1e-6


def ratio(other, reference, budget=400):
    other, reference = np.array(other, dtype=float), np.array(reference, dtype=float)
    seeds = resampled_seeds(len(other), np.random.default_rng(0), 2000)
    return efficiency_ratio(other, reference, (other[seeds], reference[seeds]), budget)


def test_where_all_got_there_the_ratio_is_that_of_the_means():
    # Resamples of the pairs (300, 100) and (200, 200): 3, 5/3 twice, 1.
    found = ratio([300, 200], [100, 200])
    assert (found.estimate, found.bound) == (pytest.approx(5 / 3), "exact")
    assert found.ci95 == (1.0, 3.0)


def test_pairs_stay_together():
    # Every seed has the ratio 2, though the seeds differ: unpaired, it would go from 1/2 to 8.
    assert ratio([100, 400], [50, 200]).ci95 == (2.0, 2.0)


def test_another_method_that_never_got_there_gives_a_lower_bound():
    # The pairs (never, 100) and (200, 200): at least 4, at least 2 (twice), exactly 1.
    found = ratio([NEVER, 200], [100, 200])
    assert (found.estimate, found.bound) == (pytest.approx(600 / 300), "at least")
    assert found.ci95 == (1.0, NEVER)
    found = ratio([NEVER, NEVER, NEVER], [100, 100, 200])
    assert (found.estimate, found.bound) == (pytest.approx(3.0), "at least")
    assert found.ci95 == (2.0, NEVER)


def test_a_reference_that_never_got_there_gives_an_upper_bound():
    found = ratio([100, 200], [NEVER, 200])
    assert (found.estimate, found.bound) == (pytest.approx(300 / 600), "at most")
    assert found.ci95 == (0.0, 1.0)


def test_where_both_failed_nothing_is_known():
    found = ratio([NEVER, 200], [NEVER, 100])
    assert (found.estimate, found.bound, found.ci95) == (None, "unknown", (0.0, NEVER))
    # Each alone would look like a result.
    found = ratio([NEVER, 200], [100, NEVER])
    assert (found.estimate, found.bound, found.ci95) == (None, "unknown", (0.0, NEVER))


def test_a_warm_start_at_the_threshold_leaves_nothing_to_compare():
    found = ratio([0, 0], [0, 0])
    assert (found.estimate, found.bound, found.ci95) == (None, "unknown", (0.0, NEVER))
    assert ratio([0, 0], [100, 100]).estimate == 0.0


TIMES = st.one_of(st.floats(1, 400), st.just(NEVER))


@given(st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=4), st.data())
def test_the_interval_holds_the_ratio_whatever_the_unknown_numbers_were(pairs, data):
    other, reference = np.array(pairs).T
    found = ratio(other, reference)
    truth = [
        np.array([n if n < NEVER else 400 + data.draw(st.floats(0, 10**4)) for n in times])
        for times in (other, reference)
    ]
    value = truth[0].mean() / truth[1].mean()
    low, high = found.ci95
    assert low <= value * (1 + 1e-9)
    assert high >= value * (1 - 1e-9)
    if found.bound == "at least":
        assert found.estimate <= value * (1 + 1e-9)
    elif found.bound == "at most":
        assert found.estimate >= value * (1 - 1e-9)
    elif found.bound == "exact":
        assert found.estimate == pytest.approx(value)
