"""The commands, as a person types them."""

import io
import json
import re
import shutil

import pytest

from archer.cli import main
from archer.config import Config, load_config
from archer.env import ids
from archer.store import TrajectoryStore

GAME = "twenty_questions_subset"
CONFIG = """
env: {{id: twenty_questions_subset, num_envs: 8, options: {{max_turns: 4}}}}
policy: {{max_new_tokens: 4, device: cpu}}
bc: {{demonstrations: 16, steps: 2, batch_size: 8}}
archer:
  iterations: 2
  episodes_per_iteration: 8
  sample_unit: trajectory
  critic_updates: 1
  critic_only_iterations: 1
  critic_only_updates: 1
  critic_batch_size: 4
  value_target: stored
  advantage: gae
  actor_data: fresh_trajectories
  actor_epochs: 1
eval: {{episodes: 8, every: 1, final_episodes: 8, num_envs: 8}}
run: {{out: {out}, threads: 1}}
"""


@pytest.fixture(name="run")
def command_runner(capsys, monkeypatch):
    """A function that runs a command and returns its exit code, output and errors."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")

    def command(*arguments, stdin=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:  # tyro's way to end
            code = stopped.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run that was trained by the command."""
    folder = tmp_path_factory.mktemp("cli")
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(out=folder / "unused"))
    code = main(["train", str(config), "--run.out", str(folder / "run"), "--run.seed", "3"])
    assert code == 0
    return folder / "run"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("policy.max-new-tokens", 1024, "has 1024 positions; leave room"),
        ("bc.store", "nowhere", "bc.store is nowhere, which is no folder"),
        ("archer.critic-from", "nowhere", "there is no critic at nowhere"),
    ],
)
def test_a_setting_that_cannot_work_leaves_no_run_folder_in_the_way(
    run, tmp_path, setting, value, said
):
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(out=tmp_path / "run"))
    code, _, err = run("train", config, f"--{setting}", value)
    assert_one_clear_line(code, err, said)
    assert not (tmp_path / "run").exists()


def assert_one_clear_line(code, err, *parts):
    assert code == 2
    assert err.startswith("archer: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for part in parts:
        assert part in err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(run, arguments):
    code, out, _ = run(*arguments)
    assert code == 0
    for name in ("train", "eval", "play", "envs", "demos"):
        assert re.search(rf"^  {name} +\w", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("train", ["--resume RUN", "CONFIG.yaml"]),
        ("eval", ["--episodes", "RUN"]),
        ("play", ["--watch", "--object", "ENV"]),
        ("envs", ["Lists the environments"]),
        ("demos", ["--policy", "--format", "--out", "ENV"]),
    ],
)
def test_every_command_has_help(run, command, parts):
    code, out, _ = run(command, "--help")
    assert code == 0
    for part in parts:
        assert part in out


def test_an_unknown_command_names_the_nearest(run):
    code, _, err = run("trian")
    assert_one_clear_line(code, err, "'trian'", "'train'")


def test_version(run):
    code, out, _ = run("--version")
    assert code == 0
    assert re.fullmatch(r"archer \d+\.\d+\.\d+\n", out)


def test_envs_lists_what_there_is(run):
    code, out, _ = run("envs")
    assert code == 0
    for part in (
        GAME,
        "archer/TwentyQuestions-v0",
        "max_turns=20",
        "object",
        "optimal, noisy",
        "ARCHER_STORIES",
    ):
        assert part in out


def test_envs_fits_a_narrow_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run("envs")
    *lines, last = out.splitlines()
    assert max(map(len, lines)) <= 80
    # Whatever does not begin an environment is indented, also where a sentence goes on.
    assert [line for line in lines if line[:1].strip()] == list(ids())
    assert "module:Class" in last


# --- demos --------------------------------------------------------------------------------------


def test_demonstrations_as_a_store(run, tmp_path):
    out = tmp_path / "demos"
    code, text, _ = run("demos", GAME, "--episodes", 12, "--out", out, "--seed", 5)
    assert code == 0
    assert "12 episodes, mean return" in text
    with TrajectoryStore(out, read_only=True) as store:
        assert len(store) == 12
        assert store[0].env_id == GAME
        assert store[0].seed == 5


def test_demonstrations_as_lines(run, tmp_path):
    paths = [tmp_path / name / "demos.jsonl" for name in ("one", "two")]
    for path in paths:
        arguments = ["--policy", "optimal", "--episodes", 5, "--format", "jsonl", "--out", path]
        assert run("demos", GAME, *arguments)[0] == 0
    lines = [json.loads(line) for line in paths[0].read_text().splitlines()]
    assert len(lines) == 5
    for line in lines:
        roles = [message["role"] for message in line["messages"]]
        assert roles == ["user", "assistant"] * len(line["rewards"]) + ["user"]
        assert line["extra"]["win"] is True
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_cannot_be_demonstrated_is_one_clear_line(run, tmp_path):
    code, _, err = run("demos", GAME, "--out", tmp_path)
    assert_one_clear_line(code, err, str(tmp_path), "there already")
    code, _, err = run("demos", GAME, "--out", tmp_path / "x", "--policy", "optimum")
    assert_one_clear_line(code, err, "'optimum'", "optimal")
    code, _, err = run("demos", GAME, "--out", tmp_path / "x", "--episodes", 0)
    assert_one_clear_line(code, err, "--episodes is 0")
    assert not (tmp_path / "x").exists()


