"""Which built-in environments there are."""

from __future__ import annotations

from archer.env.arguments import did_you_mean
from archer.env.spec import EnvironmentSpec
from archer.env.tasks import SPECS
from archer.errors import UnknownEnvironmentError


def specs() -> tuple[EnvironmentSpec, ...]:
    """All built-in environments."""
    return SPECS


def ids() -> tuple[str, ...]:
    """Their ids."""
    return tuple(spec.id for spec in SPECS)


def spec(env_id: str) -> EnvironmentSpec:
    """One built-in environment.

    Raises:
        UnknownEnvironmentError: no such id.
    """
    for found in SPECS:
        if found.id == env_id:
            return found
    raise UnknownEnvironmentError(
        f"there is no environment {env_id!r}{did_you_mean(str(env_id), ids())}; a task of your own "
        "is named 'module:Class'"
    )
