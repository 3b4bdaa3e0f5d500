"""The maze as LMRL-Gym does it: an array for the map, and every text made when it is said."""

from __future__ import annotations

import random

import numpy as np

from benches.peers.ports.lmrl_history import History, Text
from benches.peers.ports.mazes import AT_GOAL, MOVES, NO_MOVE, OPENING, ROWS

ACTIONS = {f"move {way}": change for way, change in MOVES.items()}
WALL = 1


class LmrlMaze:
    """archer's task, which understands the four moves in LMRL-Gym's one way to say them.

    Args:
        start: where to begin; drawn if None.
    """

    max_turns = 100
    last_k = 40
    """Texts of the dialogue that are kept."""

    def __init__(self, start: tuple[int, int] | None = None) -> None:
        self._start = start
        self._maze = np.array([[mark == "#" for mark in row] for row in ROWS], np.uint8)
        self._goal = next((r, row.index("G")) for r, row in enumerate(ROWS) if "G" in row)
        self._moves: list[str] = []

    def reset(self) -> History:
        """As `LmrlEnv.reset`."""
        self._moves = []
        positions = [tuple(cell) for cell in np.argwhere(self._maze != WALL).tolist()]
        positions.remove(self._goal)
        self._position = self._start or random.choice(positions)
        return (Text(f"{OPENING}{self._describe()}\n", False),)

    def step(self, history: History) -> tuple[History, float, bool]:
        """As `LmrlEnv.step`."""
        action = history[-1].text
        self._position = self._moved(action)
        self._moves.append(action)
        reward = self._reward(action)
        if self._position == self._goal:
            return (Text(AT_GOAL, False),), reward, True
        seen = self._describe() if action in ACTIONS else NO_MOVE + self._describe()
        dialogue = [*history, Text(seen, False)]
        dialogue = dialogue[max(0, len(dialogue) - self.last_k) :]
        return tuple(dialogue), reward, len(self._moves) >= self.max_turns

    def _moved(self, action: str) -> tuple[int, int]:
        row, column = self._position
        if action in ACTIONS:
            down, right = ACTIONS[action]
            if self._maze[row + down, column + right] != WALL:
                return row + down, column + right
        return row, column

    def _reward(self, action: str) -> float:
        if self._position == self._goal:
            return 0.0
        return -1.0 if action in ACTIONS else -4.0

    def _describe(self) -> str:
        row, column = self._position
        walls = [
            way
            for way, (down, right) in MOVES.items()
            if self._maze[row + down, column + right] == WALL
        ]
        goal = f"The goal is at {self._goal[0]}, {self._goal[1]}."
        return f"{goal} You are at {row}, {column}. Walls: {', '.join(walls) or 'none'}."
