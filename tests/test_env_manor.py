"""The manor: its transcript, its scripted policies, and what they believe to be possible."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archer
from archer.env import scripted
from archer.env.tasks.manor_notes import Notes
from env_cases import play

PAGE = (Path(__file__).parent.parent / "docs" / "manor.md").read_text(encoding="utf-8")
CASES = 144


def every_case(num_envs=CASES, **options):
    """An environment for each case, and the openings."""
    envs = archer.make_vec("manor", num_envs, **options)
    return envs, [envs.reset_at([i], {"case": i})[0] for i in range(num_envs)]


TRANSCRIPTS = re.findall(r"`case` (\d+)[^`]*\n\n```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_docs_have_a_beginning_and_a_walkthrough():
    assert len(TRANSCRIPTS) == 2
    assert TRANSCRIPTS[1][1].endswith("[The end. Your score is 100 of 100.]\n")


@pytest.mark.parametrize(("case", "transcript"), TRANSCRIPTS)
def test_the_transcripts_of_the_docs_are_played(case, transcript):
    env = archer.make("manor")
    heard, info = env.reset(options={"case": int(case)})
    assert info["hidden"].endswith(f"case {case}")
    lines = [heard.removesuffix("\n")]
    for said in re.findall(r"^> (.*)$", transcript, re.MULTILINE):
        lines += [f"> {said}", env.step(said)[0]]
    assert "\n".join(lines) + "\n" == transcript


@pytest.mark.parametrize(
    "options", [{}, {"observation": "paper"}, {"show_commands": True}], ids=str
)
def test_the_walkthrough_reaches_the_full_score_in_every_case(options):
    envs, heard = every_case(**options)
    policy, running = scripted("manor", "optimal"), np.arange(CASES)
    policy.begin(running)
    returns, won = np.zeros(CASES), np.zeros(CASES, bool)
    while len(running):
        step = envs.step_at(running, policy.act(running, heard))
        assert not step.infos["invalid"].any()
        assert not step.truncated.any()
        returns[running] += step.rewards
        won[running] = step.infos["win"]
        on = ~step.terminated
        heard = [text for text, runs in zip(step.observations, on, strict=True) if runs]
        running = running[on]
    assert won.all()
    assert (returns == 100).all()


def test_what_identifies_the_culprit_differs_between_cases():
    """No suspect, cloth or hiding place is right more often than another."""
    envs, _ = every_case()
    culprits = [text.split(",")[0] for text in envs.hidden(range(CASES))]
    assert {culprits.count(name) for name in culprits} == {36}
    openings = {envs.reset_at([0], {"case": case})[0] for case in range(CASES)}
    assert len(openings) == 1, "the opening tells nothing of the case"


@settings(max_examples=40, deadline=None)
@given(
    case=st.integers(0, CASES - 1),
    choices=st.lists(st.integers(0, 2**16), min_size=60, max_size=60),
    along=st.integers(0, 45),
)
def test_what_notes_believe_possible_is_not_refused(case, choices, along):
    envs = archer.make_vec("manor", 1, max_turns=200)
    heard = envs.reset_at([0], {"case": case})
    policy, notes, said = scripted("manor", "optimal"), Notes(), ""
    policy.begin([0])
    for turn, choice in enumerate(choices):
        notes.hear(said, heard[0])
        possible = notes.possible()
        said = policy.act([0], heard)[0] if turn < along else possible[choice % len(possible)]
        step = envs.step_at([0], [said])
        assert not step.infos["invalid"][0], (said, step.observations)
        heard = step.observations
        if step.terminated[0]:
            break


@pytest.mark.parametrize("options", [{"observation": "paper"}, {"show_commands": True}], ids=str)
def test_random_policies_say_what_is_listed(options):
    envs = archer.make_vec("manor", 50, seed=1, **options)
    returns, dialogues = play(scripted("manor", "random", seed=2), envs, 1)
    assert returns.max() <= 100
    for heard, said in ((d[i], d[i + 1]) for d in dialogues for i in range(0, len(d) - 1, 2)):
        assert said in heard.rstrip("\n").rpartition("\nValid actions: ")[2].split(", ")


def test_noise_costs_and_randomness_costs_more():
    means = [
        play(scripted("manor", name, **options), archer.make_vec("manor", 200, seed=2), 1)[0].mean()
        for name, options in [
            ("optimal", {}),
            ("noisy", {"rate": 0.1}),
            ("noisy", {}),
            ("random", {}),
        ]
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] == 100
    assert means[1] > means[2] > means[3] + 20


@pytest.mark.parametrize("name", ["noisy", "random"])
def test_scripts_are_reproducible_and_independent(name):
    def texts(seed, num_envs):
        envs = archer.make_vec("manor", num_envs, seed=2)
        return play(scripted("manor", name, seed=seed), envs, 2)[1]

    assert texts(0, 3) == texts(0, 3)
    assert texts(0, 3) != texts(1, 3)
    alone, many = texts(0, 1), texts(0, 3)
    assert alone == [many[0], many[3]], "each environment has its own stream"
