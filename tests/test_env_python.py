"""Tasks of one's own: what they may do, and what is said when they do something else."""

import numpy as np
import pytest

import archer
from archer.env import TextEnv
from archer.errors import EnvError, EpisodeFinishedError, OptionError


class Echo(TextEnv):
    max_turns = 2

    def reset(self, rng):
        return "Say it."

    def step(self, utterance):
        return utterance, 0.0, False


class Guess(TextEnv):
    """Finds a number; knows of winning, and of utterances that are no numbers."""

    def __init__(self, high=10, max_turns=3):
        self.high, self.max_turns = high, max_turns

    def reset(self, rng):
        self.number = int(rng.integers(self.high))
        return f"0 to {self.high - 1}: "

    def step(self, utterance):
        self.invalid = not utterance.isdigit()
        self.win = utterance == str(self.number)
        return "yes" if self.win else "no", np.float64(self.win), self.win

    def hidden(self):
        return str(self.number)


class Faulty(TextEnv):
    """Returns whatever it was made with."""

    max_turns = 5

    def __init__(self, opening="hello", result=("hm", 0.0, False)):
        self.opening, self.result = opening, result

    def reset(self, rng):
        return self.opening

    def step(self, utterance):
        return self.result


class NoLimit(TextEnv):
    def reset(self, rng):
        return ""

    def step(self, utterance):
        return "", 0.0, False


class Raising(Echo):
    def step(self, utterance):
        if utterance == "raise":
            raise ZeroDivisionError("in the task")
        return super().step(utterance)


def test_a_task_of_ones_own():
    envs = archer.make_vec(f"{__name__}:Guess", 2, seed=3, high=4, max_turns=2)
    assert envs.id == f"{__name__}:Guess"
    assert envs.reset_at([0, 1]) == ["0 to 3: ", "0 to 3: "]
    secret = envs.hidden([0, 1])
    step = envs.step_at([1, 0], [secret[1], "what?"])
    assert step.observations == ["yes", "no"]
    assert step.rewards.tolist() == [1.0, 0.0]
    assert step.rewards.dtype == np.float32
    assert step.terminated.tolist() == [True, False]
    assert step.infos["win"].tolist() == [True, False]
    assert step.infos["invalid"].tolist() == [False, True]
    last = envs.step_at([0], [secret[0]])
    assert (bool(last.terminated[0]), bool(last.truncated[0])) == (True, False)


def test_win_and_invalid_are_told_only_by_tasks_that_know_them():
    envs = archer.vectorize(Echo, 1)
    envs.reset()
    assert envs.step(["a"])[4] == {}
    assert envs.hidden([0]) == [""]


class Sparing(Echo):
    """Sets a flag only in a turn that it tells of."""

    def step(self, utterance):
        if utterance in {"win", "invalid"}:
            setattr(self, utterance, True)
        return utterance, 0.0, utterance == "win"


def test_win_and_invalid_tell_of_the_turn_they_were_set_in():
    envs = archer.vectorize(Sparing, 1, autoreset_mode="Disabled")
    envs.reset()
    assert envs.step(["good"])[4] == {}
    envs.reset()
    assert envs.step(["invalid"])[4]["invalid"].tolist() == [True]
    assert envs.step(["good"])[4]["invalid"].tolist() == [False]
    envs.reset()
    assert envs.step(["win"])[4]["win"].tolist() == [True]
    envs.reset()
    infos = envs.step(["good"])[4]
    assert (infos["win"].tolist(), infos["invalid"].tolist()) == ([False], [False])


class Derived(Echo):
    """Knows of winning by a property, which cannot be set."""

    @property
    def win(self):
        return True


def test_win_may_be_a_property():
    envs = archer.vectorize(Derived, 1)
    envs.reset()
    assert envs.step(["a"])[4]["win"].tolist() == [True]


def test_a_task_tells_its_rules():
    envs = archer.make_vec(f"{__name__}:Guess", max_turns=7)
    assert envs.max_turns == 7
    assert (
        envs.description
        == "Finds a number; knows of winning, and of utterances that are no numbers."
    )
    assert archer.vectorize(Echo).description == ""


@pytest.mark.parametrize(
    "result",
    [
        "hm",
        None,
        ("hm", 0.0),
        ("hm", 0.0, False, {}),
        (1, 0.0, False),
        ("hm", "0", False),
        ("hm", 0.0, 1),
        ["hm", 0.0, False],
    ],
)
def test_wrong_return_types_name_the_class(result):
    envs = archer.vectorize(Faulty, 2, result=result)
    envs.reset()
    with pytest.raises(EnvError, match=r"Faulty.step returned .* must return"):
        envs.step(["a", "b"])
    with pytest.raises(EpisodeFinishedError):
        envs.step(["a", "b"])
    envs.reset()


def test_wrong_openings_name_the_class():
    with pytest.raises(EnvError, match=r"Faulty.reset returned None: it must return a str"):
        archer.vectorize(Faulty, opening=None).reset()


def test_unusable_tasks():
    with pytest.raises(EnvError, match=r"give a subclass of archer.TextEnv"):
        archer.vectorize(dict)
    with pytest.raises(EnvError, match=r"give a subclass of archer.TextEnv"):
        archer.vectorize(Echo())
    with pytest.raises(EnvError, match=r"NoLimit.max_turns is None"):
        archer.vectorize(NoLimit)
    with pytest.raises(OptionError, match=r"Echo cannot be made with {'size': 3}"):
        archer.make_vec(f"{__name__}:Echo", size=3)
    with pytest.raises(OptionError, match="has no reset options"):
        archer.vectorize(Echo).reset(options={"size": 3})


def test_exceptions_of_a_task_pass_through_and_its_environments_can_be_reset():
    envs = archer.vectorize(Raising, 2)
    envs.reset()
    with pytest.raises(ZeroDivisionError, match="in the task"):
        envs.step(["a", "raise"])
    with pytest.raises(EpisodeFinishedError, match="0 has not begun"):
        envs.step(["a", "b"])
    envs.reset()
    assert envs.step(["a", "b"])[0] == ("a", "b")
