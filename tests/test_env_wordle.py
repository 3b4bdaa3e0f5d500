"""Wordle: its page, its rules against a player's pencil, and who plays it."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import archer
from archer.env import make_vec, scripted
from archer.errors import OptionError
from env_cases import play

PAGE = Path(__file__).parent.parent / "docs" / "wordle.md"
WORDS = st.text(st.sampled_from("abc"), min_size=5, max_size=5)


def pencil(guess, answer):
    """The original game's feedback: letters in place are crossed out, then others from the left."""
    crossed = Counter(said for said, hidden in zip(guess, answer, strict=True) if said == hidden)
    marks = []
    for said, hidden in zip(guess, answer, strict=True):
        if said == hidden:
            marks.append("g")
            continue
        crossed[said] += 1
        marks.append("y" if crossed[said] <= answer.count(said) else "b")
    return " ".join(marks)


def membership(guess, answer):
    """LMRL-Gym's feedback."""
    return " ".join(
        "g" if said == hidden else "y" if said in answer else "b"
        for said, hidden in zip(guess, answer, strict=True)
    )


def test_the_game_of_the_page():
    (shown,) = re.findall(r"```\n(Guess .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    env = archer.make("wordle")
    text, info = env.reset(options={"word": "abbey"})
    assert info == {"hidden": "abbey"}
    steps = []
    for said in re.findall(r"^> (.*)$", shown, re.MULTILINE):
        steps.append(env.step(said))
        text += f"> {said}\n{steps[-1][0]}\n"
    assert text == shown
    assert [step[1] for step in steps] == [-1] * 5 + [0]
    assert [step[2:4] for step in steps] == [(False, False)] * 5 + [(True, False)]
    assert [step[4]["invalid"] for step in steps] == [False, False, True, True, False, False]


@pytest.mark.parametrize(("rule", "oracle"), [("wordle", pencil), ("lmrl", membership)])
@given(guess=WORDS, answer=WORDS)
def test_feedback_is_that_of_the_rule(rule, oracle, guess, answer):
    env = archer.make("wordle", words=[guess, answer], feedback=rule)
    env.reset(options={"word": answer})
    assert env.step(guess)[0] == oracle(guess, answer)


@pytest.mark.parametrize(("rule", "mean"), [("wordle", 3.40), ("lmrl", 3.41)])
def test_the_best_guesses_find_every_word_as_the_page_says(rule, mean):
    policy = scripted("wordle", "best", feedback=rule)
    envs = make_vec("wordle", len(policy.answers), feedback=rule)
    running = np.arange(envs.num_envs)
    policy.begin(running)
    heard = [envs.reset_at([i], {"word": word})[0] for i, word in enumerate(policy.answers)]
    tries = np.zeros(envs.num_envs)
    while len(running):
        tries[running] += 1
        step = envs.step_at(running, policy.act(running, heard))
        assert not step.truncated.any()
        on = ~step.terminated
        running = running[on]
        heard = [text for text, runs in zip(step.observations, on, strict=True) if runs]
    assert round(tries.mean(), 2) == mean
    assert tries.max() == 5


def test_scripts_are_as_good_as_the_page_says():
    means = []
    for name, expected in [("best", -2.39), ("noisy", -3.89), ("random", -5.99)]:
        returns, _ = play(scripted("wordle", name), make_vec("wordle", 2000), 1)
        means.append(round(returns.mean(), 2))
        assert means[-1] == expected, name


def test_scripts_play_by_the_lists_they_are_given():
    mine = {"words": ["crane", "llama", "geese"], "guesses": []}
    returns, dialogues = play(scripted("wordle", "best", **mine), make_vec("wordle", 50, **mine), 1)
    said = {text.replace(" ", "") for dialogue in dialogues for text in dialogue[1::2]}
    assert said <= set(mine["words"])
    assert returns.min() >= -2


def test_scripts_go_on_where_the_lists_are_others():
    """They were told of other words than the task has."""
    envs = make_vec("wordle", 50, words=["zzzzz"], guesses=["slate"])
    returns, dialogues = play(scripted("wordle", "best"), envs, 1)
    assert (returns == -6).all()
    assert {"Not in the word list.", "b b b b b"} <= {text for d in dialogues for text in d[2::2]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"words": ["toolong"]}, r'words\[0\] is "toolong"'),
        ({"words": []}, "give at least one word"),
        ({"feedback": "real"}, "give wordle or lmrl"),
        ({"words": {1, 2}}, "give lists of words"),
    ],
)
def test_scripts_refuse_bad_lists(options, message):
    with pytest.raises(OptionError, match=message):
        scripted("wordle", "best", **options)


@pytest.mark.parametrize(
    "heard", [("crane", "bbbbb"), ("cranes", "b b b b b"), ("", ""), ("a" * 10**5, "\0")]
)
def test_a_solver_refuses_what_is_no_turn(heard):
    solver = scripted("wordle", "best").solver
    with pytest.raises(OptionError, match="give a word of 5 letters and its feedback") as refused:
        solver.best([heard])
    assert len(str(refused.value)) < 300
