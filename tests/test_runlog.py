"""Metrics: written a line at a time, cut back on resume, readable after a kill."""

import builtins
import json
import sys

import numpy as np
import pytest
import torch

from archer.errors import CheckpointError, ConfigError
from archer.runlog import RunLog, read_counts, read_metrics, read_seconds


def test_lines_are_on_the_disk_at_once_and_read_back(tmp_path):
    with RunLog(tmp_path) as log:
        log.metrics("bc", 0, {"loss": np.float32(0.5), "steps": np.int64(3)})
        log.metrics("archer", 1, {"return": torch.tensor(-2.0), "ci95": (float("nan"), 1.0)})
        lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"phase": "bc", "iteration": 0, "loss": 0.5, "steps": 3},
        {"phase": "archer", "iteration": 1, "return": -2.0, "ci95": [None, 1.0]},
    ]
    assert read_metrics(tmp_path) == [json.loads(line) for line in lines]
    assert read_metrics(tmp_path, "bc") == [json.loads(lines[0])]


def test_rewinding_gives_the_bytes_of_a_run_that_was_never_killed(tmp_path):
    def write(log, iterations):
        for iteration in iterations:
            log.metrics("archer", iteration, {"loss": 1 / (iteration + 1)})

    with RunLog(tmp_path / "whole") as log:
        write(log, range(6))
    with RunLog(tmp_path / "killed") as log:
        write(log, range(3))
        position = log.position()
        write(log, range(3, 5))
    with (tmp_path / "killed" / "metrics.jsonl").open("ab") as file:
        file.write(b'{"phase": "arch')
    with RunLog(tmp_path / "killed") as log:
        log.rewind(position)
        assert log.position() == position
        write(log, range(3, 6))
    whole, killed = ((tmp_path / name / "metrics.jsonl") for name in ("whole", "killed"))
    assert whole.read_bytes() == killed.read_bytes()


def test_a_line_that_was_cut_short_is_left_out(tmp_path):
    with RunLog(tmp_path) as log:
        log.metrics("archer", 0, {})
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"phase": "arch')
    assert read_metrics(tmp_path) == [{"phase": "archer", "iteration": 0}]


def test_timings_after_a_line_that_was_cut_short_count(tmp_path):
    with RunLog(tmp_path) as log:
        log.timings("archer", 0, {"critic": 1.0})
    with (tmp_path / "timings.jsonl").open("ab") as file:
        file.write(b'{"phase": "arch')
    with RunLog(tmp_path) as log:
        log.timings("archer", 1, {"critic": 2.0})
    assert read_seconds(tmp_path) == {"archer": 3.0}
    text = (tmp_path / "timings.jsonl").read_text()
    assert "" not in text.splitlines()
    with RunLog(tmp_path):  # whole lines get no other newline
        assert (tmp_path / "timings.jsonl").read_text() == text


def test_metrics_that_are_gone_are_an_error(tmp_path):
    with RunLog(tmp_path) as log, pytest.raises(CheckpointError, match="0 bytes but 10"):
        log.rewind(10)
    with pytest.raises(CheckpointError, match="folder of a run"):
        read_metrics(tmp_path / "nowhere")


def test_seconds_count_a_repeated_iteration_once(tmp_path):
    with RunLog(tmp_path) as log:
        log.timings("bc", 0, {"update": 3.0})
        log.timings("archer", 0, {"collect": 1.0, "critic": 2.0})
        log.timings("archer", 1, {"collect": 9.0, "critic": 9.0})
        log.timings("archer", 1, {"collect": 1.5, "critic": 2.0})
    assert read_seconds(tmp_path) == {"bc": 3.0, "archer": 6.5}
    assert (tmp_path / "metrics.jsonl").read_bytes() == b""


def test_counts_stand_beside_the_seconds_with_their_speeds(tmp_path):
    with RunLog(tmp_path) as log:
        log.timings("bc", 1, {"updates": 2.0}, {"learned_turns": 100})
        log.timings("archer", 1, {"collect": 9.0}, {"episodes": 99})  # repeated after a kill
        counts = {"episodes": 8, "turns": 30, "new_tokens": 90, "learned_turns": 60}
        log.timings("archer", 1, {"collect": 2.0, "critic": 3.0, "actor": 1.0}, counts)
        log.timings("archer", 2, {"collect": 1.0}, {"episodes": 2})
    lines = [json.loads(line) for line in (tmp_path / "timings.jsonl").read_text().splitlines()]
    assert lines[0]["speed"] == {"learned_turns_per_second": 50.0}
    assert lines[2]["counts"] == counts
    assert lines[2]["speed"] == {
        "episodes_per_second": 4.0,
        "turns_per_second": 15.0,
        "new_tokens_per_second": 45.0,
        "learned_turns_per_second": 15.0,
    }
    assert read_counts(tmp_path, "archer") == counts | {"episodes": 10}
    assert read_seconds(tmp_path) == {"bc": 2.0, "archer": 7.0}


def test_tensorboard_gets_the_numbers(tmp_path):
    pytest.importorskip("tensorboard")
    with RunLog(tmp_path, tensorboard=True) as log:
        log.metrics("archer", 3, {"return": -2.5, "note": "text"})
    (events,) = (tmp_path / "tensorboard").iterdir()
    assert b"archer/return" in events.read_bytes()


@pytest.mark.parametrize("package", ["tensorboard", "wandb"])
def test_a_sink_that_is_not_installed_is_a_config_error(tmp_path, monkeypatch, package):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if package in name:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(ConfigError, match=rf"run\.{package} is true.*archer\[{package}\]"):
        RunLog(tmp_path, **{package: True})


def test_wandb_gets_the_numbers(tmp_path, monkeypatch):
    logged = []

    class Run:
        def log(self, values):
            logged.append(values)

        def finish(self):
            logged.append("finished")

    class Module:
        @staticmethod
        def init(**settings):
            logged.append(settings["config"])
            return Run()

    monkeypatch.setitem(sys.modules, "wandb", Module)
    with RunLog(tmp_path, wandb=True, config={"seed": 3}) as log:
        log.metrics("archer", 2, {"return": -1.0})
    assert logged == [{"seed": 3}, {"archer/iteration": 2, "archer/return": -1.0}, "finished"]
