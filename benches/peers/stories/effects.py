"""What actions do, and how well two lists of actions agree in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Objects = Mapping[int, tuple[int, bytes]]
"""By number, each object's parent and attributes."""


class Effect(NamedTuple):
    """What an action does in one state. Actions of equal effect are of one class."""

    objects: frozenset[tuple[int, int, bytes]]
    """Number, parent and attributes of each object that is not as before."""
    score: int
    """Points that are won or lost."""
    ended: str | None
    """The last text, if the story ends."""

    @property
    def changes(self) -> bool:
        """Whether anything is not as before."""
        return bool(self.objects) or self.score != 0 or self.ended is not None


def effect(before: Objects, after: Objects, score: int, ended: str | None) -> Effect:
    """The difference of two states."""
    changed = {(number, *after[number]) for number in after if before[number] != after[number]}
    return Effect(frozenset(changed), score, ended)


@dataclass
class Agreement:
    """Of two sides' valid actions, by class of effect, over one or more states."""

    shared: int = 0
    """Classes that both list."""
    missed: list[str] = field(default_factory=list)
    """Of each class that only the other side lists, an action."""
    extra: list[str] = field(default_factory=list)
    """Of each class that only archer lists, an action."""
    idle: list[str] = field(default_factory=list)
    """Actions of archer that change nothing."""
    idle_there: list[str] = field(default_factory=list)
    """Actions of the other side that change nothing."""
    again: list[str] = field(default_factory=list)
    """Actions of archer that do what another of them does."""
    again_there: list[str] = field(default_factory=list)
    """Actions of the other side that do what another of them does."""

    @property
    def recall(self) -> float:
        """The share of the other side's classes that archer lists too."""
        return _share(self.shared, len(self.missed))

    @property
    def precision(self) -> float:
        """The share of archer's classes that the other side lists too."""
        return _share(self.shared, len(self.extra))

    def add(self, ours: Mapping[str, Effect], theirs: Mapping[str, Effect]) -> None:
        """Counts one state, in which each action of both sides has such an effect."""
        mine, idle, again = _classes(ours)
        other, idle_there, again_there = _classes(theirs)
        self.shared += len(mine.keys() & other.keys())
        self.missed += [action for effect, action in other.items() if effect not in mine]
        self.extra += [action for effect, action in mine.items() if effect not in other]
        self.idle += idle
        self.idle_there += idle_there
        self.again += again
        self.again_there += again_there


def _share(shared: int, others: int) -> float:
    return shared / (shared + others) if shared + others else 1.0


def _classes(
    effects: Mapping[str, Effect],
) -> tuple[dict[Effect, str], list[str], list[str]]:
    """The first action of each class, those that change nothing, and those that come again."""
    first: dict[Effect, str] = {}
    again = []
    for action, each in effects.items():
        if each.changes and first.setdefault(each, action) != action:
            again.append(action)
    return first, [action for action, each in effects.items() if not each.changes], again


def counted(actions: Iterable[str]) -> str:
    """Each action once, with how often it comes."""
    numbers: dict[str, int] = {}
    for action in actions:
        numbers[action] = numbers.get(action, 0) + 1
    return ", ".join(f"{action} x{n}" if n > 1 else action for action, n in numbers.items())
