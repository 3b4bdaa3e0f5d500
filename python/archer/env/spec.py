"""Which environments there are, and what they take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archer.env.arguments import did_you_mean
from archer.errors import UnknownEnvironmentError


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What `archer envs` lists."""

    id: str
    gymnasium_id: str
    description: str
    options: dict[str, Any] = field(default_factory=dict)
    """Options of `archer.make_vec` and their defaults."""
    reset_options: dict[str, str] = field(default_factory=dict)
    """Options of one reset, and what they mean."""
    scripted: tuple[str, ...] = ()
    """Names for `archer.env.scripted`."""


_SCRIPTED = ("optimal", "noisy", "random")


def _twenty_questions(env_id: str, gymnasium_id: str, what: str) -> EnvironmentSpec:
    return EnvironmentSpec(
        env_id,
        gymnasium_id,
        f"Find {what} by questions answered yes or no; -1 for each turn until it is named.",
        {"max_turns": 20, "answerer": None},
        {"object": "the object to hide, by any of its names"},
        _SCRIPTED,
    )


_SPECS = (
    _twenty_questions(
        "twenty_questions", "archer/TwentyQuestions-v0", "one of 158 everyday objects"
    ),
    _twenty_questions(
        "twenty_questions_subset", "archer/TwentyQuestionsSubset-v0", "one of 10 objects"
    ),
    EnvironmentSpec(
        "corridor",
        "archer/Corridor-v0",
        "Take the key, walk to the last room, open the one of 2 doors that the opening named: 1 at "
        "the end, or 0.25 for going home, less step_cost for each turn. Its values are known.",
        {"length": 8, "max_turns": 30, "step_cost": 0.01},
        {"door": "the door that wins, red or blue"},
        _SCRIPTED,
    ),
)


def specs() -> tuple[EnvironmentSpec, ...]:
    """All built-in environments."""
    return _SPECS


def ids() -> tuple[str, ...]:
    """Their ids."""
    return tuple(spec.id for spec in _SPECS)


def spec(env_id: str) -> EnvironmentSpec:
    """One built-in environment.

    Raises:
        UnknownEnvironmentError: no such id.
    """
    for found in _SPECS:
        if found.id == env_id:
            return found
    raise UnknownEnvironmentError(
        f"there is no environment {env_id!r}{did_you_mean(str(env_id), ids())}; a task of your own "
        "is named 'module:Class'"
    )
