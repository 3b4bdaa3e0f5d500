"""The scripted policies of the corridor."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from archer.env.script import Script

COMMANDS = ("take key", "go on", "go red", "go blue", "go home")
"""All that can be said in a corridor; anything else is invalid."""
_OPENING = re.compile(r"the (red|blue) door of room (\d+) wins")


@dataclass(slots=True)
class _Walk:
    """What the script knows of one episode."""

    rng: np.random.Generator
    room: str = ""
    last_room: str = ""
    door: str = ""
    has_key: bool = False


class CorridorScript(Script[_Walk]):
    """Takes the key, walks to the right door, and goes home if the key was left behind.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say any of `COMMANDS` instead of the best.
    """

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__(seed)
        self.rate = rate

    def _begin(self, rng: np.random.Generator) -> _Walk:
        return _Walk(rng)

    def _speak(self, game: _Walk, observation: str) -> str:
        self._hear(game, observation)
        if self.rate and game.rng.random() < self.rate:
            return COMMANDS[game.rng.integers(len(COMMANDS))]
        if not game.has_key:
            return "take key" if game.room == "1" else "go home"
        return "go on" if game.room != game.last_room else f"go {game.door}"

    def _hear(self, game: _Walk, observation: str) -> None:
        if opening := _OPENING.search(observation):
            game.door, game.last_room = opening.groups()
            game.room = "1"
        elif observation == "You have the key.":
            game.has_key = True
        elif observation.startswith("Room "):
            game.room = observation[len("Room ") : -1]
