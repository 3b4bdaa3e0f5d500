"""Scripted policies: demonstrations to learn from, and baselines to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from archer.env.arguments import as_seed, check_options, did_you_mean
from archer.env.bank import Bank, full_bank, subset_bank
from archer.env.spec import spec
from archer.errors import ActionError, OptionError

EXACT = 6
"""Up to this many candidates the best action is found exactly, above by information gain."""
EXACT_SUBSET = 10
"""The same for the subset task, whose ten objects are few enough to be exact from the start."""


class ScriptedPolicy(Protocol):
    """Speaks in many environments; each has a state and a random stream of its own."""

    def begin(self, indices: Sequence[int]) -> None:
        """A new episode begins in each of these environments."""

    def act(self, indices: Sequence[int], observations: Sequence[str]) -> list[str]:
        """The next utterance in each, given its latest observation.

        Raises:
            ActionError: an environment whose episode has not begun.
        """


def scripted(env_id: str, name: str, seed: int = 0, **options: Any) -> ScriptedPolicy:
    """Makes a scripted policy of a built-in environment.

    ``optimal`` asks what is expected to end the episode soonest; ``noisy`` does so too, but with
    probability ``rate`` (0.5 by default) in each turn says anything from its bank instead, and
    phrases whatever it says at random; ``random`` is ``noisy`` at rate 1.

    Args:
        env_id: a built-in environment.
        name: one of the names that its spec lists.
        seed: of its random streams, in ``[0, 2**64)``.
        options: ``rate`` of ``noisy``.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: no such policy, an option that cannot be used, or a task of one's own.
    """
    if isinstance(env_id, str) and ":" in env_id:
        raise OptionError(
            f"{env_id} is a task of your own, which has no scripted policy {name!r}; to train on "
            "it, name a store of demonstrations in bc.store, or leave them out with bc.steps: 0"
        )
    known = spec(env_id).scripted
    if name not in known:
        raise OptionError(f"{env_id} has no scripted policy {name!r}{did_you_mean(name, known)}")
    check_options(options, ["rate"] if name == "noisy" else [], f"scripted policy {name}")
    rate = {"optimal": 0.0, "noisy": options.get("rate", 0.5), "random": 1.0}[name]
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise OptionError(f"rate is {rate!r}: give a number from 0 to 1")
    bank, best = _tables(env_id == "twenty_questions_subset")
    return _TwentyQuestionsScript(bank, best, as_seed(seed), float(rate), name != "optimal")


@dataclass(slots=True)
class _Game:
    """What the script knows of one episode."""

    rng: np.random.Generator
    candidates: int
    said: int | None = None
    """The latest action."""
    tried: set[int] = field(default_factory=set)


class _TwentyQuestionsScript:
    def __init__(
        self, bank: Bank, best: Callable[[int], int], seed: int, rate: float, paraphrase: bool
    ) -> None:
        self.bank, self.best, self.seed = bank, best, seed
        self.rate, self.paraphrase = rate, paraphrase
        self.games: dict[int, _Game] = {}
        self.begun: dict[int, int] = {}

    def begin(self, indices: Sequence[int]) -> None:
        for i in map(int, indices):
            episode = self.begun.get(i, 0)
            # The key differs from that of the environments, so that the streams do too.
            bits = np.random.Philox(counter=[0, episode, i, 0], key=[self.seed, 1])
            self.games[i] = _Game(np.random.Generator(bits), self.bank.everything)
            self.begun[i] = episode + 1

    def act(self, indices: Sequence[int], observations: Sequence[str]) -> list[str]:
        games = [self.games.get(int(i)) for i in indices]
        for i, game in zip(indices, games, strict=True):
            if game is None:
                raise ActionError(f"no episode of environment {i} has begun: call begin first")
        return [
            self._speak(game, observation)
            for game, observation in zip(games, observations, strict=True)
            if game is not None
        ]

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
