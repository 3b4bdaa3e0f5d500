"""Who knows the next move in a maze: with a map, and without."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from archer.env.tasks.maze_map import MOVES, Cell, Chart, Sight, beyond


class Guide(Protocol):
    """Follows one episode."""

    def hear(self, seen: Sight, said: str | None) -> None:
        """Takes in what is seen at first, or after moving in the direction that was said."""

    @property
    def best(self) -> str | None:
        """The direction to go in; None if what was seen contradicts all that was known."""


class Reader:
    """Has a map, and keeps the cells that fit all that was seen.

    Fully observed, that is the one where the agent is, and the ways are shortest. Partly observed,
    it goes as from the cell that was nearest to the goal, until what it sees shows that it began
    elsewhere: it never gives up the true cell, so it arrives.
    """

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.cells = sorted(chart.turns, key=lambda cell: (chart.turns[cell], cell))

    def hear(self, seen: Sight, said: str | None) -> None:
        """As `Guide.hear`."""
        if seen.here is not None:
            self.cells = [seen.here]
            return
        ways = self.chart.ways
        after = [ways[cell].get(said, cell) if said else cell for cell in self.cells]
        # An episode that goes on is not at its goal.
        self.cells = [
            cell
            for cell in after
            if cell != self.chart.goal and self.chart.sees(cell) == seen.walls
        ]

    @property
    def best(self) -> str | None:
        """As `Guide.best`."""
        return self.chart.best(self.cells[0]) if self.cells else None


class Explorer:
    """Has no map, and draws one.

    If it is told where the goal is, it goes there by the shortest way on which it knows of no wall;
    if not, to the nearest cell where it has not been. Either way it arrives.

    Args:
        size: rows and columns of the maze.
    """

    def __init__(self, size: Cell) -> None:
        self.size = size
        self.goal: Cell | None = None
        self.here: Cell = (0, 0)
        self.ways: dict[Cell, dict[str, Cell]] = {}

    def hear(self, seen: Sight, said: str | None) -> None:
        """As `Guide.hear`; positions that are not told are counted from the first one."""
        if said is not None and self.here in self.ways:
            self.here = self.ways[self.here].get(said, self.here)
        self.goal, self.here = seen.goal, seen.here or self.here
        self.ways[self.here] = {
            direction: beyond(self.here, direction)
            for direction in MOVES
            if direction not in seen.walls
        }

    @property
    def best(self) -> str | None:
        """As `Guide.best`."""
        waiting = deque((near, direction) for direction, near in self.ways[self.here].items())
        reached = {self.here}
        while waiting:
            cell, first = waiting.popleft()
            if cell in reached:
                continue
            reached.add(cell)
            if cell == self.goal or (self.goal is None and cell not in self.ways):
                return first
            waiting.extend((near, first) for near in self._near(cell))
        return None

    def _near(self, cell: Cell) -> Iterator[Cell]:
        """The cells that may be next to one; where it has not been, all on the map."""
        if cell in self.ways:
            yield from self.ways[cell].values()
            return
        rows, columns = self.size
        for row, column in (beyond(cell, direction) for direction in MOVES):
            if 0 <= row < rows and 0 <= column < columns:
                yield row, column
