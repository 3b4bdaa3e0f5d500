"""Exact values: worked out by hand, by brute force, and seen from recorded episodes."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import archer
from archer.env import TextEnv, epsilon_greedy, explore
from archer.env.mdp import END
from archer.env.tasks.corridor import COMMANDS
from archer.errors import EnvError, OptionError, UnknownEnvironmentError

KEY, ON, RED, BLUE, HOME = range(5)
DOORS = ({"door": "red"}, {"door": "blue"})
TWO_ROOMS = {"length": 2, "step_cost": 0.125}


class Echo(TextEnv):
    max_turns = 2

    def reset(self, rng):
        return "Say it."

    def step(self, utterance):
        return utterance, 0.0, False


@pytest.fixture(scope="module")
def red():
    """Two rooms, of which the red door wins."""
    return explore("corridor", COMMANDS, resets=DOORS[:1], **TWO_ROOMS)


@pytest.fixture(scope="module")
def corridor():
    return explore("corridor", COMMANDS, resets=DOORS)


def two_rooms(mdp):
    """The states: room 1 without and with the key, room 2 without and with it."""
    start = mdp.starts[0]
    key, without = mdp.successors[start, KEY], mdp.successors[start, ON]
    return [start, key, without, mdp.successors[key, ON]]


def test_the_table_of_two_rooms(red):
    assert len(red.rewards) == 4
    a, b, c, d = two_rooms(red)
    assert red.successors[[a, b, c, d]].tolist() == [
        [b, c, a, a, END],
        [b, d, b, b, END],
        [c, c, c, c, END],
        [d, d, END, END, END],
    ]
    assert red.rewards[d].tolist() == [-0.125, -0.125, 0.875, -0.125, 0.125]
    assert np.argwhere(red.wins).tolist() == [[d, RED]]
    assert red.wins.shape == red.rewards.shape == (4, 5)


def test_the_optimum_of_two_rooms_by_hand(red):
    q, v = red.optimal(0.5)
    # With the key in room 2 the door pays 7/8; half of that less 1/8 is 5/16 a room before, and
    # 1/32 without the key, so that going home (1/8) is best at the start.
    assert v[two_rooms(red)].tolist() == [0.125, 0.3125, 0.125, 0.875]
    assert q[two_rooms(red)].tolist() == [
        [0.03125, -0.0625, -0.0625, -0.0625, 0.125],
        [0.03125, 0.3125, 0.03125, 0.03125, 0.125],
        [-0.0625, -0.0625, -0.0625, -0.0625, 0.125],
        [0.3125, 0.3125, 0.875, -0.125, 0.125],
    ]
    assert red.optimal(1.0).v[two_rooms(red)].tolist() == [0.625, 0.75, 0.125, 0.875]
    assert red.optimal_return == 0.625


def test_saying_anything_in_two_rooms_by_hand(red):
    with_key = (-0.125 + (1 + 0.25) / 5) / (1 - 0.4 * 0.5)
    without = (-0.125 + 0.25 / 5) / (1 - 0.8 * 0.5)
    key = (-0.125 + 0.25 / 5 + with_key / 5 * 0.5) / (1 - 0.6 * 0.5)
    start = (-0.125 + 0.25 / 5 + (key + without) / 5 * 0.5) / (1 - 0.4 * 0.5)
    solution = red.evaluate("uniform", 0.5)
    expected = [start, key, without, with_key]
    np.testing.assert_allclose(solution.v[two_rooms(red)], expected, rtol=1e-11)
    np.testing.assert_allclose(solution.q.mean(1), solution.v, rtol=1e-11)


def brute_force(envs, commands, discount, value):
    """(values by first command) over all sequences of commands, played out one by one."""
    (state,) = envs.snapshot([0])
    values = []
    for command in commands:
        envs.restore([state], [0])
        step = envs.step_at([0], [command])
        total = float(step.rewards[0])
        if not (step.terminated[0] or step.truncated[0]):
            total += discount * value(brute_force(envs, commands, discount, value))
        values.append(total)
    return values


@pytest.mark.parametrize(
    ("env_id", "commands", "reset", "options"),
    [
        ("corridor", COMMANDS, {"door": "blue"}, {"length": 2, "max_turns": 4}),
        ("corridor", COMMANDS[::-1], {"door": "red"}, {"length": 3, "max_turns": 5}),
        (
            "twenty_questions_subset",
            ("Is it alive?", "Is it a dog?", "hm"),
            {"object": "dog"},
            {"max_turns": 4},
        ),
    ],
)
@pytest.mark.parametrize("discount", [1.0, 0.9, 0.0])
def test_values_are_those_of_all_ways_to_play(env_id, commands, reset, options, discount):
    mdp = explore(env_id, commands, resets=[reset], truncation_is_terminal=True, **options)
    envs = archer.make_vec(env_id, **options)
    for solution, value in [
        (mdp.optimal(discount), max),
        (mdp.evaluate("uniform", discount), np.mean),
    ]:
        envs.reset_at([0], reset)
        expected = brute_force(envs, commands, discount, value)
        np.testing.assert_allclose(solution.q[mdp.starts[0]], expected, atol=1e-9)
        assert mdp.mean_start(solution.v) == pytest.approx(value(expected))


def test_without_the_limit_the_limit_does_not_matter(corridor):
    short = explore("corridor", COMMANDS, resets=DOORS, max_turns=9)
    assert len(corridor.rewards) == 32, "eight rooms, with or without the key, two doors"
    for name in ("successors", "rewards", "starts", "wins"):
        assert getattr(short, name).tolist() == getattr(corridor, name).tolist()


def test_the_limit_costs_what_it_cuts_off(corridor):
    free = corridor.evaluate("uniform", 1.0).v
    values = []
    for max_turns in (9, 20, 300):
        mdp = explore(
            "corridor", COMMANDS, resets=DOORS, truncation_is_terminal=True, max_turns=max_turns
        )
        values.append(mdp.mean_start(mdp.evaluate("uniform", 1.0).v))
        assert mdp.optimal_return == pytest.approx(corridor.optimal_return)
    assert values[0] < values[1] < values[2] == pytest.approx(corridor.mean_start(free))


def test_variants_are_seeds_and_resets():
    doors = explore("corridor", COMMANDS, resets=DOORS, seeds=[3, 4])
    assert len(doors.starts) == 4
    assert len(doors.openings) == 4
    assert len(set(doors.starts.tolist())) == 2
    drawn = explore("corridor", COMMANDS, seeds=range(40))
    assert set(drawn.openings) == set(doors.openings)
    assert 0.2 < np.mean(drawn.starts == drawn.starts[0]) < 0.8


@given(
    weights=st.lists(st.floats(0.01, 1), min_size=160, max_size=160), discount=st.floats(0, 0.99)
)
def test_values_fit_their_policy(corridor, weights, discount):
    weights = np.array(weights).reshape(32, 5)
    policy = weights / weights.sum(1, keepdims=True)
    q, v = corridor.evaluate(policy, discount)
    np.testing.assert_allclose((policy * q).sum(1), v, atol=1e-9)
    ahead = np.append(v, 0.0)[corridor.successors]
    np.testing.assert_allclose(corridor.rewards + discount * ahead, q, atol=1e-9)
    assert (v <= corridor.optimal(discount).v + 1e-9).all()


def test_epsilon_greedy_is_the_optimum_or_anything(corridor):
    q, v = corridor.optimal(0.9)
    policy = epsilon_greedy(q, 0.0)
    assert policy.sum(1).tolist() == [1.0] * 32
    np.testing.assert_allclose(corridor.evaluate(policy, 0.9).v, v)
    assert (epsilon_greedy(q, 1.0) == 0.2).all()
    assert epsilon_greedy(q, 0.5)[0].tolist() == [0.6, 0.1, 0.1, 0.1, 0.1]


def test_a_walk_sees_the_turns_of_an_episode(red):
    a, b, _, d = two_rooms(red)
    for variant in (0, red.openings[0]):
        walk = red.walk(["hm", "take key", "TAKE KEY", "go on", "go red"], variant)
        assert walk.states.tolist() == [a, a, b, b, d, END]
        assert walk.commands.tolist() == [-1, KEY, -1, ON, RED]
        assert walk.rewards.tolist() == [-0.125] * 4 + [0.875]
        q, v = red.optimal(0.5)
        assert walk.v(v).tolist() == [0.125, 0.125, 0.3125, 0.3125, 0.875, 0.0]
        expected = [-0.0625, 0.03125, 0.03125, 0.3125, 0.875]
        assert walk.q(v, 0.5).tolist() == expected
        known = walk.commands >= 0
        assert walk.q(v, 0.5)[known].tolist() == (
            q[walk.states[:-1], walk.commands][known].tolist()
        )
    assert red.walk([], 0).states.tolist() == [a]


def test_a_walk_goes_on_where_an_episode_is_cut_off(corridor):
    said = ["go on"] * 3 + ["hm"] * 27
    walk = corridor.walk(said, 1)
    assert walk.states[-1] == walk.states[3] != END
    limited = explore("corridor", COMMANDS, resets=DOORS, truncation_is_terminal=True)
    assert limited.walk(said, 1).states[-1] == END
    assert limited.walk(said[:-1], 1).states[-1] != END


def test_on_the_best_way_values_are_what_is_still_to_come(corridor):
    said = ["take key", *["go on"] * 7, "go blue"]
    walk = corridor.walk(said, 1)
    _, v = corridor.optimal(0.95)
    to_come = list(
        itertools.accumulate(walk.rewards[::-1], lambda later, reward: reward + 0.95 * later)
    )[::-1]
    np.testing.assert_allclose(walk.v(v), [*to_come, 0.0], atol=1e-12)


def test_states_with_turns_and_without(corridor):
    limited = explore("corridor", COMMANDS, resets=DOORS, truncation_is_terminal=True)
    states = corridor.states_of(limited)
    assert set(states.tolist()) == set(range(32))
    assert states[limited.starts].tolist() == corridor.starts.tolist()
    goes_on = limited.successors != END
    after = corridor.successors[states][goes_on]
    assert after.tolist() == states[limited.successors[goes_on]].tolist()
    for one, other in [(limited, corridor), (explore("corridor", ["hm"]), limited)]:
        with pytest.raises(EnvError, match="tables do not match"):
            one.states_of(other)


@pytest.mark.parametrize("discount", [-0.1, 1.1, float("nan")])
def test_bad_discounts(red, discount):
    with pytest.raises(OptionError, match="discount is"):
        red.optimal(discount)


@pytest.mark.parametrize(
    "policy", ["random", np.ones((4, 5)), np.ones(5) / 5, np.full((4, 5), np.nan), None, [[1.0]]]
)
def test_bad_policies(red, policy):
    with pytest.raises(OptionError, match=r"probabilities are .*: give floats of shape \(4, 5\)"):
        red.evaluate(policy, 0.9)


def test_bad_walks(red, corridor):
    for variant in (1, -1, "Say it.", None, 0.0):
        with pytest.raises(OptionError, match="variant is"):
            red.walk(["go on"], variant)
    with pytest.raises(EnvError, match="over after 1 turns, and 2 utterances"):
        red.walk(["go home", "go on"], 0)
    with pytest.raises(OptionError, match="utterances are 'go on': give a list"):
        red.walk("go on", 0)
    keyless = explore("corridor", ["go on"], resets=DOORS)
    with pytest.raises(EnvError, match="utterance 1, 'take key', leads to a state"):
        keyless.walk(["hm", "take key"], 0)


def test_bad_explorations():
    for commands in ([], "go on", None):
        with pytest.raises(OptionError, match=r"commands are .*: give a list of at least one"):
            explore("corridor", commands)
    for seeds in ([], 3):
        with pytest.raises(OptionError, match=r"seeds are .*: give a list of at least one"):
            explore("corridor", COMMANDS, seeds=seeds)
    with pytest.raises(OptionError, match=r"resets are \{'door': 'red'\}: give a list"):
        explore("corridor", COMMANDS, resets={"door": "red"})
    with pytest.raises(UnknownEnvironmentError, match="did you mean 'corridor'"):
        explore("coridor", COMMANDS)
    with pytest.raises(OptionError, match="no option 'lenght'"):
        explore("corridor", COMMANDS, lenght=3)
    with pytest.raises(OptionError, match='door is "green"'):
        explore("corridor", COMMANDS, resets=[{"door": "green"}])
    with pytest.raises(EnvError, match="more than 10 states"):
        explore("corridor", COMMANDS, max_states=10)
    with pytest.raises(EnvError, match=r"Echo is a task of your own.*takes built-in"):
        explore(f"{__name__}:Echo", ["hm"])


def test_values_of_episodes_that_never_end_do_not_settle():
    endless = explore("corridor", ["take key"])
    assert endless.optimal(0.5).v.tolist() == pytest.approx([-0.02] * 2)
    with pytest.raises(EnvError, match="do not settle at discount"):
        endless.optimal(1.0)


@pytest.mark.parametrize("rate", [-0.1, 2, float("nan"), "a"])
def test_bad_rates(red, rate):
    with pytest.raises(OptionError, match=r"rate is .*: give a number from 0 to 1"):
        epsilon_greedy(red.optimal(0.9).q, rate)
