"""Text navigation: its text to the letter, its solver against a search, its scripts."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archer
from archer.env import scripted
from archer.env.mdp import without_turns
from archer.env.tasks.text_nav import shortest
from archer.env.tasks.text_nav_map import Map
from archer.errors import OptionError
from env_cases import play

FOREVER = 2**32 - 1
PAGE = (Path(__file__).parent.parent / "docs" / "text_nav.md").read_text(encoding="utf-8")
EPISODE = (Path(__file__).parent / "data" / "text_nav.txt").read_text(encoding="utf-8")
HOUSE, FOUR = 12, {"rooms": 4, "objects": 3}


def replayed(text, house, **options):
    """What is heard by whoever says what a text says, and the steps."""
    said = [line.removeprefix("> ") for line in text.splitlines() if line.startswith("> ")]
    env = archer.make("text_nav", **options)
    heard, info = env.reset(options={"house": house})
    assert info == {"hidden": str(house)}
    steps = [env.step(utterance) for utterance in said]
    turns = [f"> {utterance}\n{step[0]}" for utterance, step in zip(said, steps, strict=True)]
    return heard + "\n".join(turns) + "\n", steps


def test_golden_episode():
    text, steps = replayed(EPISODE, HOUSE, **FOUR)
    assert text == EPISODE
    refused = [2, 4, 6, 8, 10, 16, *range(18, 27), 30, 31, 38, 41, 42]
    assert [turn for turn, step in enumerate(steps) if step[4]["invalid"]] == refused
    assert [turn for turn, step in enumerate(steps) if step[2]] == [len(steps) - 1]
    assert [step[1] for step in steps] == [0.0] * (len(steps) - 1) + [1.0]


def test_the_transcript_of_the_docs_is_one():
    transcript = PAGE.split("```\n")[1]
    assert replayed(transcript, HOUSE, **FOUR)[0] == transcript


def test_short_texts_and_lists_of_commands():
    env = archer.make("text_nav", description="partial", show_commands=True, **FOUR)
    heard, _ = env.reset(options={"house": HOUSE})
    assert heard == (
        "Your quest: put the bell on the toy shelf in the playroom.\nYou are in the garden.\n"
        "Commands: look, inventory, go north, open bird house.\n"
    )
    env.step("open bird house")
    assert env.step("take comb")[0] == (
        "You take the comb.\nCommands: look, inventory, go north, close bird house, drop comb, "
        "put comb in bird house, put comb on garden table, take skeleton key."
    )
    assert env.step("n")[0].startswith("You are in the playroom.\nCommands: look, ")
    assert env.step("look")[0].startswith("You are in the playroom. There is a toy shelf. Exits: ")


# --- the solver ---------------------------------------------------------------------------------


def listed(text):
    """The commands at the end of a text."""
    return text.rpartition("\nCommands: ")[2].removesuffix(".").split(", ")


def distance(house, **options):
    """Turns to the end by breadth-first search over all that can be done, through snapshots."""
    envs = archer.make_vec("text_nav", 256, show_commands=True, max_turns=FOREVER, **options)
    (opening,) = envs.reset_at([0], {"house": house})
    layer, seen = [(envs.snapshot([0])[0], listed(opening))], set()
    for turns in count(1):
        moves = [(state, command) for state, commands in layer for command in commands]
        assert moves, "the quest cannot be completed"
        layer = []
        for start in range(0, len(moves), envs.num_envs):
            batch = moves[start : start + envs.num_envs]
            indices = range(len(batch))
            envs.restore([state for state, _ in batch], indices)
            step = envs.step_at(indices, [command for _, command in batch])
            assert not step.infos["invalid"].any()
            if step.infos["win"].any():
                return turns
            for state, text in zip(envs.snapshot(indices), step.observations, strict=True):
                key = without_turns(state)
                if key not in seen:
                    seen.add(key)
                    layer.append((state, listed(text)))
    raise AssertionError


@pytest.mark.parametrize(
    ("houses", "options"),
    [
        (range(20), {"rooms": 2, "objects": 1, "locks": 1}),
        (range(10), {"rooms": 3, "objects": 1, "locks": 1}),
        (range(4), {"rooms": 3, "objects": 1, "locks": 2}),
        (range(20, 30), {"rooms": 4, "objects": 1, "locks": 1, "quest": "go"}),
        (range(30, 40), {"rooms": 8, "objects": 1, "locks": 0, "description": "partial"}),
    ],
    ids=str,
)
def test_the_solver_agrees_with_a_search_over_the_true_game(houses, options):
    for house in houses:
        assert len(shortest(house, **options)) == distance(house, **options), house


@pytest.mark.parametrize(
    "options",
    [{}, {"quest": "go"}, {"rooms": 2}, {"rooms": 30, "locks": 4}, {"rooms": 64, "objects": 32}],
    ids=str,
)
def test_shortest_solutions_win(options):
    for house in range(20):
        solution = shortest(house, **options)
        env = archer.make("text_nav", max_turns=1000, **options)
        env.reset(options={"house": house})
        steps = [env.step(command) for command in solution]
        assert not any(step[4]["invalid"] for step in steps), house
        assert [step[4]["win"] for step in steps] == [False] * (len(steps) - 1) + [True]
        assert [step[1] for step in steps] == [0.0] * (len(steps) - 1) + [1.0]


@pytest.mark.parametrize(
    ("house", "options", "expected"),
    [
        (-1, {}, "house is -1"),
        (2**64, {}, "house is 18446744073709551616"),
        ("1", {}, "house is '1'"),
        (1, {"rooms": 1}, "rooms is 1"),
        (1, {"rooms": object}, "rooms is"),
        (1, {"room": 3}, 'did you mean "rooms"'),
    ],
)
def test_the_solver_refuses(house, options, expected):
    with pytest.raises(OptionError, match=expected):
        shortest(house, **options)


# --- scripts ------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    house=st.integers(0, 2**64 - 1),
    choices=st.lists(st.integers(0, 2**16), min_size=30, max_size=30),
    rooms=st.integers(2, 16),
    locks=st.integers(0, 4),
    quest=st.sampled_from(["fetch", "go"]),
    description=st.sampled_from(["full", "partial"]),
)
def test_a_map_of_what_was_read_knows_what_can_be_done(house, choices, rooms, locks, **options):
    locks = min(locks, rooms - 1)
    env = archer.make("text_nav", show_commands=True, rooms=rooms, locks=locks, **options)
    text, _ = env.reset(options={"house": house})
    known, said, over = Map(), "", False
    for choice in choices:
        known.hear(said, text)
        assert set(known.admissible()) <= set(known.listed)
        if options["description"] == "full":
            assert sorted(known.admissible()) == sorted(known.listed)
        said = known.listed[choice % len(known.listed)]
        text, _, over, _, _ = env.step(said)
        if over:
            break


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quest": "go", "locks": 3},
        {"description": "partial"},
        {"description": "partial", "show_commands": True, "locks": 4},
        {"rooms": 2, "objects": 1},
        {"rooms": 20, "objects": 20, "locks": 5, "max_turns": 300},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["best", "noisy", "random"])
def test_scripts_say_only_what_is_possible_and_the_best_wins(name, options):
    max_turns = 10 * options.get("max_turns", 50)
    envs = archer.make_vec("text_nav", 60, seed=1, **options | {"max_turns": max_turns})
    everyone = np.arange(60)
    heard = envs.reset_at(everyone)
    shape = {key: options[key] for key in options if key != "max_turns"}
    least = [len(shortest(int(number), **shape)) for number in envs.hidden(everyone)]
    policy = scripted("text_nav", name, seed=3)
    policy.begin(everyone)
    turns, won, running = np.zeros(60, int), np.zeros(60, bool), everyone
    for _ in range(200):
        step = envs.step_at(running, policy.act(running, heard))
        assert not step.infos["invalid"].any()
        turns[running] += 1
        won[running] = step.infos["win"]
        heard = [
            text for text, over in zip(step.observations, step.terminated, strict=True) if not over
        ]
        running = running[~step.terminated]
    assert (turns >= least).all()
    if name == "best":
        assert won.all()
        assert turns.mean() < 4 * np.mean(least)


def test_noise_costs_and_randomness_costs_more():
    means = [
        play(scripted("text_nav", name, **options), archer.make_vec("text_nav", 200, seed=2), 1)[0]
        for name, options in [
            ("best", {}),
            ("noisy", {"rate": 0.2}),
            ("noisy", {}),
            ("random", {}),
        ]
    ]
    means = [returns.mean() for returns in means]
    assert means == sorted(means, reverse=True)
    assert means[0] > means[2] > means[3]


@pytest.mark.parametrize("name", ["noisy", "random"])
def test_scripts_are_reproducible_and_independent(name):
    def texts(seed, num_envs):
        envs = archer.make_vec("text_nav", num_envs, seed=2)
        return play(scripted("text_nav", name, seed=seed), envs, 2)[1]

    assert texts(0, 3) == texts(0, 3)
    assert texts(0, 3) != texts(1, 3)
    alone, many = texts(0, 1), texts(0, 3)
    assert alone == [many[0], many[3]], "each environment has its own stream"
