"""archer's word lists, for the ports of Wordle."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[3] / "rust" / "env" / "data" / "wordle"

OPENING = (
    "Guess a word of 5 letters in 6 tries. Each letter is answered: "
    "g in place, y elsewhere in the word, b not in it.\n"
)
NO_WORD = "Not a word of 5 letters."
UNKNOWN = "Not in the word list."


class Lists(NamedTuple):
    """Which words may be hidden, and which may be said."""

    answers: list[str]
    accepted: list[str]


@lru_cache(maxsize=1)
def lists() -> Lists:
    """The lists that the task has without options."""

    def words(name: str) -> list[str]:
        return (FOLDER / name).read_text(encoding="utf-8").split()

    answers = words("answers.txt")
    return Lists(answers, sorted({*answers, *words("guesses.txt")}))


@lru_cache(maxsize=1)
def accepted() -> frozenset[str]:
    """The words that may be said."""
    return frozenset(lists().accepted)
