"""Comparisons of real runs of the built-in tiny policy."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
import yaml

from archer.cli import main
from archer.compare import load_comparison, planned_runs
from archer.report import read_summary
from archer.train import train

SETTINGS = {
    "seeds": [0],
    "episodes": 32,
    "evaluate_every": 16,
    "threshold": -3.9,
    "reference": "gae",
    "base": {
        "env": {"id": "twenty_questions_subset", "num_envs": 8, "options": {"max_turns": 4}},
        "policy": {"max_new_tokens": 4, "device": "cpu"},
        "bc": {"demonstrations": 16, "steps": 4, "batch_size": 8},
        "eval": {"episodes": 8, "final_episodes": 8, "num_envs": 8},
        "archer": {
            "episodes_per_iteration": 8,
            "sample_unit": "trajectory",
            "critic_updates": 1,
            "critic_only_iterations": 0,
            "critic_batch_size": 4,
            "value_target": "stored",
            "advantage": "gae",
            "actor_data": "fresh_trajectories",
            "actor_epochs": 1,
        },
    },
    "variants": {"gae": {}, "td": {"archer": {"advantage": "td", "episodes_per_iteration": 16}}},
}


def written(tmp_path, name):
    path = tmp_path / f"{name}.yaml"
    path.write_text(yaml.safe_dump(SETTINGS | {"out": str(tmp_path / name)}))
    return path


def trained(path):
    """The runs of a comparison, trained in this process, as importing torch takes longest."""
    runs = list(planned_runs(load_comparison(path)))
    threads = torch.get_num_threads()
    for run in runs:
        train(run.config, quiet=True)
    torch.set_num_threads(threads)
    return runs


def timeless(folder):
    results = json.loads((folder / "results.json").read_text())
    for variant in results["variants"].values():
        assert variant.pop("speed")["training_seconds"] > 0
    return results


def test_real_runs_are_compared_and_only_what_is_missing_is_trained(tmp_path, capsys):
    path, out = written(tmp_path, "it"), tmp_path / "it"
    runs = trained(path)
    assert main(["compare", str(path)]) == 0
    assert "begun" not in capsys.readouterr().out
    results = timeless(out)
    warm, gae, td = runs
    start = read_summary(warm.folder)
    assert results["optimal"] == start["optimal"]["mean_return"]
    for run in (gae, td):
        variant = results["variants"][run.label]
        assert variant["curve"]["episodes"] == [0, 16, 32]
        assert variant["curve"]["mean"][0] == start["bc"]["mean_return"]
        assert variant["final"]["mean"] == read_summary(run.folder)["archer"]["mean_return"]
        assert run.config.policy.model == str(warm.folder / "warm_start")
    assert (out / "report.html").is_file()

    # A process of its own, on one thread, trains what is gone to the same numbers.
    shutil.rmtree(td.folder)
    assert main(["compare", str(path), "--jobs", "2"]) == 0
    said = capsys.readouterr().out
    assert "td, seed 0: begun" in said
    assert said.count("begun") == 1
    assert timeless(out) == results | {"jobs": 2}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_comparison_that_is_killed_while_it_trains_ends_with_the_same_results(tmp_path, capsys):
    path, out = written(tmp_path, "it"), tmp_path / "it"
    runs = trained(path)
    assert main(["compare", str(path)]) == 0
    results = timeless(out)
    td = runs[-1]
    shutil.rmtree(td.folder)
    process = subprocess.Popen([sys.executable, "-W", "error", "-m", "archer", "compare", path])
    while not (td.folder / "checkpoints").is_dir():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    capsys.readouterr()
    assert main(["compare", str(path)]) == 0
    # The training lives on without the comparison, which waits for it unless it has just ended.
    assert "td, seed 0: begun" not in capsys.readouterr().out
    assert timeless(out) == results
