"""A run that is killed anywhere and resumed ends with the same bytes as one that never was."""

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archer.config import load_config
from archer.errors import CheckpointError, ConfigError
from archer.train import resume, train

KILLER = Path(__file__).with_name("killer.py")
CONFIG = """
env: {{id: twenty_questions_subset, num_envs: 8, options: {{max_turns: 6}}}}
policy: {{max_new_tokens: 6, device: cpu}}
bc: {{demonstrations: 24, steps: 12, batch_size: 8}}
archer:
  iterations: 6
  episodes_per_iteration: 8
  sample_unit: {unit}
  priority_alpha: {alpha}
  priority_half_life: {half_life}
  critic_updates: 3
  critic_only_iterations: 2
  critic_only_updates: 3
  critic_batch_size: 8
  critic_learning_rate: 0.001
  value_target: {target}
  advantage: {advantage}
  actor_data: {data}
  loss: {loss}
  actor_epochs: 2
  actor_batch_size: 8
  policy_learning_rate: 0.0003
  token_baseline: {extras}
  kl_coefficient: {kl}
eval: {{episodes: 8, every: 2, final_episodes: 8, num_envs: 8}}
run: {{out: {out}, threads: 1, checkpoint_every: 1}}
"""
SETTINGS = {
    "gae": {
        "unit": "trajectory", "alpha": 0.0, "half_life": "null", "target": "stored",
        "advantage": "gae", "data": "fresh_trajectories", "loss": "clipped", "extras": "false",
        "kl": 0.0,
    },
    "paper": {
        "unit": "turn", "alpha": 0.6, "half_life": 2.5, "target": "fresh",
        "advantage": "q_minus_v", "data": "fresh_utterances", "loss": "reinforce", "extras": "true",
        "kl": 0.05,
    },
}  # fmt: skip


def write(tmp_path, name, setting):
    path = tmp_path / f"{name}.yaml"
    path.write_text(CONFIG.format(out=tmp_path / name, **SETTINGS[setting]))
    return path


def run(path, place="never", count=0):
    command = [sys.executable, "-W", "error", str(KILLER), str(path), place, str(count)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    expected = 0 if place == "never" else -signal.SIGKILL
    assert process.returncode == expected, (place, process.stdout, process.stderr)


def timeless(node):
    """A summary without what the clock and the process wrote into it."""
    if not isinstance(node, dict):
        return node
    changing = {"train_seconds", "peak_memory", "peak_gpu_memory", "spent", "speed"}
    return {key: timeless(value) for key, value in node.items() if key not in changing}


def summary(folder):
    return timeless(json.loads((folder / "summary.json").read_text(encoding="utf-8")))


def digests(folder):
    """Every file of a run that must repeat itself: all but the clock's and its own path."""
    clock = {"timings.jsonl", "summary.json", "config.yaml"}
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in clock and path.suffix != ".lock"
    }


@pytest.mark.timeout(900)  # a dozen processes, one after the other
@pytest.mark.parametrize("setting", SETTINGS)
def test_killed_again_and_again_it_ends_with_the_same_bytes(setting, tmp_path):
    run(write(tmp_path, "whole", setting))
    killed = tmp_path / "killed"
    run(write(tmp_path, "killed", setting), "collecting", 3)  # among the demonstrations
    run(killed, "cloning", 7)
    for place, count in [
        ("checkpoint", 3),
        ("collecting", 9),
        ("critic", 5),
        ("actor", 3),
        ("checkpoint", 11),
        ("summary", 1),
        ("figure", 1),
    ]:
        run(killed, place, count)
        assert not (killed / "summary.json").exists()
    run(killed)
    whole = digests(tmp_path / "whole")
    assert "figures/returns.png" in whole
    assert digests(killed) == whole
    assert summary(killed) == summary(tmp_path / "whole")
    assert {"metrics.jsonl", "policy/model.safetensors"} <= whole.keys()
    assert any(name.startswith("trajectories/") for name in whole)
    assert any(name.endswith("tensors.safetensors") for name in whole)


def test_a_run_folder_is_not_overwritten(tmp_path):
    path = write(tmp_path, "run", "gae")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is there already; continue it"):
        train(load_config(path), quiet=True)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_what_is_no_run_folder_cannot_be_resumed(tmp_path):
    with pytest.raises(CheckpointError, match=r"is no run folder: it holds no config\.yaml"):
        resume(tmp_path, quiet=True)


def test_another_number_of_environments_is_refused_before_anything_is_dropped(tmp_path):
    run(write(tmp_path, "run", "gae"), "actor", 3)
    before = digests(tmp_path / "run")
    config = tmp_path / "run" / "config.yaml"
    config.write_text(config.read_text().replace("num_envs: 8", "num_envs: 6", 1))
    with pytest.raises(CheckpointError, match=r"env\.num_envs is 6, but the run was begun with 8"):
        resume(tmp_path / "run", quiet=True)
    assert digests(tmp_path / "run") == before


def test_a_damaged_checkpoint_is_named(tmp_path):
    run(write(tmp_path, "run", "gae"), "actor", 3)
    newest = sorted((tmp_path / "run" / "checkpoints").glob("step-*"))[-1]
    tensors = newest / "tensors.safetensors"
    data = bytearray(tensors.read_bytes())
    data[len(data) // 2] ^= 1
    tensors.write_bytes(data)
    with pytest.raises(CheckpointError, match=rf"damaged checkpoint .*{newest.name}.*tensors"):
        resume(tmp_path / "run", quiet=True)
