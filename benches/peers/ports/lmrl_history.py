"""What an environment of LMRL-Gym is given and gives: the whole dialogue, each turn anew."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Protocol, TypeVar

Environment = TypeVar("Environment")


@dataclass(frozen=True)
class Text:
    """One part of a dialogue."""

    text: str
    is_action: bool


History = tuple[Text, ...]


class LmrlEnv(Protocol):
    """An environment as LMRL-Gym has them; `copy` gives one that goes on from the same state."""

    def reset(self) -> History:
        """Begins an episode: its opening."""

    def step(self, history: History) -> tuple[History, float, bool]:
        """Answers the last text: the dialogue with the answer, the reward, whether it is over."""


def copy(env: Environment) -> Environment:
    """The environment once more, with all that it holds."""
    return deepcopy(env)
