"""What every scripted policy has: episodes, each with a state and a random stream of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

from archer.errors import ActionError

Game = TypeVar("Game")


class ScriptedPolicy(Protocol):
    """Speaks in many environments; each has a state and a random stream of its own."""

    def begin(self, indices: Sequence[int]) -> None:
        """A new episode begins in each of these environments."""

    def act(self, indices: Sequence[int], observations: Sequence[str]) -> list[str]:
        """The next utterance in each, given its latest observation.

        Raises:
            ActionError: an environment whose episode has not begun.
        """


class Script(ABC, Generic[Game]):
    """A `ScriptedPolicy` whose episodes are of the type ``Game``.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.games: dict[int, Game] = {}
        self.begun: dict[int, int] = {}

    @abstractmethod
    def _begin(self, rng: np.random.Generator) -> Game:
        """An episode at its beginning, which draws from ``rng``."""

    @abstractmethod
    def _speak(self, game: Game, observation: str) -> str:
        """The next utterance."""

    def begin(self, indices: Sequence[int]) -> None:
        """As `ScriptedPolicy.begin`."""
        for i in map(int, indices):
            episode = self.begun.get(i, 0)
            # The key differs from that of the environments, so that the streams do too.
            bits = np.random.Philox(counter=[0, episode, i, 0], key=[self.seed, 1])
            self.games[i] = self._begin(np.random.Generator(bits))
            self.begun[i] = episode + 1

    def act(self, indices: Sequence[int], observations: Sequence[str]) -> list[str]:
        """As `ScriptedPolicy.act`."""
        for i in map(int, indices):
            if i not in self.games:
                raise ActionError(f"no episode of environment {i} has begun: call begin first")
        return [
            self._speak(self.games[int(i)], observation)
            for i, observation in zip(indices, observations, strict=True)
        ]
