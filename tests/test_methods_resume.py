"""Every method's run that is killed and resumed ends with the same bytes as one that never was."""

import subprocess
import sys
from pathlib import Path

import pytest

from archer.config import load_config
from archer.store import TrajectoryStore
from archer.train import resume, train
from test_resume import KILLER, digests

CONFIG = """
env: {{id: twenty_questions_subset, num_envs: 8, options: {{max_turns: {turns}}}}}
policy: {{model: {model}, max_new_tokens: 6, device: cpu}}
bc: {{demonstrations: 12, steps: 2, batch_size: 8}}
method: {method}
{method}: {{iterations: 3, {settings}}}
eval: {{episodes: 8, every: 0, final_episodes: 8, num_envs: 8}}
run: {{out: {out}, threads: 1, checkpoint_every: 1}}
"""
ONLINE = "episodes_per_iteration: 8, policy_learning_rate: 1e-3"
KL, GROUPS = f"{ONLINE}, kl_coefficient: 0.1", f"{ONLINE}, group_size: 4"
CRITIC = "critic_batch_size: 4, critic_updates: 2, critic_learning_rate: 0.01"
# By method: its settings, and the place and the call of it where the process kills itself.
CASES = {
    "turn_ppo": (f"{KL}, minibatches: 2, critic_epochs: 2, polyak: 0.5", "actor", 12),
    "ppo": (f"{KL}, minibatches: 2", "actor", 12),
    "reinforce": (KL, "actor", 2),
    "rloo": (GROUPS, "collecting", 16),
    "grpo": (f"{GROUPS}, minibatches: 2", "actor", 12),
    "gigpo": (f"{GROUPS}, step_weight: 0.5", "checkpoint", 14),
    "chai": (f"{CRITIC}, proposals: 2, candidates: 2, episodes_per_iteration: 4", "checkpoint", 14),
    "archer": (
        f"{ONLINE}, {CRITIC}, critic_only_iterations: 1, sample_unit: trajectory, target: vtrace, "
        "value_target: stored, advantage: gae, actor_data: replayed_trajectories, "
        "recent_episodes: 8, actor_batch_size: 4, loss: clipped",
        "actor",
        2,
    ),
    "ilql": ("updates: 2, batch_size: 4, critic_learning_rate: 0.01", "checkpoint", 14),
}


def write(folder, method, **task):
    path = folder.with_suffix(".yaml")
    path.write_text(CONFIG.format(out=folder, method=method, settings=CASES[method][0], **task))
    return path


QUICK = "grpo"


@pytest.mark.parametrize(
    "method", [pytest.param(m, marks=() if m == QUICK else pytest.mark.slow) for m in CASES]
)
def test_killed_and_resumed_it_ends_with_the_same_bytes(method, tmp_path):
    kill_and_resume(method, tmp_path, model="tiny", turns=4)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["archer", "turn_ppo"])
def test_so_it_does_where_episodes_outgrow_the_model(method, small_model, tmp_path):
    kill_and_resume(method, tmp_path, model=small_model, turns=10)
    with TrajectoryStore(tmp_path / "killed" / "trajectories", read_only=True) as store:
        assert max(len(trajectory.tokens) for trajectory in store) > 60


def kill_and_resume(method, tmp_path, **task):
    """The digests of a run that is killed by its own signal are those of one that is not."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(load_config(write(whole, method, **task)), quiet=True)
    _, place, count = CASES[method]
    command = [
        sys.executable,
        "-W",
        "error",
        str(KILLER),
        str(write(killed, method, **task)),
        place,
    ]
    process = subprocess.run([*command, str(count)], capture_output=True, text=True, check=False)
    assert process.returncode == -9, (process.stdout, process.stderr)
    assert any((killed / "checkpoints").iterdir()), "it was killed before its first checkpoint"
    assert not (killed / "summary.json").exists(), "it was killed too late"
    resume(killed, quiet=True)
    assert digests(killed) == digests(whole)
    assert any(Path(name).suffix == ".safetensors" for name in digests(whole))