def test_demonstrations_are_not_those_of_the_episodes_of_training(run, tmp_path):
    assert run("demos", GAME, "--episodes", 1, "--out", tmp_path / "demos")[0] == 0
    with TrajectoryStore(tmp_path / "demos", read_only=True) as store:
        assert store[0].seed not in {Config().run.seed, Config().eval.seed}


@pytest.mark.parametrize("form", ["store", "jsonl"])
def test_demonstrations_that_cannot_be_written_are_one_clear_line(run, tmp_path, form):
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "demos"
    code, text, err = run("demos", GAME, "--episodes", 1, "--format", form, "--out", out)
    assert_one_clear_line(code, err, f"path {tmp_path / 'file'}: ", "give one that can be")
    assert "Errno" not in err
    assert not text


# --- train and eval -----------------------------------------------------------------------------


def test_training_writes_a_run_with_the_overrides_in_it(trained):
    config = load_config(trained / "config.yaml")
    assert (config.run.seed, config.run.out) == (3, str(trained))
    names = {path.name for path in trained.iterdir()}
    assert {"metrics.jsonl", "timings.jsonl", "summary.json", "checkpoints", "policy"} <= names
    assert not (trained.parent / "unused").exists()


def test_evaluating_a_run(run, trained):
    code, out, _ = run("eval", trained, "--episodes", 8)
    assert code == 0
    assert out.startswith(f"Policy: {trained / 'policy'}\n")
    assert re.search(r"Mean return.* -\d\.\d\d", out)
    assert re.search(r"Episodes .* 8 ", out)
    assert run("eval", trained, "--episodes", 8)[1] == out


def test_watching_a_run(run, trained):
    code, out, _ = run("play", GAME, "--watch", trained)
    assert code == 0
    assert out.startswith(f"Policy: {trained / 'policy'}\n")
    assert "return -" in out


def test_an_unfinished_run_says_that_its_warm_start_is_used(run, trained, tmp_path):
    shutil.copy(trained / "config.yaml", tmp_path)
    shutil.copytree(trained / "warm_start", tmp_path / "warm_start")
    for arguments in (["eval", tmp_path, "--episodes", 8], ["play", GAME, "--watch", tmp_path]):
        code, out, _ = run(*arguments)
        assert code == 0
        assert out.startswith(f"Policy: {tmp_path / 'warm_start'} (the run is unfinished: ")


def test_resuming_a_run_that_has_ended_changes_nothing(run, trained):
    before = (trained / "metrics.jsonl").read_bytes()
    assert run("train", "--resume", trained)[0] == 0
    assert (trained / "metrics.jsonl").read_bytes() == before


def test_the_settings_of_a_file_can_be_listed(run, trained):
    code, out, _ = run("train", trained / "config.yaml", "--help")
    assert code == 0
    assert "--archer.discount" in out
    assert re.search(r"--run\.seed INT.*\(default: 3\)", out, re.DOTALL)


def test_what_cannot_be_trained_is_one_clear_line(run, trained, tmp_path):
    config = trained / "config.yaml"
    code, _, err = run("train")
    assert_one_clear_line(code, err, "archer train CONFIG.yaml", "--resume")
    code, _, err = run("train", "--config", "c.yaml")
    assert_one_clear_line(code, err, "--config stands before", "archer train CONFIG.yaml")
    code, _, err = run("train", tmp_path / "no.yaml")
    assert_one_clear_line(code, err, "no.yaml", "No such file")
    code, _, err = run("train", config)
    assert_one_clear_line(code, err, str(trained), "there already")
    code, _, err = run("train", config, "--run.out", config)
    assert_one_clear_line(code, err, str(config))
    code, _, err = run("train", config, "--run.out", config / "run")
    assert_one_clear_line(code, err, f"path {config / 'run'}: Not a directory; give one")
    code, _, err = run("train", config, "--archer.discount", "1.5", "--run.out", tmp_path / "run")
    assert_one_clear_line(code, err, "archer.discount", "1.5", "from 0 to 1")
    code, _, err = run("train", "--resume", tmp_path)
    assert_one_clear_line(code, err, str(tmp_path), "no run folder")
    code, _, err = run("eval", tmp_path)
    assert_one_clear_line(code, err, str(tmp_path), "no run folder")
    code, _, err = run("eval", trained, "--episodes", 0)
    assert_one_clear_line(code, err, "--episodes is 0")
    bad = tmp_path / "bad.yaml"
    bad.write_text("archer: {discont: 1}")
    code, _, err = run("train", bad)
    assert_one_clear_line(code, err, "'archer.discont'", "'discount'")


def test_an_option_that_does_not_exist_exits_with_a_suggestion(run, trained):
    code, _, err = run("train", trained / "config.yaml", "--archer.discont", "0.9")
    assert code == 2
    assert "--archer.discount" in err


def test_an_interruption_says_how_to_continue(run, trained, tmp_path, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("archer.cli.train.train", interrupted)
    out = tmp_path / "run"
    code, _, err = run("train", trained / "config.yaml", "--run.out", out)
    assert code == 130
    assert f"archer train --resume {out}" in err
