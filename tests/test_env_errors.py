"""Bad input at every entry of the environments: the error says what to do, and nothing changes."""

import numpy as np
import pytest

import archer
from archer.env import TextEnv, scripted
from archer.errors import (
    ActionError,
    EpisodeFinishedError,
    OptionError,
    SnapshotError,
    UnknownEnvironmentError,
)

SUBSET = "twenty_questions_subset"


class Echo(TextEnv):
    max_turns = 2

    def reset(self, rng):
        return "Say it."

    def step(self, utterance):
        return utterance, 0.0, False


@pytest.fixture(params=[SUBSET, f"{__name__}:Echo"])
def envs(request):
    made = (
        archer.make_vec(request.param, 3, seed=1, max_turns=2)
        if request.param == SUBSET
        else (archer.make_vec(request.param, 3, seed=1))
    )
    made.reset_at([0, 1])
    return made


def state(envs):
    """All that can be seen of environments without changing them."""
    begun = np.flatnonzero(envs.episodes > 0)
    return envs.episodes.tolist(), envs.hidden(begun), envs.finished(range(3)).tolist()


@pytest.mark.parametrize(
    ("env_id", "message"),
    [
        ("twenty_question", "did you mean 'twenty_questions'"),
        ("backgammon", f"there are {', '.join(archer.env.ids())}; a task of your own"),
        ("", "there is no environment ''"),
        ("no_such_module:Task", "No module named 'no_such_module'"),
        ("archer.env:NoSuchTask", "no subclass of archer.TextEnv called 'NoSuchTask'"),
        ("archer.env:make", "no subclass of archer.TextEnv called 'make'"),
        (":Task", "cannot be imported"),
        (".relative:Task", "cannot be imported"),
        ("archer.env:", "called ''"),
    ],
)
@pytest.mark.parametrize("make", [archer.make, archer.make_vec])
def test_unknown_environments(make, env_id, message):
    with pytest.raises(UnknownEnvironmentError, match=message):
        make(env_id)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_turn": 3}, "no option 'max_turn' .did you mean 'max_turns'"),
        ({"max_turns": 0}, "max_turns is 0: give a whole number from 1"),
        ({"max_turns": -1}, "max_turns is -1"),
        ({"max_turns": 2.5}, "max_turns is 2.5"),
        ({"max_turns": "many"}, 'max_turns is "many"'),
        ({"max_turns": 2**40}, "max_turns is 1099511627776"),
        ({"max_turns": float("nan")}, "mapping of JSON values"),
        ({"max_turns": object()}, "mapping of JSON values"),
        ({"num_envs": 0}, "num_envs is 0: give a whole number from 1"),
        ({"num_envs": -3}, "num_envs is -3"),
        ({"num_envs": 2.0}, "num_envs is 2.0"),
        ({"num_envs": 2**24 + 1}, "num_envs is 16777217"),
        ({"seed": -1}, "seed is -1: give a whole number from 0"),
        ({"seed": 2**64}, "seed is 18446744073709551616"),
        ({"seed": "abc"}, "seed is 'abc'"),
        ({"seed": None}, "seed is None"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        archer.make_vec(SUBSET, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"object": "unicorn"}, 'no object "unicorn"'),
        ({"object": 3}, "object is 3: give a name"),
        ({"object": "x" * 100_000}, "no object"),
        ({"objects": "dog"}, 'did you mean "object"'),
        ({"": "dog"}, 'there is no option ""'),
    ],
)
@pytest.mark.parametrize("env_id", [SUBSET, "twenty_questions"])
def test_bad_reset_options(env_id, options, message):
    envs = archer.make_vec(env_id, 3, seed=1)
    envs.reset_at([0, 1])
    before = state(envs)
    for reset in (lambda: envs.reset_at([1, 2], options), lambda: envs.reset(options=options)):
        with pytest.raises(OptionError, match=message):
            reset()
        assert state(envs) == before


def test_an_unknown_object_gives_the_nearest_or_all_of_few():
    with pytest.raises(OptionError, match="elephant"):
        archer.make("twenty_questions").reset(options={"object": "elefant"})
    with pytest.raises(OptionError, match="football, dog, banana"):
        archer.make(SUBSET).reset(options={"object": "elephant"})


@pytest.mark.parametrize("indices", [[3], [-1], [0, 0], [[0, 1]], 0, ["a"], [0.5], [True], None])
def test_bad_indices(envs, indices):
    before = state(envs)
    calls = [
        lambda: envs.reset_at(indices),
        lambda: envs.step_at(indices, ["hm", "hm"][: np.size(indices)]),
        lambda: envs.snapshot(indices),
        lambda: envs.restore(envs.snapshot([0]), indices),
        lambda: envs.fork(0, indices),
        lambda: envs.hidden(indices),
        lambda: envs.finished(indices),
    ]
    for call in calls:
        with pytest.raises(ActionError):
            call()
    assert state(envs) == before


@pytest.mark.parametrize("source", [3, -1, 2**70, "a", None])
def test_bad_fork_sources(envs, source):
    with pytest.raises(ActionError):
        envs.fork(source, [1])


