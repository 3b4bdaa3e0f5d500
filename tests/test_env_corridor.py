"""The corridor: its text to the letter, its scripts against its exact values."""

from pathlib import Path

import numpy as np
import pytest

import archer
from archer.cli.demos import main as demos
from archer.cli.play import main as play_command
from archer.config import PolicyConfig
from archer.env import epsilon_greedy, explore, scripted
from archer.env.tasks.corridor import COMMANDS
from archer.policy import Policy
from archer.rollout import collect_scripted
from env_cases import play

DOORS = ({"door": "red"}, {"door": "blue"})
CONFIGURATIONS = [
    {},
    {"length": 2, "max_turns": 3},
    {"length": 4, "step_cost": 0.1875},
    {"length": 29, "step_cost": 0},
    {"length": 100, "max_turns": 101},
]
EPISODE = """\
Room 1 of 3 has a key. There is no way back. With the key, the blue door of room 3 wins.
Say: take key, go on, go red, go blue, go home.
go blue Not here.
take the key What?
take key You have the key.
 GO ON  Room 2.
go on Room 3.
go on Not here.
go blue You win.
"""


def test_golden_episode():
    env = archer.make("corridor", length=3)
    text, info = env.reset(options={"door": "blue"})
    assert info == {"hidden": "blue"}
    said = ["go blue", "take the key", "take key", " GO ON ", "go on", "go on", "go blue"]
    steps = []
    for utterance in said:
        steps.append(env.step(utterance))
        text += f"{utterance} {steps[-1][0]}\n"
    assert text == EPISODE
    assert [step[1] for step in steps] == [np.float32(-0.01)] * 6 + [np.float32(0.99)]
    assert [step[2] for step in steps] == [False] * 6 + [True]
    assert [step[4]["win"] for step in steps] == [False] * 6 + [True]
    assert [step[4]["invalid"] for step in steps] == [False, True] + [False] * 5
    assert not any(step[3] for step in steps)


@pytest.mark.parametrize(
    ("said", "last"),
    [
        (["take key", "go on", "go red"], ("Wrong door.", 0.0, True, False)),
        (["take key", "go on", "go home"], ("You are home.", 0.25, True, False)),
        (["go home"], ("You are home.", 0.25, True, False)),
        (["go on", "go blue"], ("Locked.", 0.0, False, False)),
        (["go on", "take key"], ("Not here.", 0.0, False, False)),
        (["go on", "hm", "hm", "hm"], ("What?", 0.0, False, True)),
        (["go on", "hm", "hm", "go home"], ("You are home.", 0.25, True, False)),
    ],
)
def test_other_ways_to_end(said, last):
    env = archer.make("corridor", length=2, step_cost=0, max_turns=4)
    env.reset(options={"door": "blue"})
    *_, step = [env.step(utterance) for utterance in said]
    assert step[:4] == last
    assert not step[4]["win"]


@pytest.mark.parametrize(
    "utterance", ["", "\udc80", "go on\ud83d", "\x00", "go on" * 20_000, "🐕" * 25_000, "GO ON!"]
)
def test_any_text_is_an_utterance(utterance):
    env = archer.make("corridor")
    env.reset()
    text, _, terminated, _, infos = env.step(utterance)
    assert text == "What?"
    assert infos["invalid"]
    assert not terminated
    assert env.step("take key")[0] == "You have the key."


def test_turns_take_few_tokens():
    policy = Policy.load(PolicyConfig())
    assert max(len(policy.encode_utterance(command)) for command in COMMANDS) <= 4
    envs = archer.make_vec("corridor", 50)
    episodes = collect_scripted(scripted("corridor", "noisy"), envs, 200, policy)
    opening = max(len(policy.encode_opening(episode.texts[0])) for episode in episodes)
    observations = [text for episode in episodes for text in episode.texts[2::2]]
    longest = max(len(policy.encode_observation(text)) for text in set(observations))
    assert longest <= 12
    assert opening + 30 * (4 + longest) < policy.max_context / 2


def test_commands_are_those_that_the_opening_lists():
    env = archer.make("corridor", length=2)
    opening, _ = env.reset()
    assert opening.endswith(f"Say: {', '.join(COMMANDS)}.\n")
    for command in COMMANDS:
        env.reset()
        assert not env.step(command)[4]["invalid"]


# --- scripts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", CONFIGURATIONS, ids=str)
def test_the_optimum_is_the_exact_optimum_of_every_variant(options):
    envs = archer.make_vec("corridor", 1, **options)
    player = scripted("corridor", "optimal")
    for door in DOORS:
        mdp = explore("corridor", COMMANDS, resets=[door], truncation_is_terminal=True, **options)
        heard = envs.reset_at([0], door)
        player.begin([0])
        total, said = 0.0, []
        while not envs.finished([0])[0]:
            said += player.act([0], heard)
            step = envs.step_at([0], said[-1:])
            heard, total = step.observations, total + float(step.rewards[0])
        assert step.infos["win"][0]
        assert len(said) == options.get("length", 8) + 1
        assert total == pytest.approx(mdp.optimal_return, abs=1e-12)


