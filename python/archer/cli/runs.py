"""What several commands take: a run folder, or a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from archer.algorithms.acting import load_acting
from archer.config import Config, PolicyConfig, load_config
from archer.errors import CheckpointError, ConfigError
from archer.policy import Policy
from archer.sampler import SamplerFactory

_SAVED = {
    "policy": "",
    "warm_start": " (the run is unfinished: this is its warm start, before reinforcement learning)",
}
"""Folders of a run that hold a policy, the best first, and what is to be said of them."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A policy from a folder."""

    policy: Policy
    sampler: SamplerFactory
    """How it acts."""
    which: str
    """Which one it is, for people."""


def load_run(folder: str | Path) -> tuple[Config, Saved]:
    """The configuration of a run, and its newest saved policy.

    Raises:
        CheckpointError: No run folder, or its policy has not been saved yet.
    """
    folder = Path(folder)
    if not is_run(folder):
        raise CheckpointError(f"{folder} is no run folder: it holds no config.yaml")
    config = load_config(folder / "config.yaml")
    for name, note in _SAVED.items():
        if (folder / name).is_dir():
            saved = replace(config.policy, model=str(folder / name), lora_rank=None)
            return config, _load(saved, f"{folder / name}{note}")
    raise CheckpointError(
        f"{folder} holds no policy yet; let it train further: archer train --resume {folder}"
    )


def load_policy(run_or_model: str, *, chat: bool = False) -> Saved:
    """The policy of a run folder, or a model by folder or hub name.

    Args:
        run_or_model: whose policy it is.
        chat: whether a model's dialogues are written by its chat template; of a run's policy, its
            configuration says so.

    Raises:
        ConfigError: ``chat`` for a run whose policy writes plain text.
        CheckpointError: What can only be a path is no folder, or it is that of a run without a
            policy.
        ModelError: No such model.
    """
    _check_path(run_or_model)
    if is_run(Path(run_or_model)):
        config, saved = load_run(run_or_model)
        if chat and not config.policy.chat:
            raise ConfigError(
                f"--chat is given, but the policy of the run {run_or_model} writes plain text "
                "(policy.chat: false); leave --chat out, or give a model"
            )
        return saved
    return _load(PolicyConfig(model=run_or_model, chat=chat), run_or_model)


def _load(config: PolicyConfig, which: str) -> Saved:
    policy = Policy.load(config)
    return Saved(policy, load_acting(config.model, policy), which)


def is_run(folder: Path) -> bool:
    """Whether ``folder`` is that of a run."""
    return (folder / "config.yaml").is_file()


def _check_path(name: str) -> None:
    """Refuses what reads like a path and is no folder, as the hub would be asked for it at length.

    Raises:
        CheckpointError: That is so.
    """
    path = Path(name)
    if path.is_dir():
        return
    if name.startswith(("runs/", ".", "/", "~")) or path.exists() or Path(path.parts[0]).is_dir():
        raise CheckpointError(
            f"there is no run or model folder {name}; give the folder of a run, a model (a folder, "
            "or its name on the hub), or the name of a scripted policy (archer envs)"
        )
