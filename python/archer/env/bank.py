"""What scripts may say in Twenty Questions: questions whose answers are known, and namings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from archer import _rust

MAX_WORDS = 8
"""Longer questions are left out of the subset's bank."""
BANK_SIZE = 30
"""Questions of the subset's bank."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Actions are numbered: first the questions, then the naming of each object.

    Sets of objects are bit masks, in which bit ``i`` stands for object ``i``.
    """

    num_objects: int
    phrasings: tuple[tuple[str, ...], ...]
    """Ways to say each action, the canonical one first."""
    yes: tuple[int, ...]
    """The objects for which the answer to each action is yes."""

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


@cache
def full_bank() -> Bank:
    """All questions and all objects of the knowledge base."""
    names, questions, _, answers = _rust.twenty_questions_table()
    return _bank(names, questions, answers)


@cache
def subset_bank() -> Bank:
    """The subset's objects, and short questions that split them in ways as different as can be."""
    names, questions, subset, answers = _rust.twenty_questions_table()
    short = [[text for text in texts if len(text.split()) <= MAX_WORDS] for texts in questions]
    usable = [q for q, texts in enumerate(questions) if texts[0] in short[q]]
    everything = _bank(
        [names[i] for i in subset],
        [short[q] for q in usable],
        [[answers[i][q] for q in usable] for i in subset],
    )
    chosen = _diverse(everything.yes[: everything.num_questions], everything.num_objects)
    actions = [*chosen, *range(everything.num_questions, len(everything.phrasings))]
    return Bank(
        everything.num_objects,
        tuple(everything.phrasings[action] for action in actions),
        tuple(everything.yes[action] for action in actions),
    )


def _bank(names: list[list[str]], questions: list[list[str]], answers: list[list[int]]) -> Bank:
    """A bank of the questions that have an answer for every object."""
    answered = [q for q in range(len(questions)) if all(row[q] >= 0 for row in answers)]
    yes = [sum(row[q] << i for i, row in enumerate(answers)) for q in answered]
    namings = [_namings(accepted[0]) for accepted in names]
    return Bank(
        len(names),
        (*(tuple(questions[q]) for q in answered), *namings),
        (*yes, *(1 << i for i in range(len(names)))),
    )


def _namings(name: str) -> tuple[str, ...]:
    plural = name.endswith("s") and not name.endswith("ss")
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
