"""What is played for each row, and what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archer import TextEnv
from benches.peers.ports.lmrl_history import LmrlEnv
from benches.peers.ports.lmrl_maze import LmrlMaze
from benches.peers.ports.lmrl_wordle import LmrlWordle
from benches.peers.ports.mazes import MOVES
from benches.peers.ports.tuned_maze import Maze
from benches.peers.ports.tuned_wordle import Wordle
from benches.peers.ports.words import lists

TURNS = 12
"""Turns of one timed call: two whole games of Wordle, so that each call has its share of resets."""

Turns = list[list[str]]
"""(turns, environments): what is said."""


class Echo(TextEnv):
    """The smallest task in Python."""

    max_turns = 1 << 40

    def reset(self, rng: np.random.Generator) -> str:
        """Says nothing."""
        return ""

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Repeats the utterance."""
        return utterance, 0.0, False


@dataclass(frozen=True)
class Game:
    """A task of archer's, its ports, and texts to draw utterances from."""

    id: str
    utterances: Callable[[], Sequence[str]]
    options: dict[str, Any] = field(default_factory=dict)
    tuned: type[TextEnv] | None = None
    lmrl: Callable[[], LmrlEnv] | None = None
    lmrl_most: int = 1024
    """No more environments of that port: each is stepped by itself, however many there are."""
    textarena: str | None = None
    """The game of TextArena that is nearest."""
    absent: dict[str, str] = field(default_factory=dict)
    """Who has no such task, and why."""

    def turns(self, num_envs: int) -> Turns:
        """Utterances drawn evenly, the same at every call."""
        rng, texts = np.random.default_rng(0), self.utterances()
        return [[texts[i] for i in rng.integers(len(texts), size=num_envs)] for _ in range(TURNS)]


def _guesses() -> list[str]:
    """Words, whole or spelled, and for each twenty of them one text that is no word of the list."""
    words = lists().accepted
    spelled = [" ".join(word) for word in words]
    return [*words, *spelled, *["zzzzz", "hm"] * (len(words) // 20)]


def _moves() -> list[str]:
    """The moves, and one text that is no move for each twenty of them."""
    return [f"move {way}" for way in MOVES] * 5 + ["hm"]


QUESTIONS = (
    "Is it alive?",
    "Is it a mammal?",
    "Does it have four legs?",
    "Can you eat it?",
    "Is it bigger than a microwave?",
    "Is it made of metal?",
    "What is it made of?",
    "Is it a helicopter?",
)

_MODEL = "its questions are answered by a language model"
_NONE = "it has no such task"

GAMES = {
    "trivial": Game(
        "corridor",
        lambda: ["hm"],
        {"max_turns": 2**32 - 1},
        tuned=Echo,
        absent={"lmrl": _NONE, "textarena": _NONE},
    ),
    "wordle": Game("wordle", _guesses, {}, Wordle, LmrlWordle, 1, "Wordle"),
    "maze": Game("maze", _moves, {}, Maze, LmrlMaze, textarena="FrozenLake"),
    "twenty_questions": Game(
        "twenty_questions", lambda: QUESTIONS, absent={"lmrl": _MODEL, "textarena": _MODEL}
    ),
}
"""By row."""
