"""`archer play`, as a person types it."""

import re
import subprocess
import sys

import pytest

from archer.errors import ModelError
from stories import FOLDER, skip_without
from test_cli_commands import GAME, assert_one_clear_line, command_runner  # noqa: F401 - a fixture


def test_a_person_wins(run):
    code, out, _ = run("play", GAME, "--object", "Dog", stdin="Is it alive?\nIs it a dog?\n")
    assert code == 0
    assert "You won. It was: dog. Return: -1" in out


def test_a_person_loses(run):
    asked = "Is it a piano?\n" * 2
    options = ["--options", "max_turns", "2"]
    code, out, _ = run("play", GAME, "--object", "dog", *options, stdin=asked)
    assert code == 0
    assert "You lost. It was: dog. Return: -2" in out


def test_a_person_is_told_the_rules_first(run):
    _, out, _ = run("play", GAME)
    assert re.match(r"Find one of 10 objects .*\.\nYou have 20 turns; Ctrl-D or Ctrl-C stops", out)
    _, out, _ = run("play", GAME, "--options", "max_turns", "3")
    assert "You have 3 turns; " in out


@pytest.mark.parametrize("stdin", ["", "Is it alive?\n"])
def test_whoever_stops_learns_what_was_hidden(run, stdin):
    code, out, _ = run("play", GAME, "--object", "dog", stdin=stdin)
    assert code == 0
    assert out.endswith("Until next time. It was: dog.\n")


def test_what_is_hidden_is_what_it_is_at_the_end(run):
    start = ["--options", "layout", "u", "--reset", "start", "[1, 1]"]
    _, out, _ = run("play", "maze", *start, stdin="right\nright\n")
    assert out.endswith("Until next time. It was:\n#####\n#  @#\n# # #\n# #G#\n#####\n")
    _, out, _ = run("play", "maze", *start, stdin="right\nright\ndown\ndown\n")
    assert out.endswith("You won. It was:\n#####\n#   #\n# # #\n# #@#\n#####\nReturn: -3\n")


def test_chess_has_a_board(run):
    _, out, _ = run("play", "chess_endgames", "--reset", "fen", "8/K7/8/8/8/5Q2/8/1k6 w - - 0 1")
    rows = "8 . . . . . . . .\n7 K . . . . . . .\n6 . . . . . . . .\n"
    assert f"0 1\n{rows}" in out
    assert "\n2 . . . . . . . .\n1 . k . . . . . .\n  a b c d e f g h\n> " in out
    _, out, _ = run("play", "chess", "--options", "observation", "moves", stdin="e4\n")
    assert out.count("  a b c d e f g h\n") == 1, "a move alone tells no position"


