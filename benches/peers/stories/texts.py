"""What a story says, without what the two sides show differently."""

from __future__ import annotations

import re

_STATUS = re.compile(r"\A +\S.{20,}Moves: \S+ *\n?")
"""The line of status with which Jericho begins the texts of version 3."""
_HIDDEN = re.compile(r"score (-?\d+), moves (\d+)")


def plain(text: str) -> str:
    """A text in one line, without the prompt at its end."""
    return " ".join(text.rstrip().removesuffix(">").split())


def without_status(text: str) -> str:
    """A text of a story of version 3, as Jericho gives it, without the line of status."""
    return _STATUS.sub("", text)


def score_and_moves(hidden: str) -> tuple[int, int]:
    """As archer's `hidden` tells them."""
    found = _HIDDEN.search(hidden)
    if found is None:
        raise ValueError(f"no score and moves in {hidden!r}")
    return int(found[1]), int(found[2])
