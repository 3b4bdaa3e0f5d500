"""Wordle in Python, tuned."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import numpy as np

from archer import TextEnv
from benches.peers.ports.words import NO_WORD, OPENING, UNKNOWN, lists

_PIECE = re.compile(r"[^\W_]+")


@lru_cache(maxsize=1)
def _known() -> dict[str, tuple[str, bool]]:
    """What a word that may be said, whole or spelled, is: the word, and whether letters repeat."""
    words = {word: (word, len(set(word)) < len(word)) for word in lists().accepted}
    return words | {" ".join(word): known for word, known in words.items()}


class Wordle(TextEnv):
    """archer's task with its defaults: one look-up a guess, one expression for its feedback.

    Args:
        word: the word to hide; drawn if None.
    """

    max_turns = 6

    def __init__(self, word: str | None = None) -> None:
        self._word, self._answers, self._known = word, lists().answers, _known()
        self.win = self.invalid = False

    def reset(self, rng: np.random.Generator) -> str:
        """As `TextEnv.reset`."""
        # Several times as quick as `integers`, and even enough for 2020 words.
        self._answer = self._word or self._answers[int(rng.random() * len(self._answers))]
        return OPENING

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """As `TextEnv.step`."""
        known = self._known.get(utterance)
        if known is None:
            guess = _read(utterance)
            known = self._known.get(guess)
            if known is None:
                self.invalid = True
                return (UNKNOWN if guess else NO_WORD), -1.0, False
        guess, repeats = known
        answer = self._answer
        if guess == answer:
            self.win = True
            return "g g g g g", 0.0, True
        if repeats:
            return _crossed_out(guess, answer), -1.0, False
        a, b, c, d, e = tuple(guess)
        p, q, r, s, t = tuple(answer)
        return (
            f"{'g' if a == p else 'y' if a in answer else 'b'} "
            f"{'g' if b == q else 'y' if b in answer else 'b'} "
            f"{'g' if c == r else 'y' if c in answer else 'b'} "
            f"{'g' if d == s else 'y' if d in answer else 'b'} "
            f"{'g' if e == t else 'y' if e in answer else 'b'}",
            -1.0,
            False,
        )

    def get_state(self) -> str:
        """The episode."""
        return self._answer

    def set_state(self, state: str) -> None:
        """Takes an episode over."""
        self._answer = state


def _read(utterance: str) -> str:
    """The one word of a text, whole or spelled, or "" if there is none."""
    pieces = _PIECE.findall(utterance)
    word = "".join(pieces)
    if len(word) == 5 and len(pieces) in {1, 5} and word.isascii() and word.isalpha():
        return word.lower()
    return ""


def _crossed_out(guess: str, answer: str) -> str:
    """The feedback to a guess in which a letter repeats."""
    left = Counter(hidden for said, hidden in zip(guess, answer, strict=True) if said != hidden)
    marks = []
    for said, hidden in zip(guess, answer, strict=True):
        if said == hidden:
            marks.append("g")
        elif left[said]:
            marks.append("y")
            left[said] -= 1
        else:
            marks.append("b")
    return " ".join(marks)
