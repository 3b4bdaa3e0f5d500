"""The numbers, tables, figures and page of a comparison, from runs made up by hand."""

import base64
import builtins
import io
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

from archer.errors import CheckpointError, ConfigError
from archer.report.curves import draw_comparison
from archer.report.methods import comparison_tables, remarks
from archer.report.page import comparison_page
from archer.report.results import ratio_results, variant_results
from archer.report.runs import FinishedRun, read_run

AT = [0, 100, 200]


def finished(*means, at=AT, spread=0.0, speed=1.0, on_gpu=False):
    """A run whose evaluations had four episodes each."""
    means = np.array(means, dtype=float)
    return FinishedRun(
        at=at,
        mean_return=means,
        returns=[mean + spread * np.array([-1.0, -1.0, 1.0, 1.0]) for mean in means],
        seconds=[0.0, 5.0 * speed, 10.0 * speed],
        spent={"collect": 4.0 * speed, "critic": 6.0 * speed},
        speed={"episodes_per_second": 12.0 / speed, "turns_per_second": 60.0},
        peak_memory=int(speed * 2**20),
        peak_gpu_memory=int(speed * 2**30) if on_gpu else None,
    )


def results(**more):
    """Three seeds of two methods, as `archer.compare` puts them together."""
    runs = {
        "archer": {
            s: finished(-10 - s, -6 - s, -4 - s, speed=1 + s, on_gpu=True) for s in range(3)
        },
        "a<b": {s: finished(-10 - s, -8 - s, -6 + 3 * s) for s in range(3)},
    }
    variants = {
        label: {"method": "archer", "seeds": [0, 1, 2], "missing": []} | variant_results(mine, -5.0)
        for label, mine in runs.items()
    }
    variants["a<b"]["ratio"] = ratio_results(runs["a<b"], runs["archer"], -5.0, 200)
    common = {"env": "game", "seeds": [0, 1, 2], "jobs": 2, "episodes": 200, "threshold": -5.0}
    ends = {"optimal": -3.0, "warm_start": {"seeds": [0, 1, 2], "missing": []}}
    return common | {"reference": "archer", "variants": variants} | ends | more


def test_returns_and_areas_by_hand():
    values = results()["variants"]["archer"]
    assert values["final"]["by_seed"] == [-4.0, -5.0, -6.0]
    assert (values["final"]["mean"], values["final"]["iqm"]) == (-5.0, -5.0)
    # Every episode of a run returned the same: all 27 resamples of three seeds, nothing else.
    assert values["final"]["mean_ci95"] == [-6.0, -4.0]
    assert values["final"]["iqm_ci95"] == [-6.0, -4.0]
    half = 4.303 / math.sqrt(3)
    assert values["final"]["mean_student95"] == pytest.approx([-5 - half, -5 + half])
    assert values["area"]["by_seed"] == [-6.5, -7.5, -8.5]  # (10 + 6) / 2 and (6 + 4) / 2
    assert values["curve"]["mean"] == [-11.0, -7.0, -5.0]
    assert values["curve"]["ci95"][1] == [-8.0, -6.0]
    assert values["curve"]["by_seed"][2] == [-12.0, -8.0, -6.0]


def test_episodes_to_the_threshold_and_their_ratio_by_hand():
    variants = results()["variants"]
    assert variants["archer"]["episodes_to_threshold"] == {"0": 150.0, "1": 200.0, "2": None}
    # Seed 2 rises from -10 to 0.
    assert variants["a<b"]["episodes_to_threshold"] == {
        "0": None,
        "1": pytest.approx(100 + 100 * 4 / 6),
        "2": 150.0,
    }
    assert variants["a<b"]["ratio"] == {
        "seeds": [0, 1, 2],
        "estimate": None,
        "bound": "unknown",
        "ci95": [0.0, None],
    }
    both = {1: finished(-9, -7, -3), 2: finished(-9, -9, -1)}
    ratio = ratio_results(both, {2: finished(-9, -5, -3), 1: finished(-9, -5, -3)}, -5.0, 200)
    assert ratio["seeds"] == [2, 1]
    assert (ratio["estimate"], ratio["bound"]) == (1.5, "exact")
    assert ratio["ci95"] == [1.5, 1.5]


