"""The processes of a comparison, with a stub for training: failures, kills, resuming."""

import functools
import io
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from archer.cli import main
from archer.compare import Comparison, Runner, compare, conclude, planned_runs
from archer.errors import ConfigError

STUB = (sys.executable, str(Path(__file__).with_name("stub_trainer.py")))


@pytest.fixture(autouse=True)
def _stubbed(monkeypatch):
    monkeypatch.setattr(conclude, "Runner", functools.partial(Runner, command=STUB))
    monkeypatch.setattr(conclude, "AXES", {})  # no figures: they take longer than all the rest


def comparison(out, *labels, seeds=(0, 1, 2), **settings):
    sections = {"archer": {"episodes_per_iteration": 8}}
    return Comparison(
        out=str(out),
        seeds=list(seeds),
        jobs=2,
        episodes=64,
        evaluate_every=16,
        threshold=-5.0,
        reference=labels[0],
        base=sections,
        variants={label: {} for label in labels},
        **settings,
    )


def carried_out(settings):
    """The results, and what was said."""
    console = Console(file=io.StringIO(), width=120)
    results = compare(settings, command="archer compare it", console=console)
    written = json.loads((Path(settings.out) / "results.json").read_text())
    assert written == results
    return results, console.file.getvalue()


def timeless(results):
    for variant in results["variants"].values():
        variant.pop("speed", None)
    return results


def wait_for(path):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


def test_every_variant_is_trained_once_a_seed_and_then_left_alone(tmp_path):
    first, said = carried_out(comparison(tmp_path, "one", "two"))
    for run in planned_runs(comparison(tmp_path, "one", "two")):
        assert f"{run}: begun" in said
        assert (run.folder.parent / f"seed-{run.seed}.log").read_text().startswith("trained ")
    assert first["variants"]["two"]["seeds"] == [0, 1, 2]
    assert first["variants"]["two"]["curve"]["episodes"] == [0, 16, 32, 48, 64]
    again, said = carried_out(comparison(tmp_path, "one", "two"))
    assert "begun" not in said
    assert said.count("done before") == 9
    assert again == first
    more, said = carried_out(comparison(tmp_path, "one", "two", "three"))
    assert said.count("begun") == 3
    assert timeless(more)["variants"]["two"] == timeless(first)["variants"]["two"]


def test_a_variant_that_fails_is_named_and_the_others_go_on(tmp_path):
    results, said = carried_out(comparison(tmp_path, "fine", "broken"))
    assert results["variants"]["broken"] == {
        "method": "archer",
        "seeds": [],
        "missing": [0, 1, 2],
        "ratio": {"seeds": [], "estimate": None, "bound": "unknown", "ci95": [0.0, None]},
    }
    assert results["variants"]["fine"]["seeds"] == [0, 1, 2]
    assert "broken, seed 1: FAILED, its process ended with code 1; " in said
    assert "line 19\nthe stub is broken" in said
    assert "line 5\n" not in said
    assert "there is no result of broken, seed 0; broken, seed 1; broken, seed 2." in said.replace(
        "\n", " "
    )
    page = (tmp_path / "report.html").read_text()
    assert "0 of 3" in page
    assert "the stub is broken" in page
    assert carried_out(comparison(tmp_path, "fine", "broken"))[1].count("resumed") == 3


def test_means_over_fewer_seeds_say_so(tmp_path):
    results, said = carried_out(comparison(tmp_path, "one", "two", seeds=(0, 1, 7)))
    assert results["warm_start"] == {"seeds": [0, 1], "missing": [7]}
    assert results["variants"]["two"]["missing"] == [7]
    assert results["variants"]["two"]["ratio"]["seeds"] == [0, 1]
    assert len(results["variants"]["two"]["final"]["by_seed"]) == 2
    assert "2 of 3" in said
    page = (tmp_path / "report.html").read_text()
    assert "two, seed 7</p><pre>it was not begun, as its warm start failed (warm_start, s" in page


