"""Optimizers and random streams continue bit for bit after they are restored."""

import json

import pytest
import torch

from archer.checkpoint import (
    add_prefix,
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    restore_rng,
    rng_tensors,
    save_checkpoint,
    strip_prefix,
)
from archer.errors import CheckpointError

OPTIMIZERS = {
    "adamw": lambda groups: torch.optim.AdamW(groups, lr=1e-2, betas=(0.8, 0.95)),
    "amsgrad": lambda groups: torch.optim.AdamW(groups, lr=1e-2, amsgrad=True),
    "sgd": lambda groups: torch.optim.SGD(groups, lr=1e-2, momentum=0.9),
    "plain": lambda groups: torch.optim.SGD(groups, lr=1e-2),
}


def build(make, seed):
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    groups = [
        {"params": model[0].parameters(), "weight_decay": 0.1},
        {"params": model[2].parameters(), "weight_decay": 0.0},
    ]
    return model, make(groups)


def step(model, optimizer, generator):
    optimizer.zero_grad()
    model(torch.randn(8, 3, generator=generator)).square().mean().backward()
    optimizer.step()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_continues_bit_for_bit(tmp_path, name):
    model, optimizer = build(OPTIMIZERS[name], 0)
    generators = {"data": torch.Generator().manual_seed(7)}
    for _ in range(3):
        step(model, optimizer, generators["data"])
    optimizer.param_groups[1]["lr"] = 3e-3  # as a schedule would

    tensors, state = optimizer_tensors(optimizer)
    everything = {
        **add_prefix("model.", model.state_dict()),
        **add_prefix("optimizer.", tensors),
        **add_prefix("rng.", rng_tensors(generators)),
    }
    save_checkpoint(tmp_path, 3, everything, {"optimizer": state})

    other, restored = build(OPTIMIZERS[name], 1)
    streams = {"data": torch.Generator()}
    loaded = load_checkpoint(tmp_path)
    other.load_state_dict(strip_prefix("model.", loaded.tensors))
    restore_optimizer(
        restored, strip_prefix("optimizer.", loaded.tensors), loaded.state["optimizer"]
    )
    restore_rng(streams, strip_prefix("rng.", loaded.tensors))

    assert restored.state_dict()["param_groups"] == optimizer.state_dict()["param_groups"]
    for _ in range(3):
        step(model, optimizer, generators["data"])
        step(other, restored, streams["data"])
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_state_is_json():
    model, optimizer = build(OPTIMIZERS["adamw"], 0)
    step(model, optimizer, torch.Generator())
    tensors, state = optimizer_tensors(optimizer)
    assert "0.exp_avg" in tensors
    assert json.loads(json.dumps(state))["groups"][0]["lr"] == 1e-2


def test_an_optimizer_of_other_parameters_is_refused():
    model, optimizer = build(OPTIMIZERS["adamw"], 0)
    step(model, optimizer, torch.Generator())
    tensors, state = optimizer_tensors(optimizer)
    fewer = [{"params": [layer.weight]} for layer in (model[0], model[2])]
    for groups in (fewer, model.parameters()):
        with pytest.raises(CheckpointError, match="does not fit"):
            restore_optimizer(torch.optim.AdamW(groups), tensors, state)


def test_a_random_stream_that_was_not_saved_is_an_error():
    saved = rng_tensors({"rollout": torch.Generator()})
    with pytest.raises(CheckpointError, match="'critic'"):
        restore_rng({"critic": torch.Generator()}, saved)
