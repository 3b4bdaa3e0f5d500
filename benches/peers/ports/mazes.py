"""The double T maze, and what is said in it, for the ports of the maze."""

from __future__ import annotations

ROWS = (
    "#############",
    "#     #     #",
    "### ##### ###",
    "### ##### ###",
    "### ##### ###",
    "###       ###",
    "###### ######",
    "###### ######",
    "######G######",
    "#############",
)

MOVES = {"right": (0, 1), "left": (0, -1), "up": (-1, 0), "down": (1, 0)}
"""Changes of row and column, in the order in which walls are told."""

OPENING = (
    "Reach the goal of the double T maze, which has 10 rows and 13 columns, counted from 0 at the "
    "top left.\nSay: move up, move down, move left, move right.\n"
)
AT_GOAL = "You have reached the goal."
NO_MOVE = "That is no move. "
