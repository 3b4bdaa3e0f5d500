"""Stories for the Z-machine, and the Detective among them: their scripted policies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.env.tasks.listed import listed

_USUAL = (
    *("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest"),
    *("up", "down", "in", "out", "look", "inventory", "wait"),
)
"""What every story understands."""
_PLACE = re.compile(r"<< (.+?) >>")
_WALKTHROUGH = """
Chief's office: take paper, w
Closet: take gun, e
Chief's office: n
Outside: w, e
Mayor's house: e
Living room: take wood, w
Mayor's house: w
Dining room: take note, e
Mayor's house: n
Upstairs hallway: n
Hallway: w, n, n, w
Bedroom: e
Hallway: n
Outside: e
Video Store: e, e
Outside: s
McDonalds: take hamburger, n
Outside: n, e
Music Store: n
Back of Music Store: n
Alley: n
Police Station: n
Outside: e
Doughnut King: w
Outside: w
The Wall: e
Outside: n
Holiday Inn: n
Holiday Inn 15th Floor: w
Hallway: n, w, n, n
Room # 30: up
"""
"""Of the Detective: a place as its headings tell it, and what to say from there on until the next
one, all places of one name being one."""


@dataclass(slots=True)
class _Game:
    """One episode of a script."""

    rng: np.random.Generator
    place: str = ""
    line: int = 0
    """Of the walkthrough, the next."""


class StoryScript(Script[_Game]):
    """Follows a walkthrough, and in a place where this does not go on, resumes it where it passes.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say instead any of the commands that are listed, or
            a direction, ``look``, ``inventory`` or ``wait`` where none are.
        walkthrough: a place and what to say there, a line each; what is said elsewhere is ``look``.
    """

    def __init__(self, seed: int, rate: float, walkthrough: str = "") -> None:
        super().__init__(seed)
        self.rate = rate
        self.walkthrough = [
            (place, command)
            for place, commands in (line.split(": ") for line in walkthrough.split("\n") if line)
            for command in commands.split(", ")
        ]

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng)

    def _speak(self, game: _Game, observation: str) -> str:
        if places := _PLACE.findall(observation):
            game.place = places[-1]
        if self.rate and game.rng.random() < self.rate:
            possible = listed(observation) or _USUAL
            return possible[game.rng.integers(len(possible))]
        return self._follow(game)

    def _follow(self, game: _Game) -> str:
        """The next line for the place: the first from here on, else the last before."""
        lines = [line for line, (place, _) in enumerate(self.walkthrough) if place == game.place]
        ahead = [line for line in lines if line >= game.line]
        if not lines:
            return "look"
        line = ahead[0] if ahead else lines[-1]
        game.line = line + 1
        return self.walkthrough[line][1]


def _make_detective(name: str, seed: int, rate: float) -> StoryScript:
    return StoryScript(seed, rate, _WALKTHROUGH)


def _make_any(name: str, seed: int, rate: float) -> StoryScript:
    return StoryScript(seed, rate)


def _options(story: str | None) -> dict[str, Any]:
    return {
        "story": story,
        "observation": "game",
        "show_commands": False,
        "max_turns": 60,
        "frotz_seed": None,
    }


SPECS = (
    EnvironmentSpec(
        "detective",
        "archer/Detective-v0",
        "Detective, a text adventure by Matt Barringer: find the mayor's murderer. 360 points in "
        "all, the first ten of them for nothing.",
        _make_detective,
        _options("detective.z5"),
        needs="The story file detective.z5, in the current folder, in the folder that the variable "
        "ARCHER_STORIES names, or at the path that the option story gives.",
        shows_status=True,
    ),
    EnvironmentSpec(
        "zmachine",
        "archer/ZMachine-v0",
        "Any text adventure for the Z-machine: what is said is typed into the story, and the "
        "change of its score is the reward.",
        _make_any,
        _options(None),
        scripted=("random",),
        needs="A story file of version 3, 4, 5 or 8 (.z3, .z4, .z5, .z8): the option story is its "
        "path, or its name in the folder that the variable ARCHER_STORIES names.",
        shows_status=True,
    ),
)
