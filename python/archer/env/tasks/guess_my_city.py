"""Guess My City: its scripted policies, which ask what splits the cities most evenly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import numpy as np

from archer import _rust
from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.env.tasks.bank import Bank
from archer.env.tasks.splits import Solver
from archer.errors import OptionError

EXACT = 6
"""Up to this many candidates the best action is found exactly, above by information gain."""
PLACES = (
    *("Africa", "Asia", "Europe", "North America", "South America"),
    *("East Asia", "South Asia", "Southeast Asia", "the Middle East", "Eastern Europe"),
    *("Latin America", "China", "India", "Indonesia", "Brazil", "Japan", "Colombia"),
    *("the United States", "Java", "Punjab", "the Southern Hemisphere", "the tropics"),
)
"""Where a city may be asked to be."""


@dataclass(slots=True)
class _Game:
    """What the script knows of one episode."""

    rng: np.random.Generator
    candidates: int
    said: int | None = None
    """The latest action."""
    tried: set[int] = field(default_factory=set)


class GuessMyCityScript(Script[_Game]):
    """Asks what is expected to end the episode soonest, or anything from its bank.

    It knows what each city answers to each question of the bank, and reads nothing but the texts.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say anything instead of the best.
        hidden: a bit for each city that may be hidden.
    """

    def __init__(self, seed: int, rate: float, hidden: int) -> None:
        super().__init__(seed)
        self.solver, self.rate, self.hidden = _solver(), rate, hidden
        self.bank = self.solver.bank

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng, self.hidden)

    def _speak(self, game: _Game, observation: str) -> str:
        self._hear(game, observation.lower())
        game.said = self._choose(game)
        game.tried.add(game.said)
        return self.bank.phrasings[game.said][0]

    def _hear(self, game: _Game, answer: str) -> None:
        """Keeps the candidates that fit the answer, or all if an answerer contradicts itself."""
        if game.said is None or not answer.startswith(("yes", "no")):
            return
        yes, no = self.bank.outcomes(game.said, game.candidates)
        game.candidates = (yes if answer.startswith("yes") else no) or self.hidden

    def _choose(self, game: _Game) -> int:
        if self.rate and game.rng.random() < self.rate:
            return int(game.rng.integers(len(self.bank.phrasings)))
        action = self.solver.best(game.candidates)
        if action in game.tried:
            # Its answer was no help, as only an external answerer's can be: go on by naming.
            return self.bank.naming(game.candidates & -game.candidates)
        return action


@cache
def _solver() -> Solver:
    names, questions, _ = _rust.guess_my_city_bank("{}")
    questions += [f"Is your city in {place}?" for place in PLACES]
    texts = questions + [f"Is it {name}?" for name in names]
    answers = _rust.guess_my_city_answers(texts)
    yes = tuple(sum((reply > 0) << city for city, reply in enumerate(row)) for row in answers)
    return Solver(Bank(len(names), tuple((text,) for text in texts), yes), EXACT)


@lru_cache(maxsize=16)
def _hidden(options: str) -> int:
    return sum(1 << city for city in _rust.guess_my_city_bank(options)[2])


def _make_script(name: str, seed: int, rate: float, cities: Any = "paper") -> GuessMyCityScript:
    try:
        options = json.dumps({"cities": cities})
    except (TypeError, ValueError) as error:
        raise OptionError(f"cities is {cities!r:.80}: give a list of names") from error
    return GuessMyCityScript(seed, rate, _hidden(options))


SPECS = (
    EnvironmentSpec(
        "guess_my_city",
        "archer/GuessMyCity-v0",
        "Find one of 91 home cities by questions in plain words; -1 for each turn until it is "
        "named.",
        _make_script,
        {"max_turns": 20, "cities": "paper", "answerer": None},
        {"city": "the city to hide, by any of its names"},
        scripted=("best", "noisy", "random"),
        script_options={"cities": "paper"},
        answerer={"prompt": "Your home town is {object}. {question}", "max_new_tokens": 64},
    ),
)
