"""A run out of memory: what it says, and that it can be continued."""

import errno
import json
import re
from contextlib import contextmanager
from dataclasses import asdict

import pytest
import torch

import archer.algorithms.archer
import archer.algorithms.utterance_critic
import archer.train
from archer.config import Config, load_config
from archer.errors import ArcherError, ModelError, OutOfMemoryError
from archer.memory import (
    ADVICE,
    AT_ONCE,
    UPDATES,
    out_of_memory_named,
    peak_gpu_memory,
    peak_memory,
)
from archer.runlog import RunLog, read_counts, read_memory, read_seconds, read_spent
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
CUBLAS = "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"


@pytest.mark.parametrize(
    ("error", "doing", "setting"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried"), "critic", "run.micro_batch_tokens"),
        (MemoryError(), "actor", "run.micro_batch_tokens"),
        (RuntimeError(CPU), "collect", "policy.max_new_tokens"),
        (MemoryError("x"), "evaluate", "eval.num_envs"),
        (MemoryError("x"), "diagnose", "eval.kl_to_warm_start"),
        (torch.AcceleratorError("CUDA error: out of memory"), "critic", "run.micro_batch_tokens"),
        (RuntimeError(CUBLAS), "actor", "run.gradient_checkpointing"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "load", "policy.lora_rank"),
        (RuntimeError("unable to mmap 3 bytes: Cannot allocate memory (12)"), "load", "bfloat16"),
        (MemoryError("x"), "build", "critic.model"),
    ],
)
def test_a_failed_allocation_names_the_setting_to_lower(error, doing, setting):
    with (
        pytest.raises(OutOfMemoryError, match=f"ran out in '{doing}'.*; .*{setting}") as raised,
        out_of_memory_named(doing),
    ):
        raise error
    assert isinstance(raised.value, ArcherError)
    assert raised.value.__cause__ is error


def test_other_errors_pass_as_they_are_and_one_that_names_a_setting_keeps_it():
    for text in ("shapes differ", "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED"):
        with pytest.raises(RuntimeError, match=f"^{text}$"), Stopwatch()("critic"):
            raise RuntimeError(text)
    watch = Stopwatch()
    with pytest.raises(OutOfMemoryError, match="'collect'"), watch("actor"), watch("collect"):
        raise MemoryError


def test_an_error_that_was_caused_by_one_of_memory_names_the_setting_too():
    with pytest.raises(OutOfMemoryError, match=r"'load' \(.*can't allocate"), _loading():
        raise RuntimeError(CPU)


@contextmanager
def _loading():
    """As a loader that takes every failure for one of the model."""
    with out_of_memory_named("load"):
        try:
            yield
        except RuntimeError as error:
            raise ModelError("cannot load") from error


def test_every_setting_that_is_named_exists():
    sections = asdict(Config())
    for text in (*ADVICE.values(), UPDATES, *AT_ONCE):
        for section, key in re.findall(r"\b(\w+)\.(\w+)\b", text.replace("config.yaml", "")):
            assert key in sections[section]


@pytest.mark.parametrize(
    ("what", "doing", "setting"),
    [("policy", "load", "policy.model"), ("method", "build", "critic.model")],
)
def test_networks_that_do_not_fit_name_what_to_change(tmp_path, monkeypatch, what, doing, setting):
    (tmp_path / "it.yaml").write_text(CONFIG.format(out=tmp_path / "it"))

    def full(*_):
        raise RuntimeError(CPU)

    if what == "policy":
        monkeypatch.setattr(archer.train.Policy, "load", full)
    else:
        monkeypatch.setattr(archer.algorithms.archer, "load_critic", full)
    with pytest.raises(OutOfMemoryError, match=rf"'{doing}'.*{setting}"):
        train(load_config(tmp_path / "it.yaml"), quiet=True)
    assert (tmp_path / "it").exists() == (what == "method")  # nothing was begun without a policy


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
    # Three iterations of two critic batches of eight turns, and of the actor on every new turn.
    counts = read_counts(tmp_path / "short", "archer")
    assert counts["episodes"] == 24
    assert counts["learned_turns"] == 3 * 2 * 8 + counts["turns"]
    assert counts["turns"] <= counts["new_tokens"] <= 6 * counts["turns"]
    assert counts == read_counts(tmp_path / "whole", "archer")
    for name, spent in (("turns", ("collect",)), ("learned_turns", ("critic", "actor"))):
        seconds = sum(summary["spent"][part] for part in spent)
        speed = summary["speed"][f"{name}_per_second"]
        assert speed == pytest.approx(counts[name] / seconds, rel=0.05)
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
