"""Wordle: its scripted policies."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from archer import _rust
from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.errors import OptionError

_FEEDBACK = re.compile(r"[gyb](?: [gyb]){4}")
_LISTS: dict[str, Any] = {"words": None, "guesses": None, "feedback": "wordle"}
"""What a solver has to know of the task's options, and the defaults."""


@dataclass(slots=True)
class _Game:
    """What the script knows of one episode."""

    rng: np.random.Generator
    heard: list[tuple[str, str]] = field(default_factory=list)
    """Its guesses and their feedback."""
    said: str | None = None
    """The latest guess."""


class WordleScript(Script[_Game]):
    """Makes the guess whose feedback is expected to tell the most, or any word that may be hidden.

    It spells its guesses, so that every letter is a token, as in what it is answered. Where no
    word agrees with what was heard, or a guess was refused, as can only be if the task has other
    lists, it says any word.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say any word that may be hidden instead of the best.
        solver: knows the words.
    """

    def __init__(self, seed: int, rate: float, solver: _rust.WordleSolver) -> None:
        super().__init__(seed)
        self.rate, self.solver = rate, solver
        self.answers = solver.answers()

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng)

    def _speak(self, game: _Game, observation: str) -> str:
        answered = _FEEDBACK.fullmatch(observation) is not None
        if game.said and answered:
            game.heard.append((game.said, observation))
        refused = game.said and not answered
        noise = self.rate and game.rng.random() < self.rate
        best = None if refused or noise else self.solver.best(game.heard)
        game.said = best or self.answers[game.rng.integers(len(self.answers))]
        return " ".join(game.said)


@lru_cache(maxsize=4)
def _solver(options: str) -> _rust.WordleSolver:
    return _rust.WordleSolver(options)


def _make_script(name: str, seed: int, rate: float, **lists: Any) -> WordleScript:
    try:
        options = json.dumps(lists)
    except (TypeError, ValueError) as error:
        raise OptionError(f"options are {lists!r:.80}: give lists of words") from error
    return WordleScript(seed, rate, _solver(options))


SPECS = (
    EnvironmentSpec(
        "wordle",
        "archer/Wordle-v0",
        "Find a word of 5 letters by guesses that are answered letter by letter; -1 for each turn "
        "until it is said.",
        _make_script,
        {"max_turns": 6, **_LISTS},
        {"word": "the word to hide, one of those that may be"},
        ("best", "noisy", "random"),
        _LISTS,
    ),
)
