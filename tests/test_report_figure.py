"""Figures and dialogues."""

import builtins
import io
import math

import numpy as np
import pytest
from rich.console import Console

from archer.errors import ConfigError
from archer.report import Curve, compare, curve_of, dialogue, draw_returns
from archer.report.figure import _mean_curve
from archer.rollout import Episode
from archer.types import Trajectory

REFERENCES = {"optimal": -3.0, "demonstrations": -5.0, "bc": -10.0}


def curve(offset=0.0, episodes=(0, 256, 512)):
    returns = [-10.0 + offset, -7.0 + offset, -5.0 + offset][: len(episodes)]
    return Curve(list(episodes), returns, [(r - 0.5, r + 0.5) for r in returns])


def test_the_curve_is_read_from_the_evaluations():
    lines = [
        {"phase": "bc", "iteration": 0, "loss": 1.0},
        {"phase": "evaluation", "episodes": 0, "mean_return": -9.0, "ci95": [-10.0, -8.0]},
        {"phase": "evaluation", "episodes": 64, "mean_return": -7.0, "ci95": [None, None]},
    ]
    read = curve_of(lines)
    assert (read.episodes, read.mean_return) == ([0, 64], [-9.0, -7.0])
    assert read.ci95[0] == (-10.0, -8.0)
    assert all(math.isnan(bound) for bound in read.ci95[1])


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_figure_is_a_png_of_the_same_bytes_each_time(tmp_path, seeds):
    pytest.importorskip("matplotlib")
    curves = [curve(seed / 2) for seed in range(seeds)]
    paths = [
        draw_returns(curves, REFERENCES, tmp_path / name / "returns.png", title="Return")
        for name in ("one", "two")
    ]
    data = paths[0].read_bytes()
    assert data.startswith(b"\x89PNG")
    assert data == paths[1].read_bytes()
    other = draw_returns(curves, {}, tmp_path / "other.png", title="Return")
    assert other.read_bytes() != data


def test_the_mean_over_seeds_is_taken_where_all_have_a_point():
    mean = _mean_curve([curve(0.0), curve(1.0), curve(2.0, (0, 256))])
    assert mean.episodes == [0, 256]
    assert mean.mean_return == [-9.0, -6.0]
    half = 4.303 / math.sqrt(3)
    assert mean.ci95[1] == pytest.approx((-6 - half, -6 + half))


def test_no_curve_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="at least one run"):
        draw_returns([], REFERENCES, tmp_path / "figure.png", title="")


def test_without_matplotlib_the_error_says_what_to_install(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"archer\[plots\]"):
        draw_returns([curve()], REFERENCES, tmp_path / "figure.png", title="")


def episode(texts, *, win):
    turns = len(texts) // 2
    trajectory = Trajectory(
        tokens=np.arange(2 * turns + 1),
        boundaries=np.arange(2 * turns + 2),
        rewards=np.full(turns, -1.0, dtype=np.float32),
        logprobs=np.zeros(turns, dtype=np.float32),
        terminated=bool(win),
        truncated=not win,
        extra={} if win is None else {"win": win},
    )
    return Episode(trajectory, texts)


def lines_of(renderable):
    console = Console(file=io.StringIO(), width=100)
    console.print(renderable)
    return console.file.getvalue().splitlines()


def test_a_dialogue_shows_every_turn_and_the_end():
    texts = ["Questions:\n", "Is it \x1b[1mred?", " No.\n", "", " Invalid Question.\n"]
    lost = episode(texts, win=False)
    assert lines_of(dialogue(lost, "before"))[0] == "before"
    assert lines_of(dialogue(lost)) == [
        "Questions:",
        " 1 Is it \N{REPLACEMENT CHARACTER}[1mred? No.",
        " 2 (nothing) Invalid Question.",
        "lost after 2 turns, return -2.00",
    ]
    assert lines_of(dialogue(episode(["o", "a", "b"], win=None)))[-1].startswith(
        "truncated after 1"
    )


def test_before_and_after_stand_side_by_side():
    before = episode(["Questions:", "Is it red?", "No.", "Is it a cat?", "No."], win=False)
    after = episode(["Questions:", "Is it a dog?", "Yes."], win=True)
    text = lines_of(compare(before, after, "dog", "REINFORCE"))
    assert any("After: REINFORCE" in line for line in text)
    assert any("Is it red? No." in line and "Is it a dog? Yes." in line for line in text)
    assert any("lost after 2 turns" in line and "won after 1 turn," in line for line in text)
    assert any("Is it a cat?" in line for line in text)
