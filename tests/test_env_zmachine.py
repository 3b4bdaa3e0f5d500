"""Stories as tasks: the walkthrough, what is shown and listed, copies of episodes, and memory."""

import ast
import subprocess
import sys

import numpy as np
import pytest

import archer
from archer.env import scripted
from archer.errors import SnapshotError
from env_cases import play
from stories import skip_without

pytestmark = skip_without("detective.z5", "advent.z3")
TURNS = 45
"""Of the walkthrough."""
ADVENTURE = {"story": "advent.z3"}


@pytest.fixture(scope="module")
def shown():
    """What the paper's agent is shown in the first 14 turns of the walkthrough, and a snapshot
    before each.
    """
    envs = archer.make_vec("detective", observation="paper")
    policy, heard = scripted("detective", "optimal"), envs.reset_at([0])
    policy.begin([0])
    turns = []
    for _ in range(14):
        turns.append((heard[0], envs.snapshot([0])[0]))
        heard = envs.step_at([0], policy.act([0], heard)).observations
    return turns


def listed(observation):
    return ast.literal_eval(observation.rpartition("\n\n")[2])


def test_the_walkthrough_reaches_the_full_score():
    envs = archer.make_vec("detective", 3, seed=4)
    policy, everyone = scripted("detective", "optimal"), range(3)
    heard, total = envs.reset_at(everyone), np.zeros(3)
    assert envs.hidden([0]) == ["score 10, moves 1, at Chief's office"]
    policy.begin(everyone)
    for turn in range(TURNS):
        step = envs.step_at(everyone, policy.act(everyone, heard))
        heard, total = step.observations, total + step.rewards
        assert not step.truncated.any()
        assert not step.infos["invalid"].any()
        assert step.terminated.tolist() == [turn == TURNS - 1] * 3
    assert step.infos["win"].all()
    assert total.tolist() == [350.0] * 3, "the opening is worth ten points"
    assert all(hidden.startswith("score 360, ") for hidden in envs.hidden(everyone))


def test_the_walkthrough_is_resumed_after_noise():
    """And where the policy is nowhere near it, it looks."""
    means = []
    for name, options in (("noisy", {"rate": 0.1}), ("noisy", {}), ("random", {})):
        envs = archer.make_vec("detective", 60, seed=2)
        means.append(play(scripted("detective", name, **options), envs, 1)[0].mean())
    assert 350 > means[0] > means[1] + 50 > means[2] + 100
    policy = scripted("detective", "optimal")
    policy.begin([0])
    assert policy.act([0], ["<< Jail >>\nIt is dark.\n"]) == ["look"]
    assert policy.act([0], ["<< Closet >>\nIt is dark.\n"]) == ["take gun"]


def test_random_policies_say_what_is_listed():
    envs = archer.make_vec("detective", 2, seed=1, show_commands=True, max_turns=8)
    _, dialogues = play(scripted("detective", "random", seed=2), envs, 1)
    for heard, said in ((d[i], d[i + 1]) for d in dialogues for i in range(0, len(d) - 1, 2)):
        assert said in listed(heard)


def test_the_papers_observation_has_four_parts(shown):
    plain = archer.make_vec("detective")
    plain.reset_at([0])
    for heard, state in shown:
        plain.restore([state], [0])
        (look, inventory) = (plain.step_at([0], [said]).observations[0] for said in ("l", "i"))
        assert heard.startswith(f"{look}\n\n{inventory}\n\n")
    assert "\n\nTaken.\n\n[Your score has just gone up by ten points.]\n\n['" in shown[1][0]
    assert shown[0][0].endswith("]\n"), "an opening ends its line"
    assert not shown[1][0].endswith("\n")
    assert listed(shown[0][0])[:2] == ["north", "west"]


def test_show_commands_adds_the_list_alone(shown):
    plain, listing = (archer.make_vec("detective", show_commands=flag) for flag in (False, True))
    opening = plain.reset_at([0])[0]
    assert listing.reset_at([0]) == [f"{opening[:-1]}\n\n{listed(shown[0][0])}\n"]
    text = plain.step_at([0], ["take paper"]).observations[0]
    assert listing.step_at([0], ["take paper"]).observations == [f"{text}\n\n{listed(shown[1][0])}"]


def test_what_ends_the_story_stands_alone():
    envs = archer.make_vec("detective", observation="paper")
    envs.reset_at([0])
    envs.step_at([0], ["quit"])
    step = envs.step_at([0], ["yes"])
    assert (step.terminated[0], step.infos["win"][0]) == (True, False)
    assert "[" not in step.observations[0]