def test_noise_of_the_evaluation_widens_the_intervals():
    sure = variant_results({s: finished(-10, -6, -4) for s in range(3)}, -5.0)
    noisy = variant_results({s: finished(-10, -6, -4, spread=2.0) for s in range(3)}, -5.0)
    assert sure["final"]["mean_ci95"] == [-4.0, -4.0]
    low, high = noisy["final"]["mean_ci95"]
    half = 1.96 * 2 / math.sqrt(12)  # twelve episodes of standard deviation 2
    assert (low, high) == pytest.approx((-4 - half, -4 + half), abs=0.2)
    assert noisy["final"]["mean"] == sure["final"]["mean"]


def test_one_seed_has_no_interval():
    values = variant_results({5: finished(-10, -6, -4, spread=1.0)}, None)
    assert values["final"]["mean_ci95"] == values["final"]["mean_student95"] == [None, None]
    assert values["curve"]["ci95"] == [[None, None]] * 3
    assert values["episodes_to_threshold"] is None
    alone = {5: finished(-10, -6, -4)}
    assert ratio_results(alone, alone, -5.0, 200)["ci95"] == [0.0, None]
    assert ratio_results({}, alone, -5.0, 200)["bound"] == "unknown"


def test_the_same_runs_give_the_same_numbers():
    assert json.dumps(results()) == json.dumps(results())


def test_seeds_that_were_evaluated_elsewhere_are_not_averaged():
    runs = {0: finished(-3, -2, -1), 1: finished(-3, -2, -1, at=[0, 100, 201])}
    with pytest.raises(CheckpointError, match=r"\[0, 100, 200\] and after \[0, 100, 201\]"):
        variant_results(runs, None)


def test_speed_is_averaged_and_memory_is_the_largest():
    assert results()["variants"]["archer"]["speed"] == {
        "training_seconds": 20.0,
        "learning_seconds": 12.0,
        "episodes_per_second": pytest.approx((12 + 6 + 4) / 3),
        "turns_per_second": 60.0,
        "new_tokens_per_second": None,
        "learned_turns_per_second": None,
        "share": {"collect": pytest.approx(0.4), "critic": pytest.approx(0.6)},
        "seconds_at_evaluation": [0.0, 10.0, 20.0],
        "peak_memory": 3 * 2**20,
        "peak_gpu_memory": 3 * 2**30,
    }


@pytest.mark.parametrize("line", ['{"phase": "evaluation"}', '{"phase": "evaluation", "episodes"'])
def test_a_damaged_run_is_named(tmp_path, line):
    (tmp_path / "summary.json").write_text("{}")
    (tmp_path / "timings.jsonl").write_text("3\n")
    (tmp_path / "metrics.jsonl").write_text(f"[]\n{line}\n")
    with pytest.raises(
        CheckpointError, match=r"holds (metrics|no evaluation).*; remove that folder"
    ):
        read_run(tmp_path)


def test_a_run_is_read_from_its_folder(tmp_path):
    with pytest.raises(CheckpointError, match="has the run ended"):
        read_run(tmp_path)
    summary = {"peak_memory": 7, "peak_gpu_memory": 9, "speed": {"turns_per_second": 4.0}}
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    (tmp_path / "metrics.jsonl").touch()
    with pytest.raises(CheckpointError, match="no evaluation"):
        read_run(tmp_path)
    evaluation = {"phase": "evaluation", "returns": [-1.0, -3.0], "mean_return": -2.0}
    with (tmp_path / "metrics.jsonl").open("w") as file:
        for iteration in (0, 2):
            line = evaluation | {"iteration": iteration, "episodes": 8 * iteration}
            print(json.dumps(line), file=file)
    with (tmp_path / "timings.jsonl").open("w") as file:
        for phase, iteration, spent in [
            ("bc", 1, {"updates": 100.0}),
            ("evaluation", 0, {"evaluate": 100.0}),
            ("ppo", 1, {"collect": 50.0}),  # repeated after a kill
            ("ppo", 1, {"collect": 1.0, "learn": 2.0}),
            ("ppo", 2, {"collect": 3.0, "learn": 4.0}),
            ("evaluation", 2, {"evaluate": 100.0}),
        ]:
            print(json.dumps({"phase": phase, "iteration": iteration} | spent), file=file)
    run = read_run(tmp_path)
    assert (run.at, run.mean_return.tolist(), run.peak_memory) == ([0, 16], [-2.0, -2.0], 7)
    assert [returns.tolist() for returns in run.returns] == [[-1.0, -3.0]] * 2
    assert (run.seconds, run.spent) == ([0.0, 10.0], {"collect": 4.0, "learn": 6.0})
    assert (run.speed, run.peak_gpu_memory) == ({"turns_per_second": 4.0}, 9)
    assert run.learning_seconds == 6.0


