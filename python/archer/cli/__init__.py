"""The command `archer`: each of its commands is a module of this package, loaded when used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from archer.config import nearest
from archer.errors import ArcherError

COMMANDS = {
    "train": "train an agent by a configuration, or continue a run that was interrupted",
    "compare": "train several methods on the same seeds and warm starts, and report on them",
    "eval": "measure the policy of a run",
    "play": "play an environment yourself, or watch a policy play it",
    "envs": "list the environments",
    "demos": "let a scripted policy play, and keep its episodes",
    "store": "look into a trajectory store, repair it, or exchange its episodes",
}
_MODULES = {"eval": "evaluate"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 2 for what the user can put right.

    1 is that of `archer store check` where there is damage, and of `archer compare` where a run has
    failed.
    """
    name, *rest = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in {"-h", "--help"}:
        _help()
        return 0
    if name == "--version":
        Console().print(f"archer {version('archer')}", highlight=False)
        return 0
    if name not in COMMANDS:
        return _fail(f"there is no command {name!r}; {nearest(name, COMMANDS)}")
    # For tasks of one's own, module:Class: the command finds what `python -m archer` would find.
    sys.path.append(str(Path.cwd()))
    try:
        return import_module(f"archer.cli.{_MODULES.get(name, name)}").main(rest) or 0
    except (ArcherError, OSError) as error:
        return _fail(_message(error))
    except KeyboardInterrupt:
        _fail("interrupted")
        return 130


def _help() -> None:
    console = Console(highlight=False)
    console.print("usage: archer COMMAND …      (archer COMMAND --help says more)\n", markup=False)
    for name, what in COMMANDS.items():
        console.print(f"  [bold]{name:<7}[/bold] {what}")


def _message(error: Exception) -> str:
    """What went wrong, without the number that an error of the operating system begins with."""
    if not isinstance(error, OSError):
        return str(error)
    reason = error.strerror or str(error)
    if error.filename is None:
        return reason
    return f"cannot use the path {error.filename}: {reason}; give one that can be read and written"


def _fail(message: str) -> int:
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]archer:[/bold red] {escape(message)}", soft_wrap=True)
    return 2
