"""Bootstrap statistics: by hand where there are few numbers, by their properties elsewhere."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from archer.report.bootstrap import (
    REPLICATES,
    interquartile_mean,
    normalized_area,
    percentile_interval,
    resampled_curves,
    resampled_seeds,
)

VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=9)


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "middle"),
    [
        ([5.0], 5.0),
        ([1.0, 3.0], 2.0),  # half of each
        ([9.0, 0.0, 3.0], (0.25 * 0 + 3 + 0.25 * 9) / 1.5),
        ([100.0, 1.0, 3.0, -100.0], 2.0),  # a quarter at each end is left out
        ([0.0, 1.0, 2.0, 3.0, 100.0], (0.75 * 1 + 2 + 0.75 * 3) / 2.5),
        (list(range(8)), 3.5),
    ],
)
def test_interquartile_means_by_hand(values, middle):
    assert interquartile_mean(values) == pytest.approx(middle)


def test_the_interquartile_mean_along_an_axis():
    values = np.array([[9.0, 1.0], [0.0, 1.0], [3.0, 1.0]])
    assert interquartile_mean(values, axis=0) == pytest.approx([3.5, 1.0])


@given(VALUES, st.floats(-50, 50), st.floats(0.01, 10))
def test_the_interquartile_mean_lies_inside_and_moves_with_the_values(values, shift, scale):
    middle = interquartile_mean(values)
    assert min(values) - 1e-9 <= middle <= max(values) + 1e-9
    moved = interquartile_mean(np.array(values) * scale + shift)
    assert moved == pytest.approx(middle * scale + shift, abs=1e-6)
    mirrored = interquartile_mean(-np.array(values))
    assert mirrored == pytest.approx(-middle, abs=1e-9)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_few_seeds_are_resampled_in_every_way_equally_often(count):
    seeds = resampled_seeds(count, rng(), REPLICATES)
    rows, times = np.unique(seeds, axis=0, return_counts=True)
    assert rows.tolist() == [list(row) for row in itertools.product(range(count), repeat=count)]
    assert set(times) == {REPLICATES // count**count}


def test_more_seeds_are_resampled_at_random_the_same_each_time():
    seeds = resampled_seeds(6, rng(), REPLICATES)
    assert seeds.shape == (REPLICATES, 6)
    assert np.array_equal(seeds, resampled_seeds(6, rng(), REPLICATES))
    share = np.bincount(seeds.ravel()) / seeds.size
    assert share == pytest.approx(np.full(6, 1 / 6), abs=0.015)


def interval_of_means(values, replicates=REPLICATES):
    values = np.array(values, dtype=np.float64)
    seeds = resampled_seeds(len(values), rng(), replicates)
    return percentile_interval(values.mean(), values[seeds].mean(axis=1))


def test_intervals_of_two_and_three_values_go_from_the_least_to_the_largest():
    # Of 4 resamples a quarter, of 27 one in 27 (3.7%) draw the least value alone: above 2.5%.
    assert interval_of_means([1.0, 4.0]) == (1.0, 4.0)
    assert interval_of_means([2.0, 1.0, 6.0]) == (1.0, 6.0)


def test_an_interval_of_four_values_by_hand():
    # 256 resamples: the sum 0 has 1, 1 has 4 (together 1.95% < 2.5%), 2 comes next.
    ways = [sum(row) / 4 for row in itertools.product([0, 1, 2, 3], repeat=4)]
    expected = sorted(ways)[6], sorted(ways)[-7]
    assert expected == (0.5, 2.5)
    assert interval_of_means([0.0, 1.0, 2.0, 3.0]) == expected


def test_the_interval_of_many_values_is_nearly_that_of_the_normal_distribution():
    values = rng().normal(size=400)
    low, high = interval_of_means(values)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_an_infinite_limit_needs_more_than_a_fortieth_of_the_resamples():
    few = [1.0] * 98 + [np.inf] * 2
    many = [1.0] * 97 + [np.inf] * 3
    assert percentile_interval(1.0, few) == (1.0, 1.0)
    assert percentile_interval(1.0, many) == (1.0, np.inf)


@given(VALUES, st.floats(-50, 50), st.floats(0.01, 10))
def test_an_interval_holds_its_estimate_and_moves_with_the_values(values, shift, scale):
    low, high = interval_of_means(values, 300)
    assert min(values) - 1e-9 <= low <= np.mean(values) <= high <= max(values) + 1e-9
    moved = interval_of_means(np.array(values) * scale + shift, 300)
    assert moved == pytest.approx((low * scale + shift, high * scale + shift), abs=1e-6)


def test_episodes_are_resampled_within_the_seeds_that_were_drawn():
    episodes = [np.array([[0.0, 2.0], [10.0, 10.0]])]
    seeds = np.array([[0, 1]] * 4000)
    curves = resampled_curves(np.array([[1.0], [10.0]]), episodes, seeds, rng())
    assert curves.shape == (4000, 2, 1)
    assert set(curves[:, 1, 0]) == {10.0}
    values, counts = np.unique(curves[:, 0, 0], return_counts=True)
    assert values.tolist() == [0.0, 1.0, 2.0]
    assert counts / 4000 == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def test_a_seed_that_is_drawn_twice_has_its_episodes_resampled_twice():
    episodes = [np.array([[0.0, 2.0]])]
    curves = resampled_curves(np.array([[1.0]]), episodes, np.zeros((1000, 2), int), rng())
    assert abs(np.corrcoef(curves[:, 0, 0], curves[:, 1, 0])[0, 1]) < 0.1


@given(arrays(np.float64, (3, 4), elements=st.floats(-10, 10)))
def test_without_single_episodes_the_means_are_taken_as_they_are(means):
    seeds = resampled_seeds(3, rng(), 27)
    plain = resampled_curves(means, None, seeds, rng())
    assert np.array_equal(plain, means[seeds])
    same = [np.repeat(means[:, k : k + 1], 5, axis=1) for k in range(4)]
    assert np.allclose(resampled_curves(means, same, seeds, rng()), plain)


def test_the_area_is_that_of_the_trapezoids():
    # 0 to 100: mean -9; 100 to 400: mean -6.
    assert normalized_area([0, 100, 400], [-10.0, -8.0, -4.0]) == pytest.approx(
        (-9 * 100 - 6 * 300) / 400
    )
    assert normalized_area([0, 5], np.full((2, 3, 2), 7.0)).tolist() == [[7.0] * 3] * 2
