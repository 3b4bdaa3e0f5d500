"""`archer envs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tyro
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from archer.env import EnvironmentSpec, specs


def main(arguments: list[str]) -> None:
    """Parses and runs."""
    tyro.cli(_envs, args=arguments, prog="archer envs")


def _envs() -> None:
    """Lists the environments: what they are, their options, and who can play them."""
    console = Console(highlight=False)
    for spec in specs():
        console.print(Text(spec.id, style="bold"))
        console.print(Padding(Text(spec.description), (0, 0, 0, 2)))
        console.print(Padding(_details(spec), (0, 0, 1, 2)))
    console.print("A task of your own, a subclass of archer.TextEnv, is named module:Class.")


def _details(spec: EnvironmentSpec) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for title, text in (
        ("Gymnasium id", spec.gymnasium_id),
        ("options, defaults", _pairs(spec.options, "=")),
        ("options of a reset", _pairs(spec.reset_options, ": ")),
        ("scripted policies", ", ".join(spec.scripted)),
        ("needs", spec.needs),
    ):
        if text:
            table.add_row(title, Text(text))
    return table


def _pairs(values: Mapping[str, Any], between: str) -> str:
    return ", ".join(f"{name}{between}{value}" for name, value in values.items())
