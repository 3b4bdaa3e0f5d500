"""Chess and its endgames: scripted policies, and the exact values of three-piece endings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archer import _rust
from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.errors import ActionError, OptionError

_FEN = re.compile(r"[1-8KQRBNPkqrbnp/]+ [wb] [KQkq-]+ \S+ \d+ \d+")
_OVER = re.compile(r": (a draw|you win|you lose)\.$")


@dataclass(slots=True)
class _Reader:
    """What has been read of one episode, in either form of observation."""

    fen: str = ""
    over: bool = False

    def hear(self, text: str) -> None:
        """Takes in what is new: a position, or the other side's move."""
        for line in text.splitlines():
            if _FEN.fullmatch(line):
                self.fen = line
            elif _OVER.search(line):
                self.over = True
            else:
                self.move(line)

    def move(self, text: str) -> None:
        """Takes in a move of either side; what is none changes nothing."""
        if self.fen and (after := _rust.chess_after(self.fen, text)):
            self.fen = after


@dataclass(slots=True)
class _Game:
    """One episode of a script."""

    rng: np.random.Generator
    read: _Reader = field(default_factory=_Reader)


class ChessScript(Script[_Game]):
    """Plays by the tables in endings of three pieces, and by search elsewhere.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to play any legal move instead of the best.
        depth: of the search, from 1 to 5.
        exact: refuse to play what the tables do not have.
    """

    def __init__(self, seed: int, rate: float, depth: int = 3, exact: bool = False) -> None:
        super().__init__(seed)
        if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= 5:
            raise OptionError(f"depth is {depth!r}: give a whole number from 1 to 5")
        self.rate = rate
        self.depth = depth
        self.exact = exact

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng)

    def _speak(self, game: _Game, observation: str) -> str:
        game.read.hear(observation)
        if not game.read.fen:
            raise ActionError(f"{observation!r:.80} tells no position: give the script the opening")
        move = self._choose(game)
        game.read.move(move)
        return move

    def _choose(self, game: _Game) -> str:
        fen = game.read.fen
        if self.rate and game.rng.random() < self.rate:
            moves = _rust.chess_moves(fen)
            return moves[game.rng.integers(len(moves))]
        if best := _rust.chess_best(fen):
            return best[game.rng.integers(len(best))]
        if self.exact:
            raise ActionError(
                f"no best play is known of {fen}: optimal plays a king and a queen, rook or pawn "
                "against a king, and best the rest too"
            )
        return _rust.chess_search(fen, self.depth, int(game.rng.integers(2**63))) or ""


def _make_script(name: str, seed: int, rate: float, depth: int = 3) -> ChessScript:
    return ChessScript(seed, rate, depth, exact=name == "optimal")


def _optimal_value(texts: Sequence[str], discount: float, options: Mapping[str, Any]) -> float:
    """Against replies at random, or against the best defence; both without repetitions."""
    opponent = options.get("opponent", "random")
    if opponent not in {"random", "optimal"}:
        raise OptionError(
            f"no exact values against opponent {opponent!r} are known: they are against 'random' "
            "and 'optimal'"
        )
    read = _Reader()
    read.hear(texts[0])
    for said, heard in zip(texts[1::2], texts[2::2], strict=True):
        read.move(said)
        read.hear(heard)
    if read.over:
        return 0.0
    value = _rust.chess_value(read.fen, discount, opponent == "random") if read.fen else None
    if value is None:
        raise OptionError(
            f"no exact value of {read.fen or texts[0]!r:.80} is known: they are of positions in "
            "which the agent has a king and a queen, rook or pawn against a king"
        )
    return value


_OPTIONS = {
    "colour": "white",
    "observation": "fen",
    "opponent": "random",
    "depth": 2,
    "engine": None,
    "engine_options": None,
    "nodes": None,
    "movetime": None,
}
_RESET = {"fen": "the position to begin with, in which the agent is to move"}


def _board(observation: str) -> str:
    """The board of the position that an observation tells, white at the bottom."""
    positions = [line for line in observation.splitlines() if _FEN.fullmatch(line)]
    if not positions:
        return ""
    rows = re.sub(r"\d", lambda empty: "." * int(empty[0]), positions[-1].split()[0]).split("/")
    ranks = [f"{8 - at} {' '.join(row)}" for at, row in enumerate(rows)]
    return "\n".join([*ranks, "  a b c d e f g h"])


SPECS = (
    EnvironmentSpec(
        "chess",
        "archer/Chess-v0",
        "Play chess by saying moves, such as Nf3: 1 for a win, 0.5 for a draw, -1 for a loss and "
        "for each illegal move.",
        _make_script,
        {"max_turns": 100} | _OPTIONS,
        _RESET,
        ("best", "noisy", "random"),
        {"depth": 3},
        picture=_board,
    ),
    EnvironmentSpec(
        "chess_endgames",
        "archer/ChessEndgames-v0",
        "Chess from positions with few pieces, a king and a queen or rook against a king unless "
        "others are asked for. Values of three pieces are known.",
        _make_script,
        {"max_turns": 50, "pieces": ["KQvK", "KRvK"]} | _OPTIONS,
        _RESET,
        ("optimal", "best", "noisy", "random"),
        {"depth": 3},
        _optimal_value,
        picture=_board,
    ),
)
