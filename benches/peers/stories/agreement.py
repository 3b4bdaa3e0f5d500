"""Whether both sides play the same story: texts, numbers and valid actions."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import archer
from archer.env import TextVectorEnv
from benches.peers.stories import peer
from benches.peers.stories.effects import Agreement
from benches.peers.stories.texts import plain, score_and_moves, without_status

ADVENTURE_LINES = (
    *("n", "look", "inventory", "enter house", "take lamp", "take keys", "take food"),
    *("inventory", "out", "s", "s", "s", "unlock grate with keys", "open grate", "down", "w"),
    *("take cage", "w", "turn on lamp", "take rod", "w", "w", "drop rod", "take bird"),
    *("take rod", "w", "d", "s", "take nugget", "n", "n", "drop bird", "look", "inventory"),
    *("score", "wave rod", "xyzzy", "drop cage", "wait", "look"),
)
MAX_TURNS = 1000
"""More than anything here takes."""


@dataclass
class Played:
    """One story, line by line, the opening included."""

    story: str
    steps: int = 0
    texts: list[str] = field(default_factory=list)
    """Where texts differ, with both."""
    numbers: list[str] | None = None
    """Where score, moves or ends differ, with both, if they are compared."""
    actions: Agreement | None = None
    """Of the valid actions, if they are compared."""

    @property
    def differs(self) -> bool:
        """Whether any text or number does."""
        return bool(self.texts or self.numbers)


def detective(story: Path) -> Played:
    """Along Jericho's walkthrough: texts, numbers, and valid actions of both played in Jericho."""
    theirs = peer.load(story)
    ours, paper = (
        archer.make_vec(
            "detective",
            story=str(story),
            frotz_seed=peer.SEED,
            max_turns=MAX_TURNS,
            observation=observation,
        )
        for observation in ("game", "paper")
    )
    played = Played("detective.z5", numbers=[], actions=Agreement())
    text, heard = theirs.reset()[0], ours.reset_at([0])[0]
    shown, over, win = paper.reset_at([0])[0], False, False
    for said in (*theirs.get_walkthrough(), None):
        _compare(played, text, heard)
        _compare_numbers(played, theirs, ours, over, win)
        if said is None or over or peer.is_over(theirs):
            break
        if played.actions is not None:
            played.actions.add(
                peer.effects(theirs, ast.literal_eval(shown.rpartition("\n\n")[2])),
                peer.effects(theirs, peer.valid_actions(theirs)),
            )
        text, step = theirs.step(said)[0], ours.step_at([0], [said])
        heard, over, win = (
            step.observations[0],
            bool(step.terminated[0]),
            bool(step.infos["win"][0]),
        )
        shown = paper.step_at([0], [said]).observations[0]
    return played


def adventure(story: Path, lines: Sequence[str] = ADVENTURE_LINES) -> Played:
    """Some lines of a story that Jericho runs but does not know: texts alone."""
    theirs = peer.load(story)
    ours = archer.make_vec("zmachine", story=str(story), frotz_seed=peer.SEED, max_turns=MAX_TURNS)
    played = Played("advent.z3")
    _compare(played, theirs.reset()[0], ours.reset_at([0])[0])
    for said in lines:
        text, heard = theirs.step(said)[0], ours.step_at([0], [said]).observations[0]
        _compare(played, without_status(text), heard)
    return played


def _compare(played: Played, theirs: str, ours: str) -> None:
    played.steps += 1
    if plain(theirs) != plain(ours):
        played.texts.append(f"step {played.steps}: {plain(theirs)!r} there, {plain(ours)!r} here")


def _compare_numbers(
    played: Played, theirs: Any, ours: TextVectorEnv, over: bool, win: bool
) -> None:
    there = (theirs.get_score(), theirs.get_moves(), peer.is_over(theirs), bool(theirs.victory()))
    here = (*score_and_moves(ours.hidden([0])[0]), over, win)
    if there != here and played.numbers is not None:
        played.numbers.append(f"step {played.steps}: {there} there, {here} here")