def test_playing_by_hand_does_not_wait_for_torch():
    script = (
        "import sys; from archer.cli import main; main(['play', 'corridor']); print(*sys.modules)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    loaded = done.stdout.decode().split()
    assert "archer.cli.play" in loaded
    assert not {"torch", "transformers"} & set(loaded)


@pytest.mark.parametrize("stop", [EOFError, KeyboardInterrupt])
def test_a_person_leaves_politely(run, monkeypatch, stop):
    def leave(*_args, **_kwargs):
        raise stop

    monkeypatch.setattr("builtins.input", leave)
    code, out, err = run("play", GAME, "--object", "dog")
    assert (code, err) == (0, "")
    assert "Until next time. It was: dog." in out


def test_a_task_in_the_current_folder_is_found(run, tmp_path, monkeypatch):
    (tmp_path / "my_task.py").write_text(
        """from archer import TextEnv

class Echo(TextEnv):
    '''Say it.

    More of it.
    '''

    max_turns = 2

    def reset(self, rng):
        return "Go on."

    def step(self, utterance):
        return utterance, 1.0, utterance == "it"
"""
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", sys.path[:])
    code, out, _ = run("play", "my_task:Echo", stdin="it\n")
    assert code == 0
    assert out.startswith("Say it.\nYou have 2 turns; ")
    assert "Go on." in out
    assert "The end. Return: 1" in out
    code, _, err = run("play", "my_task:Echo", "--watch", "optimal")
    assert_one_clear_line(code, err, "no scripted policy 'optimal'")


@pytest.mark.parametrize("player", ["optimal", "tiny"])
def test_watching_somebody_play(run, player):
    code, out, _ = run("play", GAME, "--watch", player, "--object", "dog", "--seed", "1")
    assert code == 0
    assert f"{player} plays {GAME}" in out
    assert re.search(r"(won|lost) after \d+ turns?, return -?\d", out)
    assert run("play", GAME, "--watch", player, "--object", "dog", "--seed", "1")[1] == out


def test_an_episode_with_options_of_its_own(run):
    walk = "take key\ngo on\ngo red\n"
    arguments = ["play", "corridor", "--options", "length", "2", "--reset", "door"]
    code, out, _ = run(*arguments, "red", stdin=walk)
    assert code == 0
    assert "the red door of room 2 wins" in out
    assert "You won." in out
    code, _, err = run(*arguments, "green")
    assert_one_clear_line(code, err, 'door is "green": give red or blue')
    code, out, _ = run(*arguments, "blue", "--watch", "optimal")
    assert code == 0
    assert "the blue door of room 2" in out


def test_what_cannot_be_played_is_one_clear_line(run):
    code, _, err = run("play", "twenty_question")
    assert_one_clear_line(code, err, "'twenty_question'", "twenty_questions")
    code, _, err = run("play", GAME, "--object", "dogg")
    assert_one_clear_line(code, err, "dogg", "dog")
    code, _, err = run("play", GAME, "--watch", "./nowhere")
    assert_one_clear_line(code, err, "./nowhere")
    code, _, err = run("play", GAME, "--options", "max_turn", "3")
    assert_one_clear_line(code, err, "max_turn", "max_turns")
    code, _, err = run("play", GAME, "--options", "seed", "3")
    assert_one_clear_line(code, err, "'seed'", "setting of its own")


@pytest.mark.parametrize(
    "where", ["runs/demo", "./demo", "here/demo", "/no/demo", "~/demo", "file"]
)
def test_a_path_that_is_no_folder_is_not_looked_for_on_the_hub(run, tmp_path, monkeypatch, where):
    def load(*_args, **_kwargs):
        raise AssertionError("this asks the hub")

    monkeypatch.setattr("archer.cli.runs.Policy.load", load)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    (tmp_path / "file").touch()
    code, _, err = run("play", GAME, "--watch", where)
    assert_one_clear_line(code, err, f"no run or model folder {where};")


@pytest.mark.parametrize("where", ["gpt2", "openai/gpt2", "tiny"])
def test_other_names_are_those_of_models(run, tmp_path, monkeypatch, where):
    def load(config):
        raise ModelError(f"asked for {config.model}")

    monkeypatch.setattr("archer.cli.runs.Policy.load", load)
    monkeypatch.chdir(tmp_path)
    code, _, err = run("play", GAME, "--watch", where)
    assert_one_clear_line(code, err, f"asked for {where}")


STATUS = "[score 10, moves 1, at Chief's office]\n"


@skip_without("detective.z5")
def test_a_story_is_played_with_its_status(run, monkeypatch):
    monkeypatch.delenv("ARCHER_STORIES", raising=False)
    arguments = ["play", "detective", "--story", FOLDER / "detective.z5"]
    code, out, err = run(*arguments, stdin="quit\nyes\n")
    assert (code, err) == (0, "")
    assert f"[Your score has just gone up by ten points.]\n{STATUS}> " in out
    assert out.endswith(f"\n{STATUS}The end. Return: 0\n")
    _, out, _ = run(*arguments, stdin="take paper\n")
    assert out.endswith("Chief's office]\n> \nUntil next time.\n")
    _, out, _ = run(*arguments, "--options", "max_turns", "1", stdin="take paper\n")
    assert "You have 1 turns; " in out
    assert out.endswith(
        "]\nYour turns are used up; --options max_turns 500 gives more. Return: 10\n"
    )
    monkeypatch.setenv("ARCHER_STORIES", str(FOLDER))
    assert STATUS in run("play", "zmachine", "--story", "detective.z5")[1]
    code, out, _ = run("play", "detective", "--watch", "optimal")
    assert "won after 45 turns, return 350" in out


def test_stories_that_cannot_be_played_are_one_clear_line(run, monkeypatch):
    monkeypatch.delenv("ARCHER_STORIES", raising=False)
    for env_id in ("detective", "zmachine"):
        code, _, err = run("play", env_id, "--story", "nowhere.z5")
        assert_one_clear_line(code, err, 'no story file "nowhere.z5"', "ifarchive.org")
    code, _, err = run("play", "manor", "--story", "nowhere.z5")
    assert_one_clear_line(code, err, "manor plays no story files: detective and zmachine do")
    code, _, err = run("play", "detectiv", "--story", "nowhere.z5")
    assert_one_clear_line(code, err, "did you mean 'detective'")
