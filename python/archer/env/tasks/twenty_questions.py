"""Twenty Questions: its scripted policies and the exact values of the subset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np

from archer.env.script import Script
from archer.env.spec import EnvironmentSpec, OptimalValue
from archer.env.tasks.bank import NO, YES, full_bank, subset_bank, subset_replies
from archer.env.tasks.splits import Solver

FULL, SUBSET = "twenty_questions", "twenty_questions_subset"
EXACT = {FULL: 6, SUBSET: 10}
"""Up to this many candidates the best action is found exactly, above by information gain."""


@dataclass(slots=True)
class _Game:
    """What the script knows of one episode."""

    rng: np.random.Generator
    candidates: int
    said: int | None = None
    """The latest action."""
    tried: set[int] = field(default_factory=set)


class TwentyQuestionsScript(Script[_Game]):
    """Asks what is expected to end the episode soonest, or anything from its bank.

    Args:
        env_id: one of the two tasks.
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say anything instead of the best.
        paraphrase: phrase at random whatever is said.
    """

    def __init__(self, env_id: str, seed: int, rate: float, paraphrase: bool) -> None:
        super().__init__(seed)
        self.solver = _solver(env_id)
        self.bank = self.solver.bank
        self.rate, self.paraphrase = rate, paraphrase

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng, self.bank.everything)

    def _speak(self, game: _Game, observation: str) -> str:
        self._hear(game, observation.lower())
        action = self._choose(game)
        game.said = action
        game.tried.add(action)
        phrasings = self.bank.phrasings[action]
        return phrasings[game.rng.integers(len(phrasings)) if self.paraphrase else 0]

    def _hear(self, game: _Game, answer: str) -> None:
        """Keeps the candidates that fit the answer, or all if an answerer contradicts itself."""
        if game.said is None or "invalid" in answer:
            return
        yes, no = self.bank.outcomes(game.said, game.candidates)
        game.candidates = (yes if "yes" in answer else no) or self.bank.everything

    def _choose(self, game: _Game) -> int:
        if self.rate and game.rng.random() < self.rate:
            return int(game.rng.integers(len(self.bank.phrasings)))
        action = self.solver.best(game.candidates)
        if action in game.tried:
            # Its answer was no help, as only an external answerer's can be: go on by naming.
            return self.bank.naming(game.candidates & -game.candidates)
        return action


@lru_cache(maxsize=8)
def _solver(env_id: str, discount: float = 1) -> Solver:
    return Solver(subset_bank() if env_id == SUBSET else full_bank(), EXACT[env_id], discount)


def _make_script(name: str, seed: int, rate: float, *, env_id: str) -> TwentyQuestionsScript:
    """The optimum speaks plainly; the others phrase whatever they say at random."""
    return TwentyQuestionsScript(env_id, seed, rate, paraphrase=name != "optimal")


def _optimal_value(texts: Sequence[str], discount: float, options: Mapping[str, Any]) -> float:
    """Of whoever asks from the subset's bank and knows which objects fit what was heard."""
    solver = _solver(SUBSET, discount)
    candidates = solver.bank.everything
    for utterance, heard in zip(texts[1::2], texts[2::2], strict=False):
        replies = subset_replies(utterance)
        if heard != "Invalid Question.":
            reply = YES if heard == "Yes." else NO
            candidates &= sum(1 << i for i, given in enumerate(replies) if given == reply)
    return solver.value(candidates)


def _spec(
    env_id: str, gymnasium_id: str, what: str, value: OptimalValue | None = None
) -> EnvironmentSpec:
    return EnvironmentSpec(
        env_id,
        gymnasium_id,
        f"Find {what} by questions answered yes or no; -1 for each turn until it is named.",
        partial(_make_script, env_id=env_id),
        {"max_turns": 20, "answerer": None},
        {"object": "the object to hide, by any of its names"},
        optimal_value=value,
    )


SPECS = (
    _spec(FULL, "archer/TwentyQuestions-v0", "one of 158 everyday objects"),
    _spec(SUBSET, "archer/TwentyQuestionsSubset-v0", "one of 10 objects", _optimal_value),
)
