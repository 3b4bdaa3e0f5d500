"""What several commands take: a run folder, a model, the options of an environment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archer.config import Config, PolicyConfig, load_config
from archer.errors import CheckpointError
from archer.policy import Policy


def load_run(folder: str | Path) -> tuple[Config, Policy]:
    """The configuration of a run and its newest saved policy.

    Raises:
        CheckpointError: No run folder, or its policy has not been saved yet.
    """
    folder = Path(folder)
    if not is_run(folder):
        raise CheckpointError(f"{folder} is no run folder: it holds no config.yaml")
    config = load_config(folder / "config.yaml")
    for name in ("policy", "warm_start"):
        if (folder / name).is_dir():
            saved = replace(config.policy, model=str(folder / name), lora_rank=None)
            return config, Policy.load(saved)
    raise CheckpointError(
        f"{folder} holds no policy yet; let it train further: archer train --resume {folder}"
    )


def load_policy(run_or_model: str) -> Policy:
    """The policy of a run folder, or a model by folder or hub name."""
    if is_run(Path(run_or_model)):
        return load_run(run_or_model)[1]
    return Policy.load(PolicyConfig(model=run_or_model))


def is_run(folder: Path) -> bool:
    """Whether ``folder`` is that of a run."""
    return (folder / "config.yaml").is_file()
