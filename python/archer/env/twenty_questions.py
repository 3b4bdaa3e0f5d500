"""The scripted policies of Twenty Questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from archer.env.bank import Bank, full_bank, subset_bank
from archer.env.script import Script

EXACT = 6
"""Up to this many candidates the best action is found exactly, above by information gain."""
EXACT_SUBSET = 10
"""The same for the subset task, whose ten objects are few enough to be exact from the start."""


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
        self.bank, self.best = _tables(env_id == "twenty_questions_subset")
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
        action = self.best(game.candidates)
        if action in game.tried:
            # Its answer was no help, as only an external answerer's can be: go on by naming.
            return self.bank.naming(game.candidates & -game.candidates)
        return action


@lru_cache(maxsize=2)
def _tables(subset: bool) -> tuple[Bank, Callable[[int], int]]:
    bank = subset_bank() if subset else full_bank()
    return bank, _solver(bank, EXACT_SUBSET if subset else EXACT)


def _solver(bank: Bank, exact: int) -> Callable[[int], int]:
    """The function that gives the best action for a set of candidates, none of which is likelier.

    The cost of a set is the sum over its objects of the turns until each is named, the naming not
    counted. It is exact in sets of up to ``exact`` objects; above, the most even question is best,
    which is the one with the greatest information gain. The turn limit is not considered.
    """
    questions = range(bank.num_questions)

    def splits(candidates: int) -> dict[tuple[int, int], int]:
        """The first question for each way to split the set."""
        found: dict[tuple[int, int], int] = {}
        for question in questions:
            yes, no = bank.outcomes(question, candidates)
            if yes and no:
                found.setdefault((max(yes, no), min(yes, no)), question)
        return found

    @lru_cache(maxsize=1 << 16)
    def solve(candidates: int) -> tuple[int, int]:
        """Least cost, and the first action that has it; namings come first."""
        size = candidates.bit_count()
        if size == 1:
            return 0, bank.naming(candidates)
        options = []
        rest = candidates
        while rest:
            named = rest & -rest
            rest ^= named
            naming = bank.naming(named)
            left = sum(solve(part)[0] for part in bank.outcomes(naming, candidates) if part)
            options.append((size - 1 + left, naming))
        for (one, other), question in splits(candidates).items():
            options.append((size + solve(one)[0] + solve(other)[0], question))
        return min(options, key=lambda option: option[0])

    @lru_cache(maxsize=1 << 16)
    def best(candidates: int) -> int:
        if candidates.bit_count() <= exact:
            return solve(candidates)[1]
        found = splits(candidates)
        if not found:
            return bank.naming(candidates & -candidates)
        even = min(found, key=lambda sides: abs(sides[0].bit_count() - sides[1].bit_count()))
        return found[even]

    return best
