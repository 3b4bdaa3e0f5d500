"""`archer envs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tyro
from rich.console import Console
from rich.markup import escape

from archer.env import specs


def main(arguments: list[str]) -> None:
    """Parses and runs."""
    tyro.cli(_envs, args=arguments, prog="archer envs")


def _envs() -> None:
    """Lists the environments: what they are, their options, and who can play them."""
    console = Console(highlight=False)
    for spec in specs():
        console.print(f"[bold]{spec.id}[/bold]  [dim]gymnasium: {spec.gymnasium_id}[/dim]")
        console.print(f"  {escape(spec.description)}")
        for title, text in (
            ("options", _pairs(spec.options, "=")),
            ("at a reset", _pairs(spec.reset_options, ": ")),
            ("scripted policies", ", ".join(spec.scripted)),
        ):
            if text:
                console.print(f"  [dim]{title}:[/dim] {escape(text)}")
        console.print()
    console.print("A task of your own, a subclass of archer.TextEnv, is named module:Class.")


def _pairs(values: Mapping[str, Any], between: str) -> str:
    return ", ".join(f"{name}{between}{value}" for name, value in values.items())
