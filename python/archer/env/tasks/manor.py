"""The manor: its scripted policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.env.tasks.manor_notes import (
    ATTIC,
    BEDROOM,
    BOTTLE,
    CELLAR,
    DIARY,
    DINING,
    DRIVE,
    GLASS,
    GLASSHOUSE,
    GUEST,
    KEY,
    KITCHEN,
    LAMP,
    LANDING,
    LIBRARY,
    MATCHES,
    PAGE,
    PEOPLE,
    POLE,
    SEARCHABLE,
    SHED,
    STUDY,
    SUSPECTS,
    VAULT,
    Notes,
)

ID = "manor"
_FIRST_SEEN = {
    GLASS: DINING,
    LAMP: SHED,
    MATCHES: KITCHEN,
    DIARY: STUDY,
    POLE: BEDROOM,
}
"""Where things are at the beginning."""


@dataclass(slots=True)
class _Game:
    """One episode of a script."""

    rng: np.random.Generator
    notes: Notes = field(default_factory=Notes)
    said: str = ""


class ManorScript(Script[_Game]):
    """Follows the walkthrough, with what it has read in this episode where cases differ.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say instead any command that seems possible, or any
            of those that are listed where they are.
    """

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__(seed)
        self.rate = rate

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng)

    def _speak(self, game: _Game, observation: str) -> str:
        game.notes.hear(game.said, observation)
        if self.rate and game.rng.random() < self.rate:
            possible = game.notes.listed or game.notes.possible()
            game.said = possible[game.rng.integers(len(possible))]
        else:
            game.said = next_command(game.notes)
        return game.said


def next_command(notes: Notes) -> str:
    """The first command on the way to the first goal that can be reached."""
    for room, command in _goals(notes):
        if room == notes.here and notes.can(command):
            return command
        if way := notes.way(room):
            return way
    return "look"


Goal = tuple[str, str]
"""The room, and what to say there."""


def _goals(notes: Notes) -> Iterator[Goal]:
    """What is left to do, in the order of the walkthrough."""
    if LAMP in notes.carried and MATCHES in notes.carried and not notes.lit:
        yield notes.here, f"light {LAMP}"
    if BOTTLE in notes.carried and not notes.scrap:
        yield notes.here, f"examine {BOTTLE}"
    yield from _poison(notes)
    if notes.hiding.get("bottle") in (CELLAR, GLASSHOUSE):
        yield from _search(notes, notes.hiding["bottle"])
    yield from _search(notes, VAULT)
    yield from _reason(notes)
    if notes.hiding.get("bottle") == ATTIC:
        yield from _attic(notes)
    yield from _accuse(notes)


def _poison(notes: Notes) -> Iterator[Goal]:
    """What was in the glass, and who saw what; and a lamp on the way."""
    if "death" not in notes.told:
        yield DRIVE, "ask constable hale about death"
    if "glass" not in notes.told:
        yield _where(notes, GLASS), f"examine {GLASS}"
    elif "leaves" not in notes.told:
        yield SHED, "ask tobias penn about leaves"
    yield from _take(notes, LAMP)
    if not notes.lit:
        yield from _take(notes, MATCHES)
    if "spare" not in notes.told:
        yield KITCHEN, "ask mrs dunn about study"
    if "leaves" in notes.told and "bottle" not in notes.hiding:
        yield KITCHEN, "ask mrs dunn about bottle"


def _reason(notes: Notes) -> Iterator[Goal]:
    """The study, the page that its diary tells of, and the doctor."""
    if "unlocked" not in notes.told:
        yield from _take(notes, KEY)
        if KEY in notes.carried:
            yield LIBRARY, f"open study door with {KEY}"
    if "page" not in notes.hiding:
        yield _where(notes, DIARY), f"examine {DIARY}"
    else:
        yield from _search(notes, notes.hiding["page"])
    if "doctor" not in notes.told:
        yield GUEST, "ask doctor lisle about glass"


def _attic(notes: Notes) -> Iterator[Goal]:
    if "hatch" not in notes.told:
        yield from _take(notes, POLE)
        if POLE in notes.carried:
            yield LANDING, f"open hatch with {POLE}"
    yield from _search(notes, ATTIC)


def _where(notes: Notes, name: str) -> str:
    """The room of a thing."""
    if name in notes.carried:
        return notes.here
    return notes.things.get(name, _FIRST_SEEN.get(name, ""))


def _take(notes: Notes, name: str) -> Iterator[Goal]:
    if name not in notes.carried:
        yield _where(notes, name), f"take {name}"


def _search(notes: Notes, room: str) -> Iterator[Goal]:
    if room not in notes.searched:
        yield room, f"search {SEARCHABLE[room]}"


def _accuse(notes: Notes) -> Iterator[Goal]:
    """Looks at those whose clothes are not known, until one fits; the proof has to be at hand."""
    yield from _take(notes, BOTTLE)
    yield from _take(notes, PAGE)
    if not notes.scrap or {BOTTLE, PAGE} - set(notes.carried):
        return
    for suspect in SUSPECTS:
        if notes.clothes.get(suspect) == notes.scrap:
            yield DRIVE, f"accuse {suspect.lower()}"
    for suspect in SUSPECTS:
        if suspect not in notes.clothes:
            yield PEOPLE[suspect], f"examine {suspect.lower()}"


def _make_script(name: str, seed: int, rate: float) -> ManorScript:
    return ManorScript(seed, rate)


SPECS = (
    EnvironmentSpec(
        ID,
        "archer/Manor-v0",
        "Find out who poisoned Edith Fenwick, and bring the proof to the constable: 100 points in "
        "all. Try help.",
        _make_script,
        {"observation": "game", "show_commands": False, "max_turns": 60},
        {"case": "who did it, where the proof lies and who wears what, from 0 to 143"},
    ),
)
