"""What scripts may say in Twenty Questions: questions whose answers are known, and namings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from archer import _rust

MAX_WORDS = 8
"""Longer questions are left out of the subset's bank."""
BANK_SIZE = 30
"""Questions of the subset's bank."""
INVALID, NO, YES, NAMED = -1, 0, 1, 2
"""What an object replies to a text."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Actions are numbered: first the questions, then the naming of each object.

    Sets of objects are bit masks, in which bit ``i`` stands for object ``i``.
    """

    num_objects: int
    phrasings: tuple[tuple[str, ...], ...]
    """Ways to say each action, the canonical one first."""
    yes: tuple[int, ...]
    """The objects for which the answer to each action is yes; a naming may fit others too."""

    @property
    def num_questions(self) -> int:
        """Actions that are no namings."""
        return len(self.phrasings) - self.num_objects

    @property
    def everything(self) -> int:
        """The set of all objects."""
        return (1 << self.num_objects) - 1

    def naming(self, candidate: int) -> int:
        """The action that names the object of a one-bit set."""
        return self.num_questions + candidate.bit_length() - 1

    def outcomes(self, action: int, candidates: int) -> tuple[int, int]:
        """The candidates that are left after yes and after no, if the episode goes on."""
        if action >= self.num_questions:
            candidates &= ~(1 << (action - self.num_questions))
        return candidates & self.yes[action], candidates & ~self.yes[action]


@cache
def full_bank() -> Bank:
    """All questions and all objects of the knowledge base."""
    names, questions, _ = _rust.twenty_questions_bank()
    return _bank(names, range(len(names)), questions)


@cache
def subset_bank() -> Bank:
    """The subset's objects, and short questions that split them in ways as different as can be."""
    names, questions, subset = _rust.twenty_questions_bank()
    short = [[text for text in texts if len(text.split()) <= MAX_WORDS] for texts in questions]
    usable = [mine for mine, texts in zip(short, questions, strict=True) if texts[0] in mine]
    everything = _bank([names[i] for i in subset], subset, usable)
    chosen = _diverse(everything.yes[: everything.num_questions], everything.num_objects)
    actions = [*chosen, *range(everything.num_questions, len(everything.phrasings))]
    return Bank(
        everything.num_objects,
        tuple(everything.phrasings[action] for action in actions),
        tuple(everything.yes[action] for action in actions),
    )


@lru_cache(maxsize=1 << 16)
def subset_replies(text: str) -> tuple[int, ...]:
    """What each object of the subset replies to any text."""
    _, _, subset = _rust.twenty_questions_bank()
    (replies,) = _rust.twenty_questions_answers([text])
    return tuple(replies[i] for i in subset)


def _bank(names: list[list[str]], objects: Sequence[int], questions: list[list[str]]) -> Bank:
    """A bank of the questions that have an answer for every object, and of all namings."""
    actions = [*map(tuple, questions), *(_namings(accepted[0]) for accepted in names)]
    answers = _rust.twenty_questions_answers([phrasings[0] for phrasings in actions])
    columns = [[row[i] for i in objects] for row in answers]
    answered = [action for action, column in enumerate(columns) if INVALID not in column]
    return Bank(
        len(names),
        tuple(actions[action] for action in answered),
        tuple(
            sum((reply != NO) << i for i, reply in enumerate(columns[action]))
            for action in answered
        ),
    )


def _namings(name: str) -> tuple[str, ...]:
    plural = name.endswith("s") and not name.endswith(("ss", "us"))
    article = "" if plural else "an " if name[0] in "aeiou" else "a "
    return tuple(f"Is {it} {article}{name}?" for it in ("it", "the object"))


def _diverse(columns: tuple[int, ...], num_objects: int) -> list[int]:
    """Question by question, the one whose split of the objects is farthest from those chosen.

    Two splits are the same if they separate the same objects, whichever side is called yes. Among
    equally far ones the most even split is taken, then the first.
    """
    everything = (1 << num_objects) - 1
    split = {q: column for q, column in enumerate(columns) if 0 < column < everything}
    far = dict.fromkeys(split, num_objects)
    chosen: list[int] = []
    while far and len(chosen) < BANK_SIZE:
        best = max(far, key=lambda q: (far[q], -abs(2 * split[q].bit_count() - num_objects), -q))
        chosen.append(best)
        del far[best]
        for q in far:
            differing = (split[q] ^ split[best]).bit_count()
            far[q] = min(far[q], differing, num_objects - differing)
    return sorted(chosen)
