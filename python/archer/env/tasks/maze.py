"""The maze: its scripted policies and its exact values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archer.env.native import NativeVectorEnv
from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.env.tasks.maze_guides import Explorer, Guide, Reader
from archer.env.tasks.maze_map import MOVES, Sight, chart, shown_map, sight, size
from archer.errors import OptionError

COMMANDS = tuple(f"move {direction}" for direction in MOVES)
"""The moves; there are other ways to say them, and anything else is invalid."""
_LAYOUTS = {"the double T maze": "double_t", "the U maze": "u", "the medium maze": "medium"}
"""What openings call the layouts whose maps are known."""


@dataclass(slots=True)
class _Game:
    """One episode of a script."""

    rng: np.random.Generator
    guide: Guide | None = None
    said: str | None = None


class MazeScript(Script[_Game]):
    """Goes to the goal by the shortest way that its map, or what it has seen, lets it know.

    It knows the maps of the layouts, and one that the opening shows; see `Reader` and `Explorer`.

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
        if (seen := sight(observation)) is not None:
            if game.guide is None:
                game.guide = _guide(observation, seen)
            game.guide.hear(seen, game.said)
        if self.rate and game.rng.random() < self.rate:
            game.said = tuple(MOVES)[game.rng.integers(len(MOVES))]
        else:
            game.said = self._best(game, seen)
        return f"move {game.said}"

    def _best(self, game: _Game, seen: Sight | None) -> str:
        """The best direction for whoever sees this."""
        if game.guide is None or seen is None:
            return "up"
        best = game.guide.best
        if best is None:  # the goal is not where the map has it, and where it is was not told
            game.guide = Explorer((0, 0))
            game.guide.hear(seen, None)
            best = game.guide.best
        return best or "up"


def _make_script(name: str, seed: int, rate: float) -> MazeScript:
    return MazeScript(seed, rate)


def _guide(opening: str, seen: Sight) -> Guide:
    """Who knows most at the beginning of an episode."""
    rows = shown_map(opening)
    layout = next((layout for name, layout in _LAYOUTS.items() if name in opening), None)
    if rows is None and layout is not None:
        rows = _map_of({"layout": layout})
    return Explorer(size(opening)) if rows is None else Reader(chart(rows, seen.goal))


def _map_of(options: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The map that all episodes with these options have in common, if there is one."""
    if options.get("layout") == "generated":
        return None
    (opening,) = NativeVectorEnv("maze", **{**options, "show_map": True}).reset_at([0])
    return shown_map(opening)


def _optimal_value(texts: Sequence[str], discount: float, options: Mapping[str, Any]) -> float:
    """Less one for each step of the shortest way but the last."""
    seen = sight(texts[-1])
    if seen is None:
        return 0.0
    rows = shown_map(texts[0]) or _map_of(options)
    if rows is None or seen.here is None:
        what = "a generated maze" if rows is None else "a partly observed maze"
        raise OptionError(
            f"the exact value of {what} cannot be told from its texts: use observation 'full', and "
            "show_map true where mazes are generated"
        )
    if not {seen.goal, seen.here} <= chart(rows).ways.keys():
        raise OptionError(
            f"the texts tell of {seen.here} and {seen.goal}, which are no floor of this maze: give "
            "the options of the maze that they are from"
        )
    steps = chart(rows, seen.goal).turns[seen.here]
    return -float(sum(discount**turn for turn in range(steps - 1)))


SPECS = (
    EnvironmentSpec(
        "maze",
        "archer/Maze-v0",
        "Walk to the goal of a maze; -1 for each step until it is reached, -4 for what is no move.",
        _make_script,
        {
            "layout": "double_t",
            "map": None,
            "width": None,
            "height": None,
            "loops": None,
            "observation": "full",
            "show_map": False,
            "max_turns": 100,
        },
        {
            "start": "[row, column] of the floor cell to begin at",
            "goal": "[row, column] of the floor cell to reach",
        },
        optimal_value=_optimal_value,
    ),
)
