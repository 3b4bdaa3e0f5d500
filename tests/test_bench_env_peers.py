"""The environments' comparison: ports play archer's games; the table runs with what is there."""

import json
import os
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import archer
from archer.env import ids, specs

ROOT = Path(__file__).parent.parent

sys.path.insert(0, str(ROOT))
with mock.patch.dict(os.environ):  # in which the package sets numbers of threads
    from benches.peers import env_contenders, env_games, env_memory, env_rows, env_steps
    from benches.peers.ports import lmrl_history, mazes, words
    from benches.peers.ports.lmrl_history import Text
    from benches.peers.ports.lmrl_maze import LmrlMaze
    from benches.peers.ports.lmrl_wordle import LmrlWordle
    from benches.peers.ports.tuned_maze import Maze
    from benches.peers.ports.tuned_wordle import Wordle

PLAYS = 60


def of_archer(env, options, plays):
    """The opening, and the steps of one episode: text, reward, whether it goes on, invalid."""
    opening, _ = env.reset(options=options)
    steps = []
    for said in plays:
        text, reward, terminated, truncated, info = env.step(said)
        steps.append((text, reward, not (terminated or truncated), bool(info["invalid"])))
        if not steps[-1][2]:
            break
    return opening, steps


def of_tuned(port, plays):
    opening, steps = port.reset(np.random.default_rng(0)), []
    for turn, said in enumerate(plays, 1):
        port.invalid = False
        text, reward, terminated = port.step(said)
        steps.append((text, reward, not terminated and turn < port.max_turns, port.invalid))
        if not steps[-1][2]:
            break
    return opening, steps


def of_lmrl(env, plays):
    (opening,), steps = env.reset(), []
    history = (opening,)
    for said in plays:
        history, reward, over = env.step((*history, Text(said, True)))
        steps.append((history[-1].text, reward, not over))
        if over:
            break
    return opening.text, steps


def guesses(rng, answer, spelled_alone):
    """Words, many of them near the answer so that letters repeat and games are won, and others."""
    known = words.lists().accepted
    near = [word for word in known if len(set(word) & set(answer)) > 2]
    texts = [answer, "zzzzz", "hm", *rng.choice(known, 6), *rng.choice(near, 12)]
    texts += [" ".join(word) for word in texts]
    if not spelled_alone:
        texts += ["Crane!", "'ABBEY'", "a bbey", "c, r, a, n, e", "", "ünder", "12345", "cranes"]
    return [str(text) for text in rng.permutation(texts)]


@pytest.mark.parametrize("make", [Wordle, LmrlWordle])
def test_ports_of_wordle_say_and_pay_what_archer_does(make):
    rng = np.random.default_rng(1)
    lmrl = make is LmrlWordle
    env = archer.make("wordle", feedback="lmrl" if lmrl else "wordle")
    won = 0
    for answer in rng.choice(words.lists().answers, 5 if lmrl else 60):
        plays = guesses(rng, answer, spelled_alone=lmrl)
        opening, steps = of_archer(env, {"word": str(answer)}, plays)
        port = make(str(answer))
        if lmrl:
            assert of_lmrl(port, plays) == (opening, [step[:3] for step in steps])
        else:
            assert of_tuned(port, plays) == (opening, steps)
        won += steps[-1][1] == 0
    assert won > 0, "no play was won, so winning is not compared"


@pytest.mark.parametrize("make", [Maze, LmrlMaze])
def test_ports_of_the_maze_say_and_pay_what_archer_does(make):
    rng = np.random.default_rng(1)
    lmrl = make is LmrlMaze
    env = archer.make("maze")
    texts = [f"move {way}" for way in mazes.MOVES] * 3 + ["hm", "move"]
    if not lmrl:
        texts += ["up", " Go  LEFT!\n", "go right.", "down..", "move up up", "go", "!"]
    floor = [
        (r, c) for r, row in enumerate(mazes.ROWS) for c, mark in enumerate(row) if mark == " "
    ]
    ends = set()
    for _ in range(PLAYS):
        start = floor[rng.integers(len(floor))]
        plays = [str(text) for text in rng.choice(texts, 120)]
        opening, steps = of_archer(env, {"start": start}, plays)
        if lmrl:
            assert of_lmrl(make(start), plays) == (opening, [step[:3] for step in steps])
        else:
            assert of_tuned(make(start), plays) == (opening, steps)
        ends.add(len(steps) == 100)
    assert ends == {True, False}, "both ends of an episode are compared"


