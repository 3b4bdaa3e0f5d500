"""Groups of environments that begin their episodes in the same states."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import archer
from archer.env import GroupedStarts, make_vec
from archer.errors import ActionError, OptionError


class Dice(archer.TextEnv):
    """Two turns; says what was thrown."""

    max_turns = 2

    def reset(self, rng):
        self.rng, self.thrown = rng, int(rng.integers(1_000_000))
        return f"{self.thrown}"

    def step(self, utterance):
        return f"{int(self.rng.integers(1_000_000))}", 0.0, False

    def hidden(self):
        return str(self.thrown)


def dice(num_envs=4, size=2, seed=0):
    return GroupedStarts(archer.vectorize(Dice, num_envs, seed), size)


@given(st.permutations([0, 1, 2, 3] * 3))
def test_the_kth_episodes_of_a_group_begin_alike_in_whatever_order(order):
    env = dice()
    openings = {}
    for i in order:
        (opening,) = env.reset_at([i])
        openings[i, int(env.episodes[i])] = opening
        env.step_at([i], ["on"])  # the start was kept as it was, not as it became
    for k in (1, 2, 3):
        assert openings[0, k] == openings[1, k]
        assert openings[2, k] == openings[3, k]
    assert len(set(openings.values())) == 6
    assert not env._starts, "starts are forgotten once all members have begun"


def test_what_the_task_draws_later_is_the_same_too():
    env = dice()
    env.reset()
    said = env.step_at([0, 1, 2, 3], ["on"] * 4).observations
    assert said[0] == said[1] != said[2] == said[3]
    assert env.hidden([0]) == env.hidden([1])


def test_native_tasks_too():
    env = GroupedStarts(make_vec("twenty_questions_subset", 12, seed=1), 4)
    seen = []
    for _ in range(4):
        env.reset_at(list(range(12)))
        hidden = env.hidden(list(range(12)))
        seen += [set(hidden[g : g + 4]) for g in (0, 4, 8)]
    assert all(len(words) == 1 for words in seen)
    assert len(set().union(*seen)) > 2


def test_a_sought_episode_is_the_same_as_when_it_was_come_to():
    env = dice()
    begun = [env.reset_at([0, 1, 2, 3]) for _ in range(3)]
    again = dice()
    again.seek([2, 2, 1, 1])
    assert again.reset_at([0, 1]) == begun[2][:2]
    assert again.reset_at([2, 3]) == begun[1][2:]
    env.seed(0)
    assert env.episodes.tolist() == [0] * 4
    assert env.reset_at([1, 0]) != begun[0][:2], "1 leads now"
    env.seed(0)
    assert env.reset_at([0, 1]) == begun[0][:2]


def test_counters_of_a_group_are_brought_together():
    inner = archer.vectorize(Dice, 4, 0)
    inner.seek([3, 2, 2, 2])
    env = GroupedStarts(inner, 2)
    assert env.episodes.tolist() == [3, 3, 2, 2]
    with pytest.raises(ActionError, match="give the same to every 2 environments"):
        env.seek([1, 2, 2, 2])
    with pytest.raises(ActionError):
        env.seek([1])


@pytest.mark.parametrize("size", [0, 3, 8])
def test_a_size_that_does_not_divide(size):
    with pytest.raises(OptionError, match="4 environments cannot be divided into groups"):
        dice(size=size)


def test_the_rest_is_the_wrapped_environments():
    env = dice()
    env.reset_at([0, 1, 2, 3])
    (state,) = env.snapshot([2])
    env.restore([state], [0])
    assert env.hidden([0]) == env.hidden([2])
    env.fork(2, [3])
    for _, i in itertools.product(range(2), [0, 2, 3]):
        env.step_at([i], ["on"])
    np.testing.assert_array_equal(env.finished([0, 1, 2, 3]), [True, False, True, True])
