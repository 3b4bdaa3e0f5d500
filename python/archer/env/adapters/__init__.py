"""Other projects' environments as tasks: each module needs the package it is named after."""

from __future__ import annotations

import importlib
from typing import Any

from archer.errors import EnvError


def imported(module: str, extra: str) -> Any:
    """A module of an optional package.

    Raises:
        EnvError: it is not installed, or cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise EnvError(
            f"{module} cannot be imported: {error}; install it by pip install 'archer[{extra}]'"
        ) from error
