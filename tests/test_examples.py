"""The examples: a task of one's own is trained, and every configuration can be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archer.algorithms import check_method
from archer.compare import load_comparison, planned_runs
from archer.config import load_config

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_configurations_can_be_used(path):
    check_method(load_config(path))


@pytest.mark.parametrize(
    "path", sorted((EXAMPLES / "compare").glob("*.yaml")), ids=lambda path: path.stem
)
def test_comparisons_can_be_used(path):
    comparison = load_comparison(path)
    runs = list(planned_runs(comparison))
    assert len(runs) == len(comparison.seeds) * (1 + len(comparison.variants))


def test_a_task_of_ones_own_is_trained(tmp_path):
    config = tmp_path / "guess_number.yaml"
    text = (EXAMPLES / "guess_number.yaml").read_text(encoding="utf-8")
    changes = {"iterations: 40": "iterations: 24", "every: 10": "every: 0"}
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    config.write_text(text.replace("run:\n", "run:\n  threads: 1\n"), encoding="utf-8")
    command = [sys.executable, "-W", "error", str(EXAMPLES / "guess_number.py")]
    command += ["--config", str(config), "--out", str(tmp_path / "out")]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    summary = json.loads((tmp_path / "out" / "run" / "summary.json").read_text(encoding="utf-8"))
    # A policy that has learned nothing never says a number, and loses all ten turns.
    assert summary["bc"]["ci95"][0] > -9.0
    assert summary["archer"]["ci95"][0] > summary["bc"]["ci95"][1]


def test_the_demo_replaces_only_what_a_demo_left(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("irreplaceable")
    command = [sys.executable, str(EXAMPLES / "demo.py"), "--out", str(tmp_path / "mine")]
    process = subprocess.run(command, check=False, capture_output=True, text=True)
    assert process.returncode != 0
    assert "is there already" in process.stderr
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "irreplaceable"
