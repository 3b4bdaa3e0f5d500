"""Compiled passes: the same numbers, no compilation for another width, rollouts as they are."""

import functools

import pytest
import torch

from archer.algorithms import check_method
from archer.config import Config, CriticConfig, PolicyConfig, RunConfig
from archer.critic import load_critic, target_of
from archer.errors import ConfigError
from archer.passes import check_compiler
from archer.policy import Policy
from archer.sampler import Sampler
from test_critic import episode_batch, values


@pytest.fixture
def captured(monkeypatch):
    """Compiles without a compiler: torch captures graphs and runs them as they are."""
    torch.compiler.reset()
    compile_ = functools.partial(torch.compile, backend="eager")
    monkeypatch.setattr(torch, "compile", compile_)
    with torch._dynamo.config.patch(recompile_limit=8):
        yield torch._dynamo.utils.counters["stats"]
    torch.compiler.reset()


def load(folder="tiny", **settings):
    return Policy.load(PolicyConfig(model=folder, device="cpu", max_new_tokens=4, **settings))


def read(policy, width=9, rows=2):
    tokens = torch.arange(1, 1 + rows * width).view(rows, width)
    policy.zero_grad()
    logprob, _ = policy(tokens, torch.full((rows,), width))
    logprob.sum().backward()
    gradients = [p.grad.clone() for p in policy.parameters() if p.requires_grad]
    return [logprob.detach(), *gradients]


@pytest.mark.parametrize("lora", [False, True])
def test_compiled_passes_give_the_same_numbers_for_rows_of_any_width(lora, captured, model_folder):
    settings = {}
    if lora:
        pytest.importorskip("peft")
        settings = {"lora_rank": 2, "lora_targets": ["q_proj", "v_proj"]}
    policy, plain = (load(model_folder("llama"), **settings) for _ in range(2))
    policy.compile_passes()
    read(policy)
    graphs = captured["unique_graphs"]
    assert graphs > 0
    for width, rows in ((9, 2), (12, 2), (23, 5)):
        for own, other in zip(read(policy, width, rows), read(plain, width, rows), strict=True):
            torch.testing.assert_close(own, other, atol=1e-6, rtol=1e-5)
    assert captured["unique_graphs"] == graphs


def test_rollouts_run_as_they_are(captured, generator):
    policy = load()
    policy.compile_passes()
    graphs = captured["unique_graphs"]
    said = Sampler(policy, generator, [[5, 6, 7], [8, 9]]).speak()
    assert captured["unique_graphs"] == graphs
    assert said == Sampler(load(), torch.Generator().manual_seed(0), [[5, 6, 7], [8, 9]]).speak()


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_critics_targets_and_references_are_compiled_too(kind, captured):
    policy = load()
    expected = values(load_critic(CriticConfig(kind=kind), policy), episode_batch())
    policy.compile_passes()
    critic = load_critic(CriticConfig(kind=kind), policy)
    graphs = captured["unique_graphs"]
    for network in (critic, target_of(critic)):
        assert network.trunk._compiled_call_impl is not None
        torch.testing.assert_close(values(network, episode_batch()), expected)
    assert captured["unique_graphs"] > graphs
    reference = policy.frozen_copy()
    assert reference.model.base_model._compiled_call_impl is not None


def test_torch_that_cannot_compile_is_refused(monkeypatch):
    def fails(function):
        raise RuntimeError("no working C++ compiler\nin any place")

    monkeypatch.setattr(torch, "compile", fails)
    with pytest.raises(ConfigError, match=r"run\.compile needs .* no working C\+\+ compiler; inst"):
        check_compiler(torch.device("cpu"))


def test_compiling_excludes_gradient_checkpointing():
    config = Config(run=RunConfig(compile=True, gradient_checkpointing=True))
    with pytest.raises(ConfigError, match=r"run\.compile and run\.gradient_checkpointing exclude"):
        check_method(config)