def test_valid_actions_change_something(shown):
    plain = archer.make_vec("detective", max_turns=200)
    plain.reset_at([0])

    def seen(state, *said):
        """What is seen after some commands."""
        plain.restore([state], [0])
        for utterance in (*said, "look", "inventory"):
            if plain.finished([0])[0]:
                break
            yield plain.step_at([0], [utterance]).observations[0]

    for heard, state in shown:
        before = [*seen(state)]
        same = [said for said in listed(heard) if [*seen(state, said)][1:] == before]
        assert same == []


def rest(envs, index, said):
    """All that an episode tells from here on."""
    told = []
    for utterance in said:
        step = envs.step_at([index], [utterance])
        told += [step.observations, step.rewards.tolist(), step.infos["invalid"].tolist()]
    return [*told, envs.hidden([index]), envs.snapshot([index])]


@pytest.mark.parametrize(
    ("env_id", "options", "before", "after"),
    [
        ("detective", {}, ["take paper", "w"], ["take gun", "e", "n", "undo", "hm?"]),
        ("detective", {"frotz_seed": 7}, ["take paper"], ["w", "take gun", "score"]),
        ("zmachine", ADVENTURE, ["no", "in", "take lamp"], ["xyzzy", "on", "w", "w", "get rod"]),
    ],
)
def test_copies_of_an_episode_go_on_alike(env_id, options, before, after):
    envs, others = (archer.make_vec(env_id, 3, seed=seed, **options) for seed in (5, 6))
    envs.reset_at([0])
    rest(envs, 0, before)
    envs.fork(0, [2])
    (state,) = envs.snapshot([0])
    first = rest(envs, 0, after)
    assert rest(envs, 2, after) == first
    others.restore([state], [1])
    assert rest(others, 1, after) == first
    envs.restore([state], [0])
    assert rest(envs, 0, after) == first


def test_another_storys_snapshot_is_refused():
    one, other = archer.make_vec("detective"), archer.make_vec("zmachine", **ADVENTURE)
    one.reset_at([0]), other.reset_at([0])
    before = other.snapshot([0])
    with pytest.raises(SnapshotError):
        other.restore(one.snapshot([0]), [0])
    assert other.snapshot([0]) == before
    with pytest.raises(SnapshotError):
        one.restore(before, [0])


def test_a_story_of_another_version_is_played():
    env = archer.make("zmachine", **ADVENTURE)
    opening, info = env.reset()
    assert opening.startswith("Welcome to Adventure!")
    assert info["hidden"] == "score 36, moves 0, at At End Of Road"
    assert "brick building" in env.step("no")[0]
    env.step("in")
    assert "brass lantern" in env.step("take lamp")[0]
    *_, step_info = env.step("inventory")
    assert step_info == {"win": False, "invalid": False}


def test_what_a_story_does_not_understand_is_invalid():
    env = archer.make("zmachine", **ADVENTURE)
    env.reset()
    env.step("no")
    *_, step_info = env.step("hm?")
    assert step_info == {"win": False, "invalid": True}


def test_frotz_gives_every_episode_the_same_random_numbers():
    envs = archer.make_vec("zmachine", 2, **ADVENTURE, frotz_seed=3)
    envs.reset()
    assert len(set(envs.snapshot([0, 1]))) == 1
    envs = archer.make_vec("zmachine", 2, **ADVENTURE)
    envs.reset()
    assert len(set(envs.snapshot([0, 1]))) == 2


@pytest.mark.parametrize(("env_id", "options"), [("detective", {}), ("zmachine", ADVENTURE)])
def test_threads_and_company_do_not_matter(env_id, options):
    def texts(num_envs, num_threads):
        envs = archer.make_vec(env_id, num_envs, seed=3, num_threads=num_threads, **options)
        return play(scripted(env_id, "random", seed=1), envs, 1)[1]

    many = texts(40, 2)
    assert texts(40, 1) == many
    assert texts(3, 1) == many[:3]


def test_a_thousand_environments_take_little_memory():
    code = (
        "import os, numpy as np\n"
        "from archer.env import make_vec, scripted\n"
        "def resident():\n"
        "    pages = int(open('/proc/self/statm').read().split()[1])\n"
        "    return pages * os.sysconf('SC_PAGE_SIZE')\n"
        "kept = make_vec('detective', 2); kept.reset()\n"
        "before = resident()\n"
        "envs, policy, running = make_vec('detective', 1000), scripted('detective', 'random'), "
        "np.arange(1000)\n"
        "heard = envs.reset_at(running); policy.begin(running)\n"
        "for _ in range(20):\n"
        "    step = envs.step_at(running, policy.act(running, heard))\n"
        "    on = ~step.terminated; running = running[on]\n"
        "    heard = [text for text, runs in zip(step.observations, on) if runs]\n"
        "print(resident() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert int(done.stdout) < 200e6
