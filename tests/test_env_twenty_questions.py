"""The paper's task: its text to the letter, its rewards and its ends."""

import numpy as np
import pytest

import archer

FULL, SUBSET = "twenty_questions", "twenty_questions_subset"
OBJECTS = ["football", "dog", "banana", "truck", "pants"]
OBJECTS += ["computer", "piano", "chair", "pen", "scissors"]

EPISODE = """\
Questions:
Is it alive? Yes.
Is it a cat? No.
What colour is it? Invalid Question.
 Invalid Question.
IS IT A DOG!? Yes.
"""


def test_golden_episode():
    envs = archer.make_vec(SUBSET, 1)
    text = envs.reset_at([0], {"object": "Dog"})[0]
    utterances = ["Is it alive?", "Is it a cat?", "What colour is it?", "", "IS IT A DOG!?"]
    steps = []
    for utterance in utterances:
        steps.append(envs.step_at([0], [utterance]))
        text += f"{utterance} {steps[-1].observations[0]}\n"
    assert text == EPISODE
    assert [float(step.rewards[0]) for step in steps] == [-1, -1, -1, -1, 0]
    assert [bool(step.terminated[0]) for step in steps] == [False] * 4 + [True]
    assert [bool(step.infos["win"][0]) for step in steps] == [False] * 4 + [True]
    assert [bool(step.infos["invalid"][0]) for step in steps] == [False, False, True, True, False]
    assert not any(step.truncated[0] for step in steps)
    assert steps[0].rewards.dtype == np.float32


@pytest.mark.parametrize(("options", "turns"), [({}, 20), ({"max_turns": 1}, 1)])
def test_a_turn_limit_is_a_truncation(options, turns):
    env = archer.make(SUBSET, **options)
    env.reset(options={"object": "dog"})
    ends = [env.step("Is it a cat?")[1:4] for _ in range(turns)]
    assert ends == [(-1.0, False, False)] * (turns - 1) + [(-1.0, False, True)]


def test_naming_in_the_last_turn_terminates():
    env = archer.make(SUBSET, max_turns=2)
    env.reset(options={"object": "dog"})
    env.step("Is it a cat?")
    assert env.step("Is it a dog?") == (
        "Yes.",
        0.0,
        True,
        False,
        {"win": True, "invalid": False},
    )


def test_the_subset_hides_its_ten_objects_evenly():
    envs = archer.make_vec(SUBSET, 4000, seed=11)
    envs.reset()
    names, counts = np.unique(envs.hidden(range(4000)), return_counts=True)
    assert sorted(names) == sorted(OBJECTS)
    # 99.99% quantile of chi-square with 9 degrees of freedom.
    assert ((counts - 400) ** 2 / 400).sum() < 33.7


@pytest.mark.parametrize("name", [*OBJECTS, " PANTS ", "Scissors"])
def test_objects_can_be_chosen_by_name(name):
    env = archer.make(SUBSET)
    _, info = env.reset(options={"object": name})
    assert info["hidden"] == name.strip().lower()


def test_the_full_task_hides_any_object():
    envs = archer.make_vec(FULL, 3000, seed=11)
    envs.reset()
    names = set(envs.hidden(range(3000)))
    assert len(names) == 158
    assert set(OBJECTS) < names
    env = archer.make(FULL)
    assert env.reset(options={"object": "plane"})[1]["hidden"] == "airplane"


@pytest.mark.parametrize(
    "utterance",
    [
        "\udc80",
        "Is it a dog\ud83d?",
        "\x00" * 9,
        "🐕" * 25_000,
        "dog " * 25_000,
        "?" * 100_000,
        "\n\n",
        "İstanbul ẞ ﬃ",
        "\u202eIs it a dog?",
    ],
)
def test_any_text_is_an_utterance(utterance):
    envs = archer.make_vec(FULL, 2)
    envs.reset(options={"object": "dog"})
    step = envs.step_at([0, 1], [utterance, "Is it a dog?"])
    assert step.observations[0] in {"Yes.", "No.", "Invalid Question."}
    assert step.terminated[1]


def test_numpy_strings_are_strings():
    envs = archer.make_vec(SUBSET, 2)
    envs.reset(options={"object": "dog"})
    assert envs.step(np.array(["Is it a dog?", "Is it a cat?"]))[2].tolist() == [True, False]


def test_many_environments_in_parallel_answer_as_one():
    count = 3000
    envs = archer.make_vec(FULL, count, seed=5)
    envs.reset()
    hidden = envs.hidden(range(count))
    utterances = [f"Is it a {name}?" for name in reversed(hidden)]
    step = envs.step_at(range(count), utterances)
    expected = [a == b for a, b in zip(hidden, reversed(hidden), strict=True)]
    assert step.infos["win"].tolist() == expected
    single = archer.make_vec(FULL, count, seed=5)
    for i in range(0, count, 271):
        single.reset_at([i])
        assert single.step_at([i], [utterances[i]]).observations[0] == step.observations[i]