@given(st.text(st.sampled_from("abcde EÉ_!1'\n"), max_size=12))
@example("c r a n e")
def test_the_tuned_wordle_reads_as_archer_does(text):
    plays = (text,)
    env = archer.make("wordle")
    assert of_tuned(Wordle("abbey"), plays) == of_archer(env, {"word": "abbey"}, plays)


def test_ports_draw_from_all_beginnings():
    rng = np.random.default_rng(0)
    port = Wordle()
    drawn = {port.reset(rng) and port.get_state() for _ in range(20_000)}
    assert len(drawn) > 0.99 * len(words.lists().answers)
    maze = Maze()
    assert len({maze.reset(rng) for _ in range(2000)}) == "".join(mazes.ROWS).count(" ")


def test_a_copy_of_an_environment_goes_on_by_itself():
    env = LmrlMaze((1, 1))
    history = env.reset()
    other = lmrl_history.copy(env)
    env.step((*history, Text("move right", True)))
    dialogue, _, _ = other.step((*history, Text("hm", True)))
    assert "You are at 1, 1." in dialogue[-1].text


@pytest.fixture
def run(monkeypatch):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["env_steps", *arguments])
        env_steps.main()

    return run


def test_results_have_the_documented_keys(run, tmp_path, capsys, monkeypatch):
    out = tmp_path / "results.json"
    corridor = [spec for spec in specs() if spec.id == "corridor"]
    monkeypatch.setattr(env_memory, "specs", lambda: corridor)
    arguments = ["--games", "trivial", "wordle", "--batches", "3", "--rounds", "2"]
    run(*arguments, "--memory", "1000", "--peers", "tuned", "gymnasium", "--out", str(out))
    printed = capsys.readouterr().out
    assert "wordle: snapshot and restore" in printed
    assert "corridor: archer with texts" in printed
    results = json.loads(out.read_text())
    keys = {"machine", "versions", "rounds", "rows", "memory_envs", "memory"}
    assert set(results) == keys
    single = [row for row in results["rows"] if row["cores"] == 1]
    assert [(row["game"], row["num_envs"], row["kind"]) for row in single] == [
        (game, batch, kind)
        for game in ("trivial", "wordle")
        for batch in (3,)
        for kind in ("steps", "snapshot", "reset")
    ]
    for row in single:
        able = {"archer", "archer.vectorize", "tuned Python"}
        able |= {"gymnasium"} if row["kind"] != "snapshot" else set()
        assert set(row["results"]) == able
        assert row["missing"] == {}
        assert row["results"]["archer"]["ratio"] == 1
        for rate in row["results"].values():
            assert 0 < rate["lower"] <= rate["median"] <= rate["upper"]
    native, with_texts = results["memory"]
    assert 0 < native["bytes_each"] < with_texts["bytes_each"]
    states = archer.make_vec("corridor").snapshot([0])
    assert len(states[0]) < native["snapshot"] < 64


def test_arguments_that_make_no_sense_are_refused(run):
    with pytest.raises(SystemExit, match=r"no \['nobody'\]: choose from tuned"):
        run("--peers", "nobody")
    with pytest.raises(SystemExit, match=r"no \['go'\]: choose from trivial"):
        run("--games", "go")
    with pytest.raises(SystemExit, match="give numbers from 1"):
        run("--batches", "0")


def test_a_peer_that_is_not_there_is_named(monkeypatch):
    def fail(*_):
        raise ModuleNotFoundError("No module named 'envpool'")

    monkeypatch.setitem(env_contenders.CONTENDERS, "envpool FrozenLake", fail)
    monkeypatch.delitem(env_contenders.CONTENDERS, "envpool Taxi")
    row = next(env_rows.rows(("trivial",), (2,), frozenset({"envpool"}), 2))
    assert row.missing == {"envpool FrozenLake": "ModuleNotFoundError: No module named 'envpool'"}


def test_games_are_tasks_of_archer():
    assert {game.id for game in env_games.GAMES.values()} <= set(ids())
    for game in env_games.GAMES.values():
        (first, *others) = game.turns(5)
        assert len(first) == 5
        assert len(others) == env_games.TURNS - 1
