"""Games of TextArena (Guertler et al., arXiv 2504.11442; PyPI ``textarena``) as tasks."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from archer.env.adapters import imported
from archer.env.python import TextEnv
from archer.errors import OptionError

Opponent = Callable[[str, np.random.Generator], str]
"""Speaks for the other player: from all that this one has read and said so far, and a generator of
the episode, to draw from."""

_RANDOM = threading.Lock()


class TextArenaGame(TextEnv):
    """A game for one player, or for two of whom the other one is scripted.

    The agent reads what the game and the opponent have said since its own last utterance, and at
    the end the reason for it. The game's reward comes at the end, and 0 before. ``win`` is a reward
    of 1 or more; ``invalid`` is a move that the game refuses, which it asks for again a limited
    number of times.

    Snapshots hold the game and the opponent; whatever the game draws by Python's `random` module is
    drawn from the episode's own stream. Games that draw from elsewhere, such as NumPy's global
    generator, are not reproducible.

    Args:
        game: TextArena's id of it, such as ``"GuessTheNumber-v0"``.
        opponent: speaks for the other player; None if there is none.
        player: which player the agent is, 0 or 1.
        max_turns: after which an episode is truncated, if the game itself has not ended before.
        brackets: whether an utterance without any square bracket is put into them, as TextArena's
            own wrapper does.
        options: of the game.

    Raises:
        EnvError: TextArena is not installed.
        OptionError: no such game, or an option that it does not have.
    """

    def __init__(
        self,
        game: str,
        opponent: Opponent | None = None,
        player: int = 0,
        max_turns: int = 50,
        brackets: bool = True,
        **options: Any,
    ) -> None:
        textarena = imported("textarena", "textarena")
        try:
            made = textarena.make(game, **options)
        except (ValueError, TypeError, ImportError) as error:
            raise OptionError(f"TextArena cannot make {game!r} with {options}: {error}") from error
        # Its wrappers repeat the whole dialogue each time, and cannot be pickled.
        while isinstance(made, textarena.Wrapper):
            made = made.env
        self._game = made
        self._said_by_player = textarena.ObservationType.PLAYER_ACTION
        self._num_players = 1 if opponent is None else 2
        if player not in range(self._num_players):
            raise OptionError(f"player is {player}, and there are {self._num_players}")
        self._opponent, self._player = opponent, player
        self.max_turns, self._brackets = max_turns, brackets
        self._draws: Any = None
        self._dialogue = ""
        """All that the opponent has read and said."""

    def reset(self, rng: np.random.Generator) -> str:
        """As `TextEnv.reset`."""
        self._rng, self._dialogue = rng, ""
        self._draws = random.Random(int(rng.integers(1 << 32))).getstate()
        with self._own_draws():
            self._game.reset(num_players=self._num_players)
        self._let_opponent_play()
        return self._heard(self._player)

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """As `TextEnv.step`."""
        done = self._play(utterance)
        self.invalid = getattr(self._game.state, "error_count", 0) > 0
        self.win = False
        if not done:
            done = self._let_opponent_play()
        text = self._heard(self._player)
        if not done:
            return text, 0.0, False
        rewards, infos = self._game.close()
        reward = float((rewards or {}).get(self._player, 0.0))
        self.win = reward >= 1
        reason = infos.get(self._player, {}).get("reason")
        return "\n".join(filter(None, [text, reason])), reward, True

    def _let_opponent_play(self) -> bool:
        """Until it is the agent's turn; whether that ended the game."""
        while self._opponent is not None and self._game.state.current_player_id != self._player:
            self._dialogue += self._heard(1 - self._player) + "\n"
            said = self._opponent(self._dialogue, self._rng)
            self._dialogue += said + "\n"
            if self._play(said):
                return True
        return False

    def _play(self, utterance: str) -> bool:
        """One move of whose turn it is; whether the game has ended."""
        if self._brackets and not set(utterance) & {"[", "]"}:
            utterance = f"[{utterance}]"
        with self._own_draws():
            done, _ = self._game.step(utterance)
        return bool(done)

    def _heard(self, player: int) -> str:
        """What a player has not read yet, without what it has said itself."""
        state = self._game.state
        if state.current_player_id == player:
            _, messages = self._game.get_observation()
        else:
            messages, state.observations[player] = state.observations[player], []
        texts = []
        for sender, text, kind in messages:
            if kind != self._said_by_player:
                texts.append(text)
            elif sender != player:
                texts.append(f"[{state.role_mapping.get(sender, f'Player {sender}')}] {text}")
        return "\n".join(texts)

    @contextmanager
    def _own_draws(self) -> Iterator[None]:
        """Meanwhile Python's `random` module, which games draw from, is at this episode's place."""
        with _RANDOM:
            outside = random.getstate()
            random.setstate(self._draws)
            try:
                yield
            finally:
                self._draws = random.getstate()
                random.setstate(outside)
