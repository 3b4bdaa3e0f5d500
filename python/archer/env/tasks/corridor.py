"""The corridor: its scripted policies and its exact values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archer.env.script import Script
from archer.env.spec import EnvironmentSpec

COMMANDS = ("take key", "go on", "go red", "go blue", "go home")
"""All that can be said in a corridor; anything else is invalid."""
_OPENING = re.compile(r"the (red|blue) door of room (\d+) wins")


_ENDS = ("You win.", "Wrong door.", "You are home.")
_WIN, _HOME, _STEP_COST = 1.0, 0.25, 0.01


@dataclass(slots=True)
class _Walk:
    """What has been read of one episode."""

    room: int = 0
    last_room: int = 0
    door: str = ""
    has_key: bool = False
    over: bool = False

    def hear(self, observation: str) -> None:
        """Takes in what is new."""
        if opening := _OPENING.search(observation):
            self.door, self.last_room = opening[1], int(opening[2])
            self.room = 1
        elif observation == "You have the key.":
            self.has_key = True
        elif observation.startswith("Room "):
            self.room = int(observation[len("Room ") : -1])
        elif observation in _ENDS:
            self.over = True

    @property
    def best(self) -> str:
        """The command that wins soonest, or goes home if the key was left behind."""
        if not self.has_key:
            return "take key" if self.room == 1 else "go home"
        return "go on" if self.room != self.last_room else f"go {self.door}"


@dataclass(slots=True)
class _Game:
    """One episode of a script."""

    rng: np.random.Generator
    walk: _Walk = field(default_factory=_Walk)


class CorridorScript(Script[_Game]):
    """Takes the key, walks to the right door, and goes home if the key was left behind.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say any of `COMMANDS` instead of the best.
    """

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__(seed)
        self.rate = rate

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng)

    def _speak(self, game: _Game, observation: str) -> str:
        game.walk.hear(observation)
        if self.rate and game.rng.random() < self.rate:
            return COMMANDS[game.rng.integers(len(COMMANDS))]
        return game.walk.best


def _make_script(name: str, seed: int, rate: float) -> CorridorScript:
    return CorridorScript(seed, rate)


def _optimal_value(texts: Sequence[str], discount: float, options: Mapping[str, Any]) -> float:
    """The best of going home at once and of walking to the door, if that can be opened."""
    walk = _Walk()
    for observation in texts[::2]:
        walk.hear(observation)
    if walk.over:
        return 0.0
    cost = float(options.get("step_cost", min(_STEP_COST, (_WIN - _HOME) / walk.last_room)))
    home = _HOME - cost
    if not walk.has_key and walk.room > 1:
        return home
    turns = walk.last_room - walk.room + 1 + (not walk.has_key)
    costs = cost * sum(discount**turn for turn in range(turns))
    return max(home, _WIN * discount ** (turns - 1) - costs)


SPECS = (
    EnvironmentSpec(
        "corridor",
        "archer/Corridor-v0",
        "Take the key, walk to the last room, open the one of 2 doors that the opening named: 1 at "
        "the end, or 0.25 for going home, less step_cost for each turn. Its values are known.",
        _make_script,
        {"length": 8, "max_turns": 30, "step_cost": _STEP_COST},
        {"door": "the door that wins, red or blue"},
        optimal_value=_optimal_value,
    ),
)
