"""Guess My City: its page, what it makes of published dialogues, and who plays it."""

import json
import os
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

PAGE = Path(__file__).parent.parent / "docs" / "guess_my_city.md"


@pytest.fixture(scope="module")
def dialogues(request):
    """The published dialogues as (city, [(question, answer)]), if they are at hand."""
    default = request.config.rootpath.parent / "shared" / "data"
    path = Path(os.environ.get("ARCHER_TEST_DATA", default)) / "guess_my_city.json"
    if not path.is_file():
        pytest.skip("guess_my_city.json is not in the folder that ARCHER_TEST_DATA names")
    return [
        (dialogue["word"], [turn(line) for line in dialogue["conversation"]])
        for dialogue in json.loads(path.read_text("utf-8"))
    ]


def turn(line):
    question, _, answer = line.rpartition("? ")
    return f"{question}?", answer


def compared(dialogues):
    """Questions by whether they are understood, and whether a yes or no is the recorded one."""
    envs = make_vec("guess_my_city", 1, cities="all", max_turns=10**9)
    counts = Counter()
    for city, turns in dialogues:
        envs.reset_at([0], {"city": city})
        for question, recorded in turns:
            step = envs.step_at([0], [question])
            if step.terminated[0]:
                envs.reset_at([0], {"city": city})
            counts["asked"] += 1
            counts["understood"] += not step.infos["invalid"][0]
            said = step.observations[0].startswith("Yes") - step.observations[0].startswith("No")
            word = (recorded.split() or [""])[0].strip(",.!").lower()
            if said and word in ("yes", "no"):
                counts["both"] += 1
                counts["same"] += (said > 0) == (word == "yes")
    return counts


def test_the_episode_of_the_page():
    (shown,) = re.findall(r"```\n(Questions:\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    env = archer.make("guess_my_city")
    text, info = env.reset(options={"city": "bogota"})
    assert info == {"hidden": "Bogotá, Colombia"}
    steps = []
    for said in re.findall(r"^> (.*)$", shown, re.MULTILINE):
        steps.append(env.step(said))
        text += f"> {said}\n{steps[-1][0]}\n"
    assert text == shown
    assert [step[1] for step in steps] == [-1] * 8 + [0]
    assert [step[2] for step in steps] == [False] * 8 + [True]
    assert [step[4]["invalid"] for step in steps].index(True) == 6


def test_published_questions_are_understood_as_the_page_says(dialogues):
    page = PAGE.read_text("utf-8")
    order = sorted({city for city, _ in dialogues})
    for half, name in enumerate(["development, 50", r"\*\*held out, 49"]):
        counts = compared([d for d in dialogues if order.index(d[0]) % 2 == half])
        understood = 100 * counts["understood"] / counts["asked"]
        same = 100 * counts["same"] / counts["both"]
        row = re.search(rf"^\| {name} cities.*$", page, re.MULTILINE).group()
        numbers = [cell.strip(" *%") for cell in row.split("|")[2:6]]
        expected = [f"{counts['asked']:,}", f"{understood:.1f}", f"{counts['both']:,}"]
        assert numbers == [*expected, f"{same:.1f}"]


def test_every_published_city_is_known(dialogues):
    envs = make_vec("guess_my_city", 1, cities="all")
    hidden = set()
    for city in {city for city, _ in dialogues}:
        envs.reset_at([0], {"city": city})
        hidden.add(envs.hidden([0])[0])
    assert len(hidden) == 99


@given(said=st.text() | st.sampled_from(["Is it in \udc80?", "What is it called?", "?" * 10**5]))
def test_no_answer_has_the_names(said):
    env = archer.make("guess_my_city")
    _, info = env.reset(seed=len(said))
    heard, _, terminated, _, told = env.step(said)
    assert terminated == told["win"]
    if not terminated:
        assert not any(name in heard for name in info["hidden"].split(", "))


def test_scripts_are_as_good_as_the_page_says():
    (row,) = re.findall(r"^\| the defaults \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    for name, cell in zip(["best", "noisy", "random"], row.split(" | "), strict=True):
        returns, _ = play(scripted("guess_my_city", name), make_vec("guess_my_city", 2000), 1)
        half_width = 1.96 * returns.std(ddof=1) / np.sqrt(len(returns))
        assert f"{returns.mean():.2f} ± {half_width:.2f}".replace("-", "−") == cell


def test_the_best_always_wins_among_those_it_was_told_of():
    mine = {"cities": ["Lima", "Cali", "Bogota", "Caracas"]}
    returns, dialogues = play(
        scripted("guess_my_city", "best", **mine), make_vec("guess_my_city", 100, **mine), 1
    )
    assert returns.min() >= -3
    assert all(texts[-1] == "Yes, that is my city." for texts in dialogues)


@pytest.mark.parametrize(
    ("cities", "message"),
    [([], "at least one name"), (["Limo"], "near are Lima"), ({"Lima"}, "list of names"), (3, "3")],
)
def test_scripts_refuse_what_are_no_cities(cities, message):
    with pytest.raises(OptionError, match=message):
        scripted("guess_my_city", "best", cities=cities)
