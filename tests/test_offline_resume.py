"""Methods that learn from stored episodes, killed and resumed, end with the same bytes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archer.config import load_config
from archer.train import resume, train
from doors import cloned, guesses
from test_resume import digests

CONFIG = """
env: {{id: {env}, num_envs: 4}}
policy: {{max_new_tokens: 4, device: cpu}}
bc: {{steps: 2, batch_size: 4, store: {store}}}
method: {method}
archer_offline: {{iterations: 3, critic_updates: 2, critic_batch_size: 4, actor_updates: 2,
  actor_batch_size: 4, actor: {actor}, kl_coefficient: {kl}}}
filtered_bc: {{iterations: 3, episodes_per_iteration: 4, updates: 2, batch_size: 4, fraction: 0.5}}
archer:
  iterations: 3
  episodes_per_iteration: 4
  sample_unit: trajectory
  target: vtrace
  value_target: stored
  critic_updates: 2
  critic_batch_size: 4
  critic_only_iterations: 0
  critic_pretraining_updates: 2
  actor_data: replayed_trajectories
  advantage: gae
  loss: clipped
  actor_epochs: 2
  actor_batch_size: 4
  recent_episodes: 8
  policy_learning_rate: 0.0003
eval: {{episodes: 4, every: 1, final_episodes: 4, num_envs: 4}}
run: {{out: {out}, threads: 1, checkpoint_every: 1}}
"""
CASES = {
    "replayed": {"method": "archer", "env": "'doors:Doors'", "actor": "awr", "kl": 0.0},
    "awr": {"method": "archer_offline", "env": "null", "actor": "awr", "kl": 0.0},
    "iql_kl": {"method": "archer_offline", "env": "null", "actor": "iql_kl", "kl": 0.1},
    "filtered": {"method": "filtered_bc", "env": "'doors:Doors'", "actor": "awr", "kl": 0.0},
}


KILLED = """
import os, signal, sys
from archer.algorithms import METHODS
from archer.config import load_config
from archer.train import train

config = load_config(sys.argv[1])
method = METHODS[config.method]
learn = method.learn

def killed(self, ids, iteration, watch):
    info = learn(self, ids, iteration, watch)
    if iteration == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return info

method.learn = killed
train(config, quiet=True)
"""


QUICK = {"replayed", "awr"}


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=() if c in QUICK else pytest.mark.slow) for c in CASES]
)
def test_killed_in_an_iteration_it_ends_with_the_same_bytes(case, tmp_path):
    guesses(cloned(0)[0], 16, tmp_path / "demonstrations").close()
    paths = {name: tmp_path / f"{name}.yaml" for name in ("whole", "killed")}
    for name, path in paths.items():
        store = tmp_path / "demonstrations"
        path.write_text(CONFIG.format(store=store, out=tmp_path / name, **CASES[case]))
    here = Path(__file__).parent
    command = [sys.executable, "-c", KILLED, str(paths["killed"])]
    ended = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    resume(tmp_path / "killed", quiet=True)
    train(load_config(paths["whole"]), quiet=True)
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")