@pytest.mark.parametrize("orphans", ["live on", "are killed too"])
def test_killed_in_the_middle_and_repeated_it_ends_with_the_same_results(tmp_path, orphans):
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "go").touch()
    whole, _ = carried_out(comparison(tmp_path / "whole", "slow", "quick"))
    settings = comparison(tmp_path / "killed", "slow", "quick")
    child = multiprocessing.get_context("fork").Process(target=carried_out, args=(settings,))
    child.start()
    halves = [tmp_path / "killed" / "runs" / "slow" / f"seed-{seed}" for seed in (0, 1)]
    for half in halves:
        wait_for(half / "timings.jsonl")
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    if orphans == "are killed too":
        for half in halves:
            os.kill(int((half / "pid").read_text()), signal.SIGKILL)
        said_first = "slow, seed 0: resumed"
    else:
        said_first = "slow, seed 0: waits for a process"
    timer = threading.Timer(1.0, (tmp_path / "killed" / "go").touch)
    timer.start()
    killed, said = carried_out(settings)
    timer.join()
    assert said_first in said
    assert timeless(killed) == timeless(whole)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_processes(tmp_path, how):
    settings = comparison(tmp_path, "slow", seeds=(0,))
    file = tmp_path / "compare.yaml"
    file.write_text(yaml.safe_dump(asdict(settings)))

    def compare():
        # Who started the tests in the background has them ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.exit(main(["compare", str(file)]))

    child = multiprocessing.get_context("fork").Process(target=compare)
    child.start()
    run = tmp_path / "runs" / "slow" / "seed-0"
    wait_for(run / "timings.jsonl")
    os.kill(child.pid, how)
    child.join(30)
    assert child.exitcode == 130
    (tmp_path / "go").touch()
    _, said = carried_out(settings)
    assert "slow, seed 0: resumed" in said
    assert "waits" not in said


def test_a_configuration_that_changed_is_refused_with_the_key(tmp_path):
    carried_out(comparison(tmp_path, "one", seeds=(0,)))
    changed = comparison(tmp_path, "one", seeds=(0,))
    changed.variants["one"] = {"archer": {"discount": 0.5}}
    with pytest.raises(
        ConfigError, match=r"archer\.discount was 0\.95 and is 0\.5\. Undo"
    ) as error:
        carried_out(changed)
    assert str(tmp_path / "runs" / "one" / "seed-0") in str(error.value)
    longer = comparison(tmp_path, "one", seeds=(0,))
    longer.episodes = 128
    with pytest.raises(ConfigError, match=r"archer\.iterations was 8 and is 16"):
        carried_out(longer)
    played = comparison(tmp_path, "one", seeds=(0,))
    played.base["policy"] = {"max_new_tokens": 8}
    with pytest.raises(ConfigError, match=r"policy\.max_new_tokens was 32 and is 8"):
        carried_out(played)
    # What only the report needs may change.
    reported = comparison(tmp_path, "one", seeds=(0,))
    reported.threshold = -9.0
    assert carried_out(reported)[0]["threshold"] == -9.0


def test_what_only_decides_memory_may_change_and_the_run_goes_on_by_its_own(tmp_path):
    settings = comparison(tmp_path, "one", "broken", seeds=(0,))
    carried_out(settings)
    own = tmp_path / "runs" / "broken" / "seed-0" / "config.yaml"
    config = yaml.safe_load(own.read_text())
    config["run"] |= {"micro_batch_tokens": 2048, "gradient_checkpointing": True}
    own.write_text(yaml.safe_dump(config))
    settings.base["eval"] = {"kl_to_warm_start": False}
    _, said = carried_out(settings)
    said = said.replace("\n", " ")
    assert "one, seed 0: done before" in said
    assert (
        "broken, seed 0: resumed with its own eval.kl_to_warm_start True (here: False), "
        "run.gradient_checkpointing True (here: False), run.micro_batch_tokens 2048 (here: 8192), "
        f"from {own}"
    ) in said
    assert yaml.safe_load(own.read_text()) == config
    page = (tmp_path / "report.html").read_text()
    assert "micro_batch_tokens: 2048" in page
