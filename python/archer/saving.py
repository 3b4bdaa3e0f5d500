"""What of a run goes into a checkpoint, and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from archer.algorithms.method import Kept, Learner
from archer.checkpoint import (
    Checkpoint,
    add_prefix,
    optimizer_tensors,
    restore_optimizer,
    restore_rng,
    rng_tensors,
    save_checkpoint,
    strip_prefix,
)
from archer.errors import CheckpointError

if TYPE_CHECKING:
    from archer.train import Trainer


@dataclass
class Progress:
    """How far a run has come."""

    phase: Literal["cloning", "learning", "done"] = "cloning"
    iteration: int = 0
    """Of the method."""
    episodes: int = 0
    """Collected by the policy for training."""
    saves: int = 0
    """Checkpoints so far."""
    evaluations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By policy: "demonstrations", "optimal", "bc", and the method's name."""
    at_warm_start: dict[str, float] = field(default_factory=dict)
    """The diagnostics of the warm start that are finite."""
    alarms: dict[str, str] = field(default_factory=dict)
    """What has gone wrong, by kind, in the words of `archer.alarms`."""


def save(trainer: Trainer, learner: Learner) -> None:
    """Writes a checkpoint of everything that the rest of the run depends on."""
    trainer.progress.saves += 1
    trainer.store.flush()
    state: dict[str, Any] = {
        "progress": asdict(trainer.progress),
        "metrics_position": trainer.log.position(),
        "trajectories": len(trainer.store),
        "env_episodes": [] if trainer.env is None else trainer.env.episodes.tolist(),
        "optimizers": {},
        "counters": learner.counters,
    }
    kept = learner.kept()
    tensors = add_prefix("rng.", rng_tensors(_streams(trainer, kept)))
    for name, module in kept.modules.items():
        tensors |= add_prefix(f"{name}.", _trained(module, kept.copies.get(name, module)))
    for name, optimizer in kept.optimizers.items():
        values, state["optimizers"][name] = optimizer_tensors(optimizer)
        tensors |= add_prefix(f"optimizer.{name}.", values)
    blobs = {name: replay.state() for name, replay in kept.replays.items()}
    save_checkpoint(
        trainer.folder / "checkpoints",
        trainer.progress.saves,
        tensors,
        state,
        blobs,
        keep=trainer.config.run.keep_checkpoints,
    )


def restore(saved: Checkpoint, trainer: Trainer, learner: Learner) -> None:
    """Brings a run back to where ``saved`` was written; what came after it is dropped.

    Raises:
        CheckpointError: the number of environments is another than before; nothing has changed.
    """
    state = saved.state
    counters = state["env_episodes"]
    if trainer.env is not None and len(counters) != trainer.env.num_envs:
        raise CheckpointError(
            f"env.num_envs is {trainer.env.num_envs}, but the run was begun with {len(counters)}, "
            "and each environment goes on with its own episodes; set it back in the run folder's "
            "config.yaml"
        )
    trainer.store.truncate(state["trajectories"])
    trainer.log.rewind(state["metrics_position"])
    if trainer.env is not None:
        trainer.env.seek(counters)
    kept = learner.kept()
    restore_rng(_streams(trainer, kept), strip_prefix("rng.", saved.tensors))
    for name, module in kept.modules.items():
        _load(module, strip_prefix(f"{name}.", saved.tensors))
    for name, optimizer in kept.optimizers.items():
        values = strip_prefix(f"optimizer.{name}.", saved.tensors)
        restore_optimizer(optimizer, values, state["optimizers"][name])
    for name, replay in kept.replays.items():
        replay.load(saved.blobs[name])
    learner.counters.update(state["counters"])


def _streams(trainer: Trainer, kept: Kept) -> dict[str, torch.Generator]:
    streams = {"sampling": trainer.sampling, "torch": torch.default_generator} | kept.generators
    device = trainer.policy.device
    if device.type == "cuda":
        streams["cuda"] = torch.cuda.default_generators[device.index]
    return streams


def _trained(module: nn.Module, original: nn.Module) -> dict[str, Tensor]:
    """The parameters that differ from a freshly loaded model: with LoRA, the adapters alone.

    They are those that require a gradient in ``original``: the module itself, or for a target or
    reference network, where none does, the module that it is a copy of.
    """
    both = zip(module.named_parameters(), original.parameters(), strict=True)
    return {name: copy.detach() for (name, copy), own in both if own.requires_grad}


@torch.no_grad()
def _load(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    parameters = dict(module.named_parameters())
    for name, tensor in tensors.items():
        parameters[name].copy_(tensor)
