"""`archer train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from archer.config import Config, load_config
from archer.errors import ConfigError
from archer.train import resume as resume_run
from archer.train import train


def main(arguments: list[str]) -> None:
    """Trains by ``CONFIG.yaml [--section.key value …]``, or continues by ``--resume RUN``."""
    if not arguments:
        raise ConfigError(
            "give a configuration (archer train CONFIG.yaml), "
            "or continue a run (archer train --resume RUN)"
        )
    if arguments[0].startswith("-"):
        if arguments[0].partition("=")[0] not in {"--resume", "--help", "-h"}:
            raise ConfigError(
                f"{arguments[0]} stands before the configuration; give that first: "
                "archer train CONFIG.yaml [--section.key value …]"
            )
        tyro.cli(_resume, args=arguments, prog="archer train")
        return
    path, *overrides = arguments
    config = tyro.cli(
        Config,
        default=load_config(path),
        args=overrides,
        prog=f"archer train {path}",
        description=f"Trains by {path}. Every option overrides a value of that file.",
    )
    try:
        train(config)
    except KeyboardInterrupt:
        _say_how_to_continue(Path(config.run.out))
        raise


def _resume(*, resume: Annotated[Path, tyro.conf.arg(metavar="RUN")]) -> None:
    """Trains an agent.

    `archer train CONFIG.yaml` begins a run, `archer train --resume RUN` continues one;
    `archer train CONFIG.yaml --help` lists every setting with its value in that file.

    Args:
        resume: Folder of the run to continue.
    """
    try:
        resume_run(resume)
    except KeyboardInterrupt:
        _say_how_to_continue(resume)
        raise


def _say_how_to_continue(folder: Path) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(f"continue with: archer train --resume {folder}", markup=False, soft_wrap=True)
