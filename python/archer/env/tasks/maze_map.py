"""What can be read of a maze, and the ways to its goal."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple

Cell = tuple[int, int]
"""Row and column, counted from 0 at the top left."""
MOVES: dict[str, Cell] = {"right": (0, 1), "left": (0, -1), "up": (-1, 0), "down": (1, 0)}
"""The directions, in the order in which walls are told."""
_WALLS = re.compile(r"Walls: ([a-z, ]+)\.")
_PLACES = re.compile(r"The goal is at (\d+), (\d+)\. You are at (\d+), (\d+)\.")
_SHOWN = re.compile(r"Map, with .*:\n((?:#[# G]*#\n)+)")
_SIZE = re.compile(r"which has (\d+) rows and (\d+) columns")


class Sight(NamedTuple):
    """What one observation tells."""

    walls: frozenset[str]
    """The directions that walls stop."""
    goal: Cell | None
    """None in a partly observed maze, as the next."""
    here: Cell | None


def sight(observation: str) -> Sight | None:
    """What an observation tells; None if the goal is reached."""
    if not (told := _WALLS.search(observation)):
        return None
    walls = frozenset(told[1].split(", ")) & MOVES.keys()
    if not (places := _PLACES.search(observation)):
        return Sight(walls, None, None)
    goal_row, goal_column, row, column = map(int, places.groups())
    return Sight(walls, (goal_row, goal_column), (row, column))


def shown_map(opening: str) -> tuple[str, ...] | None:
    """The rows of the map in an opening, if it shows one."""
    shown = _SHOWN.search(opening)
    return tuple(shown[1].splitlines()) if shown else None


def size(opening: str) -> Cell:
    """Rows and columns of the maze."""
    told = _SIZE.search(opening)
    return (int(told[1]), int(told[2])) if told else (0, 0)


def beyond(cell: Cell, direction: str) -> Cell:
    """The next cell in a direction."""
    rows, columns = MOVES[direction]
    return cell[0] + rows, cell[1] + columns


class Chart(NamedTuple):
    """A map with the shortest ways to a goal."""

    goal: Cell
    ways: dict[Cell, dict[str, Cell]]
    """Where each move leads from a floor cell that no wall stops."""
    turns: dict[Cell, int]
    """From each floor cell to the goal."""

    def best(self, cell: Cell) -> str:
        """The first of the moves that lead nearer to the goal; any at the goal itself."""
        return min(self.ways[cell], key=lambda direction: self.turns[self.ways[cell][direction]])

    def sees(self, cell: Cell) -> frozenset[str]:
        """The directions that walls stop."""
        return frozenset(MOVES.keys() - self.ways[cell].keys())


@lru_cache(maxsize=8)
def chart(rows: tuple[str, ...], goal: Cell | None = None) -> Chart:
    """The chart of a map as an opening shows it, to its own goal or another one."""
    letters = {(i, j): letter for i, row in enumerate(rows) for j, letter in enumerate(row)}
    floor = {cell for cell, letter in letters.items() if letter != "#"}
    if goal is None:
        goal = next(cell for cell, letter in letters.items() if letter == "G")
    ways = {cell: _open(cell, floor) for cell in floor}
    turns, waiting = {goal: 0}, deque([goal])
    while waiting:
        cell = waiting.popleft()
        for near in ways[cell].values():
            if near not in turns:
                turns[near] = turns[cell] + 1
                waiting.append(near)
    return Chart(goal, ways, turns)


def _open(cell: Cell, floor: Container[Cell]) -> dict[str, Cell]:
    """The cells that moves lead to."""
    near = {direction: beyond(cell, direction) for direction in MOVES}
    return {direction: next_to for direction, next_to in near.items() if next_to in floor}