@pytest.mark.parametrize("options", [{}, {"length": 3, "max_turns": 6}], ids=str)
@pytest.mark.parametrize(
    ("name", "rate", "arguments"),
    [("random", 1.0, {}), ("noisy", 0.5, {}), ("noisy", 0.1, {"rate": 0.1})],
)
def test_mean_returns_of_scripts_are_their_exact_values(name, rate, arguments, options):
    mdp = explore("corridor", COMMANDS, resets=DOORS, truncation_is_terminal=True, **options)
    # A script does not count its turns: its best command is that of the process without a limit.
    free = explore("corridor", COMMANDS, resets=DOORS, **options)
    policy = epsilon_greedy(free.optimal(0.999).q, rate)[free.states_of(mdp)]
    expected = mdp.mean_start(mdp.evaluate(policy, 1.0).v)
    envs = archer.make_vec("corridor", 4000, seed=1, **options)
    returns, _ = play(scripted("corridor", name, seed=2, **arguments), envs, 2)
    error = returns.std() / np.sqrt(len(returns))
    assert abs(returns.mean() - expected) < 4 * error


@pytest.mark.parametrize("name", ["noisy", "random"])
def test_scripts_are_reproducible_and_independent(name):
    def texts(seed, num_envs):
        envs = archer.make_vec("corridor", num_envs, seed=2)
        return play(scripted("corridor", name, seed=seed), envs, 3)[1]

    assert texts(0, 4) == texts(0, 4)
    assert texts(0, 4) != texts(1, 4)
    alone, many = texts(0, 1), texts(0, 4)
    assert alone == [many[0], many[4], many[8]], "each environment has its own stream"


def test_who_left_the_key_behind_goes_home():
    player = scripted("corridor", "optimal")
    env = archer.make("corridor")
    heard, _ = env.reset()
    player.begin([0])
    player.act([0], [heard])
    assert player.act([0], [env.step("go on")[0]]) == ["go home"]


def test_demonstrations_and_watching(tmp_path, capsys):
    out = tmp_path / "demos"
    demos(["corridor", "--policy", "noisy", "--episodes", "30", "--out", str(out)])
    assert "30 episodes, mean return" in capsys.readouterr().out
    with archer.TrajectoryStore(out, read_only=True) as store:
        assert len(store) == 30
        assert store[0].env_id == "corridor"
        assert {store[i].extra["win"] for i in range(30)} == {True, False}
    play_command(["corridor", "--watch", "optimal"])
    assert "You win." in capsys.readouterr().out


# --- docs/corridor.md ---------------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent / "docs" / "corridor.md").read_text(encoding="utf-8")


def test_the_transcript_of_the_docs_is_one():
    transcript = PAGE.split("```\n")[1]
    env = archer.make("corridor")
    text, _ = env.reset(options={"door": "blue"})
    said = "take key|go on|go on|go red|go on|go on|go on|look around|go on|go on|go blue"
    for utterance in said.split("|"):
        text += f"{utterance} {env.step(utterance)[0]}\n"
    assert text == transcript


@pytest.mark.parametrize(
    ("row", "options"),
    [
        ("`length` 4", {"length": 4}),
        ("the defaults", {}),
        ("`length` 16, `max_turns` 40", {"length": 16, "max_turns": 40}),
        ("`length` 20, `max_turns` 60", {"length": 20, "max_turns": 60, "step_cost": 0}),
    ],
)
def test_the_values_of_the_docs_are_exact(row, options):
    free = explore("corridor", COMMANDS, resets=DOORS, **options)
    limited = explore("corridor", COMMANDS, resets=DOORS, truncation_is_terminal=True, **options)
    returns = []
    for rate in (0.0, 0.1, 0.5, 1.0):
        policy = epsilon_greedy(free.optimal(0.999).q, rate)[free.states_of(limited)]
        returns.append(limited.mean_start(limited.evaluate(policy, 1.0).v))
    starts = [free.mean_start(free.optimal(discount).v) for discount in (0.9, 0.95, 0.99)]
    table = [line for line in PAGE.splitlines() if line.startswith("| ")]
    lines = [line.replace(" (home)", "") for line in table if row in line.split("|")[1]]
    rows = [[float(cell) for cell in line.split("|")[2:-1]] for line in lines]
    assert rows == [pytest.approx(returns, abs=5.1e-4), pytest.approx(starts, abs=5.1e-4)]
