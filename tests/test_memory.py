"""A run out of memory: what it says, and that it can be continued."""

import json

import pytest
import torch

import archer.algorithms.utterance_critic
from archer.config import load_config
from archer.errors import ArcherError, OutOfMemoryError
from archer.memory import out_of_memory_named, peak_gpu_memory, peak_memory
from archer.runlog import RunLog, read_memory, read_seconds, read_spent
from archer.stopwatch import Stopwatch
from archer.train import resume, train

CONFIG = """
env: {{id: twenty_questions_subset, num_envs: 8, options: {{max_turns: 4}}}}
policy: {{max_new_tokens: 6, device: cpu}}
bc: {{demonstrations: 8, steps: 2, batch_size: 8}}
archer:
  iterations: 3
  episodes_per_iteration: 8
  critic_updates: 2
  critic_only_iterations: 0
  critic_batch_size: 8
  value_target: stored
  actor_data: fresh_trajectories
  actor_epochs: 1
eval: {{episodes: 8, every: 0, final_episodes: 8, num_envs: 8}}
run: {{out: {out}, threads: 1, checkpoint_every: 1}}
"""
CPU = "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried"


@pytest.mark.parametrize(
    ("error", "doing", "setting"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried"), "critic", "run.micro_batch_tokens"),
        (MemoryError(), "actor", "run.micro_batch_tokens"),
        (RuntimeError(CPU), "collect", "policy.max_new_tokens"),
        (MemoryError("x"), "evaluate", "eval.num_envs"),
        (MemoryError("x"), "diagnose", "eval.kl_to_warm_start"),
    ],
)
def test_a_failed_allocation_names_the_setting_to_lower(error, doing, setting):
    with (
        pytest.raises(OutOfMemoryError, match=f"ran out in '{doing}'.*lower .*{setting}") as raised,
        out_of_memory_named(doing),
    ):
        raise error
    assert isinstance(raised.value, ArcherError)
    assert raised.value.__cause__ is error


def test_other_errors_pass_as_they_are_and_one_that_names_a_setting_keeps_it():
    with pytest.raises(RuntimeError, match=r"^shapes differ$"), Stopwatch()("critic"):
        raise RuntimeError("shapes differ")
    watch = Stopwatch()
    with pytest.raises(OutOfMemoryError, match="'collect'"), watch("actor"), watch("collect"):
        raise MemoryError


def test_a_run_out_of_memory_is_continued_to_the_same_bytes(tmp_path, monkeypatch):
    for name in ("whole", "short"):
        (tmp_path / f"{name}.yaml").write_text(CONFIG.format(out=tmp_path / name))
    train(load_config(tmp_path / "whole.yaml"), quiet=True)
    clip, calls = archer.algorithms.utterance_critic.clip_gradients, []

    def short_of_memory(*arguments):
        calls.append(None)
        if len(calls) == 4:  # in the middle of the second iteration
            raise RuntimeError(CPU)
        return clip(*arguments)

    monkeypatch.setattr(archer.algorithms.utterance_critic, "clip_gradients", short_of_memory)
    with pytest.raises(OutOfMemoryError, match=r"'critic'.*lower run\.micro_batch_tokens"):
        train(load_config(tmp_path / "short.yaml"), quiet=True)
    resume(tmp_path / "short", quiet=True)
    assert len(calls) > 4
    for file in ("metrics.jsonl", "policy/model.safetensors"):
        assert (tmp_path / "short" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    summary = json.loads((tmp_path / "short" / "summary.json").read_text())
    assert set(summary["spent"]) == {"collect", "critic", "actor"}
    assert summary["peak_memory"] >= read_memory(tmp_path / "short")["peak_memory"] > 0


def test_memory_stands_beside_the_seconds_and_is_none_of_them(tmp_path):
    with RunLog(tmp_path) as log:
        log.metrics("archer", 1, {})
        log.timings("archer", 1, {"collect": 2.0, "critic": 3.0})
        log.timings("archer", 2, {"collect": 4.0})
        log.timings("bc", 2, {"updates": 1.0})
    assert read_seconds(tmp_path) == {"archer": 9.0, "bc": 1.0}
    assert read_spent(tmp_path, "archer") == {"collect": 6.0, "critic": 3.0}
    memory = read_memory(tmp_path)
    assert 0 < memory["peak_memory"] <= peak_memory()
    assert memory["peak_gpu_memory"] == peak_gpu_memory()