# --- what a person sees -------------------------------------------------------------------------


def printed(numbers):
    console = Console(file=io.StringIO(), width=120)
    for table in comparison_tables(numbers):
        console.print(table.for_terminal())
    return console.file.getvalue()


def test_the_tables_hold_the_numbers():
    text = printed(results())
    for part in (
        "-5.00 │ [-6.00, -4.00]",
        "> 200",
        "150",
        "[0.00, ∞]",
        "40%",
        "3 MiB",
        "a<b",
        "Learned turns/s",
        "60.0",
        "3,072 MiB",
    ):
        assert part in text
    assert "Environment episodes" not in printed(results(threshold=None))
    bound = results()
    bound["variants"]["a<b"]["ratio"] |= {"estimate": 2.5, "bound": "at least", "ci95": [1.5, None]}
    assert "≥ 2.50 │    [1.50, ∞]" in printed(bound)


def test_a_reference_that_began_at_the_threshold_is_no_reason_to_fail():
    at_once = {s: finished(-4 - s / 10, -4, -4) for s in range(2)}
    never = {s: finished(-10, -9, -8) for s in range(2)}
    numbers = results()
    numbers["variants"]["a<b"]["ratio"] = ratio_results(never, at_once, -5.0, 200)
    assert numbers["variants"]["a<b"]["ratio"]["ci95"] == [None, None]
    assert "[∞, ∞]" in printed(numbers)


def test_a_variant_without_a_run_has_dashes():
    numbers = results()
    lost = {"method": "ppo", "seeds": [], "missing": [0, 1, 2]}
    numbers["variants"]["lost"] = lost | {"ratio": ratio_results({}, {}, -5.0, 200)}
    rows = [line for line in printed(numbers).splitlines() if "lost" in line]
    assert len(rows) == 5
    assert re.search(r"ppo +│ 0 of 3 │ +– │ +– │ +– │ +– │", rows[0])
    assert any("lost, seed 2" in line for line in remarks(numbers))


def test_remarks_say_what_few_seeds_are_worth():
    assert "roughly 75% of the time, not 95%" in remarks(results())[0]
    assert "no intervals" in remarks(results(seeds=[0]))[0]
    assert remarks(results(seeds=list(range(8)))) == []


class _Strict(HTMLParser):
    """Checks that tags are closed in order, and that nothing is loaded from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.images = [], []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "img":
            self.images.append(attributes["src"])
        elif tag != "meta":
            self.open.append(tag)
        assert tag not in {"script", "link", "iframe"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_stands_alone():
    png = b"\x89PNG..."
    page = comparison_page(
        results(),
        {"Return against episodes": png},
        {"a<b": "method: archer\n"},
        "archer compare it.yaml --jobs 2",
        {"a<b, seed 1": "Error: x < y"},
    )
    parser = _Strict()
    parser.feed(page)
    assert parser.open == []
    assert parser.images == [f"data:image/png;base64,{base64.b64encode(png).decode()}"]
    for part in (
        "archer compare it.yaml --jobs 2", "Error: x &lt; y", "a&lt;b", "method: archer",
        "2108.13264", "[-6.00, -4.00]", "roughly 75%",
    ):  # fmt: skip
        assert part in page


@pytest.mark.parametrize("against", ["episodes", "seconds"])
def test_the_figures_are_pngs_of_the_same_bytes_each_time(against):
    pytest.importorskip("matplotlib")
    png = draw_comparison(results(), against)
    assert png.startswith(b"\x89PNG")
    assert png == draw_comparison(results(), against)
    assert png != draw_comparison(results(threshold=None, optimal=None), against)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"archer\[plots\]"):
        draw_comparison(results(), "episodes")
