"""`archer envs`."""

from __future__ import annotations

import tyro
from rich.console import Console
from rich.table import Table

from archer.env import specs


def main(arguments: list[str]) -> None:
    """Parses and runs."""
    tyro.cli(_envs, args=arguments, prog="archer envs")


def _envs() -> None:
    """Lists the environments: what they are, their options, and who can play them."""
    table = Table(show_lines=True)
    for heading in ("Environment", "What it is", "Options", "At a reset", "Scripted policies"):
        table.add_column(heading, overflow="fold")
    for spec in specs():
        table.add_row(
            f"{spec.id}\n{spec.gymnasium_id}",
            spec.description,
            "\n".join(f"{name}: {default}" for name, default in spec.options.items()),
            "\n".join(f"{name}: {meaning}" for name, meaning in spec.reset_options.items()),
            "\n".join(spec.scripted),
        )
    console = Console()
    console.print(table)
    console.print("A task of your own, a subclass of archer.TextEnv, is named module:Class.")
