"""Intervals, summaries and tables."""

import io
import json
import math

import numpy as np
import pytest
from rich.console import Console

from archer.errors import CheckpointError
from archer.evaluate import Evaluation
from archer.report import (
    gap_closed,
    mean_interval,
    read_summary,
    seeds_table,
    summary_of,
    summary_table,
    write_summary,
)
from archer.report.intervals import t_quantile


def evaluation(mean, win=0.5):
    return Evaluation(
        mean_return=mean,
        ci95=(mean - 0.25, mean + 0.25),
        win_rate=win,
        episodes=512,
        mean_turns=-mean,
        invalid_rate=0.0625,
    )


def written(folder, seed=0, archer=-4.0):
    evaluations = {
        "archer": evaluation(archer, 0.9),
        "bc": evaluation(-10.0),
        "optimal": evaluation(-3.0, 1.0),
        "demonstrations": evaluation(-5.0, None),
    }
    seconds = {"bc": 20.0, "archer": 99.5}
    summary = summary_of(
        evaluations,
        env="game",
        seed=seed,
        train_seconds=seconds,
        spent={"collect": 40.0, "critic": 50.0, "actor": 10.0},
        counts={"episodes": 100, "turns": 1000, "new_tokens": 90_000, "learned_turns": 30_000},
    )
    write_summary(folder, summary)
    return summary


def printed(renderable):
    console = Console(file=io.StringIO(), width=120)
    console.print(renderable)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [
        (1, 12.7062),
        (2, 4.3027),
        (4, 2.7764),
        (30, 2.0423),
        (31, 2.0395),
        (60, 2.0003),
        (1000, 1.9623),
    ],
)
def test_t_quantiles_are_those_of_the_tables(degrees, quantile):
    assert t_quantile(degrees) == pytest.approx(quantile, abs=6e-4)


def test_t_quantiles_fall_towards_the_normal_one():
    quantiles = [t_quantile(degrees) for degrees in range(1, 300)]
    assert quantiles == sorted(quantiles, reverse=True)
    assert t_quantile(10**9) == pytest.approx(1.959964, abs=1e-6)
    with pytest.raises(ValueError, match="at least 1"):
        t_quantile(0)


def test_an_interval_worked_out_by_hand():
    mean, (low, high) = mean_interval([1.0, 2.0, 3.0])  # standard error 1 / sqrt(3), t = 4.303
    assert mean == 2.0
    half = 4.303 / math.sqrt(3)
    assert (low, high) == pytest.approx((mean - half, mean + half))
    assert math.isnan(mean_interval([1.0])[1][0])


def test_intervals_cover_the_mean_as_often_as_they_say():
    samples = np.random.default_rng(0).normal(size=(4000, 5))
    bounds = [mean_interval(row.tolist())[1] for row in samples]
    covered = np.mean([low <= 0 <= high for low, high in bounds])
    assert covered == pytest.approx(0.95, abs=0.012)  # 3.5 standard errors


def test_the_summary_holds_what_was_measured(tmp_path):
    summary = written(tmp_path)
    assert summary == read_summary(tmp_path) == json.loads((tmp_path / "summary.json").read_text())
    assert list(summary) == [
        "env",
        "seed",
        "peak_memory",
        "peak_gpu_memory",
        "spent",
        "speed",
        "alarms",
        "optimal",
        "demonstrations",
        "bc",
        "archer",
    ]
    assert summary["archer"] == {
        "mean_return": -4.0,
        "ci95": [-4.25, -3.75],
        "win_rate": 0.9,
        "episodes": 512,
        "mean_turns": 4.0,
        "invalid_rate": 0.0625,
        "train_seconds": 99.5,
    }
    assert "train_seconds" not in summary["optimal"]
    assert summary["demonstrations"]["win_rate"] is None


def test_a_number_that_does_not_exist_is_null(tmp_path):
    nan = Evaluation(-1.0, (math.nan, math.nan), None, 1, 1.0, 0.0)
    write_summary(tmp_path, summary_of({"bc": nan}, env="game", seed=0, train_seconds={}))
    assert read_summary(tmp_path)["bc"]["ci95"] == [None, None]
    assert "–" in printed(summary_table(read_summary(tmp_path)))


def test_a_missing_or_damaged_summary_is_an_error(tmp_path):
    with pytest.raises(CheckpointError, match="has the run ended"):
        read_summary(tmp_path)
    for text in ("{", "[]"):
        (tmp_path / "summary.json").write_text(text)
        with pytest.raises(CheckpointError, match="damaged"):
            read_summary(tmp_path)


def test_the_gap_that_was_closed(tmp_path):
    summary = written(tmp_path)
    assert gap_closed(summary) == pytest.approx(6 / 7)
    assert gap_closed({**summary, "bc": summary["optimal"]}) is None
    del summary["optimal"]
    assert gap_closed(summary) is None


def test_the_table_of_one_run(tmp_path):
    text = printed(summary_table(written(tmp_path)))
    rows = {line.split("│")[1].strip(): line for line in text.splitlines() if line.startswith("│")}
    assert list(rows) == ["Scripted optimum", "Demonstrations", "Behaviour cloning", "ArCHer"]
    for part in ("-4.00", "[-4.25, -3.75]", "90.0%", "512", "100 s"):
        assert part in rows["ArCHer"]
    assert "86% of the gap" in text
    for line in (
        "Time: collect 40%, critic 50%, actor 10%",
        "Collection: 2.5 episodes/s, 25.0 turns/s, 2,250.0 new tokens/s",
        "Learning: 500.0 turns/s",
        "Peak: memory",
    ):
        assert line in text


def test_the_table_of_several_seeds(tmp_path):
    summaries = [written(tmp_path, seed, archer) for seed, archer in enumerate([-4.0, -5.0, -6.0])]
    text = printed(seeds_table(summaries))
    row = next(line for line in text.splitlines() if "ArCHer" in line)
    half = 4.303 / math.sqrt(3)
    for part in ("-5.00", f"[{-5 - half:.2f}, {-5 + half:.2f}]", " 3 "):
        assert part in row
    assert "mean over 3 seeds" in text
    assert "71% of the gap" in text
    assert "Time: collect 40%, critic 50%, actor 10%" in text


def test_what_several_seeds_took_is_their_mean_and_the_largest_peak():
    row = {"mean_return": 0.0, "ci95": [0, 0], "win_rate": None, "episodes": 1}
    row |= {"mean_turns": 1.0, "invalid_rate": 0.0}
    one = {"env": "game", "seed": 0, "bc": row, "peak_memory": 2**20, "peak_gpu_memory": None}
    one |= {"spent": {"collect": 1.0, "actor": 3.0}, "speed": {"episodes_per_second": 2.0}}
    other = one | {"seed": 1, "spent": {"collect": 3.0, "actor": 1.0, "critic": 4.0}}
    other |= {"speed": {"episodes_per_second": 4.0}, "peak_memory": 3 * 2**20}
    text = printed(seeds_table([one, other]))
    assert "Time: collect 33%, actor 33%, critic 33%" in text
    assert "Collection: 3.0 episodes/s" in text
    assert "Peak: memory 3 MiB" in text
    assert "GPU" not in text