@pytest.mark.parametrize(
    "utterances", ["hi", [], ["a"], ["a", "b", "c"], ["a", None], ["a", b"b"], [1, 2], None, 5]
)
def test_bad_utterances(envs, utterances):
    before = state(envs)
    with pytest.raises(ActionError):
        envs.step_at([0, 1], utterances)
    envs.reset()
    with pytest.raises(ActionError):
        envs.step(utterances if utterances != ["a", "b", "c"] else ["a"])
    assert before[2] == state(envs)[2]
    assert envs.step(["a", "b", "c"])[0]


def test_bad_utterances_while_some_await_their_reset(envs):
    envs.reset()
    envs.step_at([0], ["a"])
    envs.step_at([0], ["a"])
    episodes = envs.episodes.tolist()
    for utterances in ("abc", ["a"], ["a", None, "b"], None):
        with pytest.raises(ActionError):
            envs.step(utterances)
    assert envs.episodes.tolist() == episodes
    assert envs.step(["a", "b", "c"])[0]


def test_single_environments_take_one_string():
    env = archer.make(SUBSET)
    env.reset()
    for action in (None, 3, ["Is it a dog?"]):
        with pytest.raises(ActionError, match="must be a str"):
            env.step(action)
    assert env.step("hm")[0] == "Invalid Question."


def test_steps_outside_an_episode(envs):
    with pytest.raises(EpisodeFinishedError, match="2 has"):
        envs.step_at([0, 1, 2], ["a"] * 3)
    with pytest.raises(EpisodeFinishedError, match="2"):
        envs.step(["a"] * 3)
    with pytest.raises(EpisodeFinishedError, match="2 has begun"):
        envs.hidden([0, 2])
    envs.step_at([1], ["a"])
    assert envs.step_at([1], ["a"]).truncated.all()
    with pytest.raises(EpisodeFinishedError, match="1 is over"):
        envs.step_at([0, 1], ["a"] * 2)
    assert not envs.step_at([0], ["a"]).truncated.any(), "the refused steps took no turn"
    envs.reset_at([1])
    assert not envs.step_at([1], ["a"]).truncated.any()


def test_bad_snapshots(envs):
    good = envs.snapshot([0])
    before = state(envs)
    for bad in (b"", b"\x01", b"\x02" + bytes(40), "text", None, 3):
        with pytest.raises(SnapshotError):
            envs.restore([*good, bad], [0, 1])
    with pytest.raises(ActionError, match="2 snapshots"):
        envs.restore(good * 2, [0])
    assert state(envs) == before


def test_snapshots_of_other_tasks_and_options():
    subset = archer.make_vec(SUBSET, 1)
    full = archer.make_vec("twenty_questions", 1)
    full.reset(options={"object": "elephant"})
    with pytest.raises(SnapshotError, match='of the task "twenty_questions"'):
        subset.restore(full.snapshot([0]), [0])
    for _ in range(3):
        full.step(["a"])
    short = archer.make_vec("twenty_questions", 1, max_turns=2)
    with pytest.raises(SnapshotError, match="at turn 3, and max_turns is 2"):
        short.restore(full.snapshot([0]), [0])


@pytest.mark.parametrize("counts", [[1, 2], [0, 0, -1], [0.5, 1, 2], None])
def test_bad_episode_counters(envs, counts):
    before = state(envs)
    with pytest.raises(ActionError):
        envs.seek(counts)
    assert state(envs) == before


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, None])
def test_bad_seeds(envs, seed):
    before = state(envs)
    with pytest.raises(OptionError, match="seed is"):
        envs.seed(seed)
    if seed is not None:
        with pytest.raises(OptionError, match="seed is"):
            envs.reset(seed=seed)
        with pytest.raises(OptionError, match="seed is"):
            archer.make(SUBSET).reset(seed=seed)
    assert state(envs) == before


def test_scripted_policies_that_there_are_not():
    with pytest.raises(
        OptionError, match=r"'optimum' .did you mean 'optimal'..; there are optimal, noisy"
    ):
        scripted(SUBSET, "optimum")
    with pytest.raises(UnknownEnvironmentError):
        scripted("backgammon", "optimal")
    with pytest.raises(OptionError, match=r"no option 'rates' .did you mean 'rate'"):
        scripted(SUBSET, "noisy", rates=0.5)
    with pytest.raises(OptionError, match="no option 'rate'"):
        scripted(SUBSET, "optimal", rate=0.5)
    for rate in (-0.1, 1.5, "half", True, float("nan")):
        with pytest.raises(OptionError, match=r"rate is .*: give a number from 0 to 1"):
            scripted(SUBSET, "noisy", rate=rate)
    with pytest.raises(OptionError, match="seed is -1"):
        scripted(SUBSET, "noisy", seed=-1)
    policy = scripted(SUBSET, "noisy")
    policy.begin([0])
    with pytest.raises(ActionError, match="environment 1 has begun: call begin"):
        policy.act([0, 1], ["Questions:\n"] * 2)
