"""What of a run goes into a checkpoint, and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from archer.algorithms.archer import Archer
from archer.algorithms.bc import BehaviourCloning
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

if TYPE_CHECKING:
    from archer.train import Trainer

Learner = Archer | BehaviourCloning


@dataclass
class Progress:
    """How far a run has come."""

    phase: Literal["cloning", "archer", "done"] = "cloning"
    iteration: int = 0
    """Of ArCHer, the critic-only ones included."""
    episodes: int = 0
    """Collected by the policy for training."""
    version: int = 0
    """Actor updates so far."""
    saves: int = 0
    """Checkpoints so far."""
    evaluations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By policy: "demonstrations", "optimal", "bc", "archer"."""


def save(trainer: Trainer, learner: Learner) -> None:
    """Writes a checkpoint of everything that the rest of the run depends on."""
    trainer.progress.saves += 1
    trainer.store.flush()
    state: dict[str, Any] = {
        "progress": asdict(trainer.progress),
        "metrics_position": trainer.log.position(),
        "trajectories": len(trainer.store),
        "env_episodes": trainer.env.episodes.tolist(),
        "optimizers": {},
    }
    tensors = add_prefix("rng.", rng_tensors(_streams(trainer, learner)))
    for name, module in _modules(learner).items():
        original = _originals(learner).get(name, module)
        tensors |= add_prefix(f"{name}.", _trained(module, original))
    for name, optimizer in _optimizers(learner).items():
        values, state["optimizers"][name] = optimizer_tensors(optimizer)
        tensors |= add_prefix(f"optimizer.{name}.", values)
    blobs = {"replay": learner.replay.state()} if isinstance(learner, Archer) else {}
    if isinstance(learner, BehaviourCloning):
        state["step"] = learner.step
    save_checkpoint(
        trainer.folder / "checkpoints",
        trainer.progress.saves,
        tensors,
        state,
        blobs,
        keep=trainer.config.run.keep_checkpoints,
    )


def restore(saved: Checkpoint, trainer: Trainer, learner: Learner) -> None:
    """Brings a run back to where ``saved`` was written; what came after it is dropped."""
    state = saved.state
    trainer.store.truncate(state["trajectories"])
    trainer.log.rewind(state["metrics_position"])
    trainer.env.seek(state["env_episodes"])
    restore_rng(_streams(trainer, learner), strip_prefix("rng.", saved.tensors))
    for name, module in _modules(learner).items():
        _load(module, strip_prefix(f"{name}.", saved.tensors))
    for name, optimizer in _optimizers(learner).items():
        values = strip_prefix(f"optimizer.{name}.", saved.tensors)
        restore_optimizer(optimizer, values, state["optimizers"][name])
    if isinstance(learner, Archer):
        learner.replay.load(saved.blobs["replay"])
    else:
        learner.step = state["step"]


def _modules(learner: Learner) -> dict[str, nn.Module]:
    modules: dict[str, nn.Module] = {"policy": learner.policy}
    if isinstance(learner, Archer):
        modules |= {"critic": learner.critic, "target": learner.target}
        if learner.reference is not None:
            modules["reference"] = learner.reference
        if learner.baseline is not None:
            modules["baseline"] = learner.baseline
    return modules


def _originals(learner: Learner) -> dict[str, nn.Module]:
    """What the frozen modules are copies of."""
    if isinstance(learner, Archer):
        return {"target": learner.critic, "reference": learner.policy}
    return {}


def _optimizers(learner: Learner) -> dict[str, torch.optim.Optimizer]:
    if isinstance(learner, BehaviourCloning):
        return {"policy": learner.optimizer}
    optimizers: dict[str, torch.optim.Optimizer] = {
        "policy": learner.policy_optimizer,
        "critic": learner.critic_optimizer,
    }
    if learner.baseline_optimizer is not None:
        optimizers["baseline"] = learner.baseline_optimizer
    return optimizers


def _streams(trainer: Trainer, learner: Learner) -> dict[str, torch.Generator]:
    streams = {"sampling": trainer.sampling, "torch": torch.default_generator}
    device = learner.policy.device
    if device.type == "cuda":
        streams["cuda"] = torch.cuda.default_generators[device.index]
    if isinstance(learner, BehaviourCloning):
        streams["batches"] = learner.generator
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
