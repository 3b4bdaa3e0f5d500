"""The state of optimizers and random streams, as named tensors and JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from archer.errors import CheckpointError


def optimizer_tensors(
    optimizer: torch.optim.Optimizer,
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """An optimizer's state as named tensors ("0.exp_avg") and JSON values, without loss."""
    saved = optimizer.state_dict()
    tensors: dict[str, torch.Tensor] = {}
    values: dict[str, Any] = {}
    for index, entries in saved["state"].items():
        for key, value in entries.items():
            (tensors if isinstance(value, torch.Tensor) else values)[f"{index}.{key}"] = value
    return tensors, {"values": values, "groups": saved["param_groups"]}


def restore_optimizer(
    optimizer: torch.optim.Optimizer,
    tensors: Mapping[str, torch.Tensor],
    state: Mapping[str, Any],
) -> None:
    """Brings back what `optimizer_tensors` returned, into an optimizer of the same parameters.

    Raises:
        CheckpointError: The optimizer has other parameters than the saved one.
    """
    entries: dict[int, dict[str, Any]] = {}
    for name, value in {**tensors, **state["values"]}.items():
        index, key = name.split(".", 1)
        entries.setdefault(int(index), {})[key] = value
    now = optimizer.state_dict()["param_groups"]
    # JSON has no tuples: a list becomes one again where the optimizer has one (Adam's betas).
    groups = [
        {
            key: tuple(value) if isinstance(current.get(key), tuple) else value
            for key, value in group.items()
        }
        for group, current in zip(state["groups"], now, strict=False)
    ]
    try:
        optimizer.load_state_dict({"state": entries, "param_groups": groups})
    except ValueError as error:
        raise CheckpointError(f"the optimizer does not fit its checkpoint: {error}") from error


def rng_tensors(generators: Mapping[str, torch.Generator]) -> dict[str, torch.Tensor]:
    """The state of each random stream, (n,) uint8."""
    return {name: generator.get_state() for name, generator in generators.items()}


def restore_rng(
    generators: Mapping[str, torch.Generator], tensors: Mapping[str, torch.Tensor]
) -> None:
    """Brings back what `rng_tensors` returned.

    Raises:
        CheckpointError: A stream was not saved.
    """
    for name, generator in generators.items():
        if name not in tensors:
            raise CheckpointError(f"the checkpoint holds no random stream {name!r}")
        generator.set_state(tensors[name])


def add_prefix(prefix: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same tensors with ``prefix`` before each name."""
    return {prefix + name: tensor for name, tensor in tensors.items()}


def strip_prefix(prefix: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors whose names begin with ``prefix``, without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
