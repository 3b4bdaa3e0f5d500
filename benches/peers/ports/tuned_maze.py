"""The maze in Python, tuned."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from archer import TextEnv
from benches.peers.ports.mazes import AT_GOAL, MOVES, NO_MOVE, OPENING, ROWS

Cell = tuple[int, int]

_SAID = {
    f"{verb}{way}{mark}": way
    for verb in ("move ", "go ", "")
    for way in MOVES
    for mark in ("", ".", "!")
}
"""The ways to say a move that are looked up; others are read."""


class _Chart(NamedTuple):
    """All that there is to know, worked out once."""

    starts: list[Cell]
    goal: Cell
    after: dict[Cell, dict[str, Cell]]
    """Where each move leads."""
    texts: dict[Cell, str]
    """What is seen in each cell."""


@lru_cache(maxsize=1)
def _chart() -> _Chart:
    marks = {(r, c): mark for r, row in enumerate(ROWS) for c, mark in enumerate(row)}
    floor = [cell for cell, mark in marks.items() if mark != "#"]
    goal = next(cell for cell, mark in marks.items() if mark == "G")
    after, texts = {}, {}
    for row, column in floor:
        near = {way: (row + down, column + right) for way, (down, right) in MOVES.items()}
        walls = [way for way, cell in near.items() if marks[cell] == "#"]
        after[row, column] = near | dict.fromkeys(walls, (row, column))
        texts[row, column] = (
            f"The goal is at {goal[0]}, {goal[1]}. You are at {row}, {column}. "
            f"Walls: {', '.join(walls) or 'none'}."
        )
    return _Chart([cell for cell in floor if cell != goal], goal, after, texts)


class Maze(TextEnv):
    """archer's task with its defaults: a step is three look-ups, for all texts are made before.

    Args:
        start: where to begin; drawn if None.
    """

    max_turns = 100

    def __init__(self, start: Cell | None = None) -> None:
        self._start = start
        self._starts, self._goal, self._after, self._texts = _chart()
        self.win = self.invalid = False

    def reset(self, rng: np.random.Generator) -> str:
        """As `TextEnv.reset`."""
        self._cell = self._start or self._starts[int(rng.random() * len(self._starts))]
        return f"{OPENING}{self._texts[self._cell]}\n"

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """As `TextEnv.step`."""
        way = _SAID.get(utterance) or _read(utterance)
        if way is None:
            self.invalid = True
            return NO_MOVE + self._texts[self._cell], -4.0, False
        cell = self._cell = self._after[self._cell][way]
        if cell == self._goal:
            self.win = True
            return AT_GOAL, 0.0, True
        return self._texts[cell], -1.0, False

    def get_state(self) -> Cell:
        """The episode."""
        return self._cell

    def set_state(self, state: Cell) -> None:
        """Takes an episode over."""
        self._cell = state


def _read(utterance: str) -> str | None:
    """The move that is said in another case, or with more white space."""
    text = utterance.strip()
    if text.endswith((".", "!")):
        text = text[:-1]
    # Of two marks one is left, and is no part of a move.
    return None if text.endswith((".", "!")) else _SAID.get(" ".join(text.lower().split()))
