"""What can be known of the manor from the texts of an episode, and its map."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from archer.env.tasks.listed import listed

DRIVE, HALL, LIBRARY, STUDY = "Drive", "Front Hall", "Library", "Study"
DRAWING, DINING, KITCHEN = "Drawing Room", "Dining Room", "Kitchen"
CELLAR, VAULT, GARDEN = "Cellar", "Wine Vault", "Kitchen Garden"
GLASSHOUSE, SHED, LANDING = "Glasshouse", "Potting Shed", "Landing"
BEDROOM, GUEST, ATTIC = "Edith's Bedroom", "Guest Room", "Attic"

EXITS: dict[str, dict[str, str]] = {
    DRIVE: {"north": HALL},
    HALL: {"south": DRIVE, "west": LIBRARY, "east": DRAWING, "up": LANDING},
    LIBRARY: {"east": HALL, "north": STUDY},
    STUDY: {"south": LIBRARY},
    DRAWING: {"west": HALL, "north": DINING},
    DINING: {"south": DRAWING, "east": KITCHEN},
    KITCHEN: {"west": DINING, "north": GARDEN, "down": CELLAR},
    CELLAR: {"up": KITCHEN, "east": VAULT},
    VAULT: {"west": CELLAR},
    GARDEN: {"south": KITCHEN, "west": GLASSHOUSE, "east": SHED},
    GLASSHOUSE: {"east": GARDEN},
    SHED: {"west": GARDEN},
    LANDING: {"down": HALL, "west": BEDROOM, "east": GUEST, "up": ATTIC},
    BEDROOM: {"east": LANDING},
    GUEST: {"west": LANDING},
    ATTIC: {"down": LANDING},
}
JULIAN, ORME, PENN, LISLE = "Julian Fenwick", "Miss Orme", "Tobias Penn", "Doctor Lisle"
DUNN, HALE = "Mrs Dunn", "Constable Hale"
PEOPLE = {JULIAN: DRAWING, ORME: LIBRARY, PENN: SHED, LISLE: GUEST, DUNN: KITCHEN, HALE: DRIVE}
SUSPECTS = (JULIAN, ORME, PENN, LISLE)
LAMP, MATCHES, POLE, KEY = "oil lamp", "box of matches", "window pole", "iron key"
GLASS, DIARY, BOTTLE, PAGE = "sherry glass", "diary", "brown bottle", "torn page"
SEARCHABLE = {
    GLASSHOUSE: "water tub",
    ATTIC: "sea trunk",
    CELLAR: "heap of coal",
    LIBRARY: "atlas",
    DRAWING: "clock",
    BEDROOM: "mattress",
    VAULT: "stone jar",
}
"""What is worth searching in each room."""
HIDING = {
    "light, out in the glasshouse": ("bottle", GLASSHOUSE),
    "light, up behind the attic": ("bottle", ATTIC),
    "light, under my own cellar": ("bottle", CELLAR),
    "dusts: between the maps": ("page", LIBRARY),
    "dusts: behind the clock": ("page", DRAWING),
    "dusts: under my own mattress": ("page", BEDROOM),
}
"""Where something is hidden, by the words that tell it."""
TOLD = {
    "death": '" Hale reads.',
    "glass": "a smell of crushed leaves",
    "leaves": "Penn smells his own fingers",
    "spare": "in the wine vault, in the stone jar",
    "doctor": "I smelt it too",
    "lamp": "You strike a match",
    "unlocked": "The key turns without a sound",
    "hatch": "You hook the ring",
}
"""How it is known that something is known or done."""

_ROOM = re.compile(rf"(?:^|\n)({'|'.join(EXITS)})\n.*?(?: You see (an? [^.]*)\.)?\nExits: (.*)\.")
_ITEM = re.compile(r"\ban? ([a-z ]+?)(?=,| and |$)")
_EXIT = re.compile(r"([a-z]+)(?: \([^)]*(open|closed|locked)\))?(?:, |$)")
_CLOTH = re.compile(
    rf"({'|'.join(SUSPECTS)})[^.]*? in an? (?:jacket|dress|coat|suit) of ([a-z]+ [a-z]+)"
)
_SCRAP = re.compile(r"cloth around it is (.+?), torn")
_TAKEN = re.compile(r"(?:You take the|You find an?) ([a-z ]+?)(?:\.|, )")
_DROPPED = re.compile(r"You put the ([a-z ]+) down\.")


@dataclass(slots=True)
class Notes:
    """The memory of one episode."""

    here: str = ""
    ways: list[str] = field(default_factory=list)
    """The directions that are free."""
    things: dict[str, str] = field(default_factory=dict)
    """The room of each thing that was seen and is not carried."""
    carried: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Of the keys of `TOLD`."""
    hiding: dict[str, str] = field(default_factory=dict)
    """The rooms in which bottle and page are hidden."""
    searched: set[str] = field(default_factory=set)
    """Rooms."""
    clothes: dict[str, str] = field(default_factory=dict)
    """What each suspect wears."""
    scrap: str = ""
    """The cloth around the bottle."""
    lit: bool = False
    listed: list[str] = field(default_factory=list)
    """The commands that the last text listed."""

    def hear(self, said: str, text: str) -> None:
        """Takes in what the environment answered to ``said``."""
        self.listed = listed(text)
        if dropped := _DROPPED.search(text):
            self.carried.remove(dropped[1])
            self.things[dropped[1]] = self.here
        if taken := _TAKEN.search(text):
            self.things.pop(taken[1], None)
            self.carried.append(taken[1])
        if said.startswith("search ") and "You see no" not in text:
            self.searched.add(self.here)
        for room, items, ways in _ROOM.findall(text):
            self.here = room
            self.ways = [way for way, door in _EXIT.findall(ways) if door in ("", "open")]
            self.things |= dict.fromkeys(_ITEM.findall(items), room)
        self.clothes |= dict(_CLOTH.findall(text))
        self.told |= {fact for fact, words in TOLD.items() if words in text}
        self.hiding |= dict(hidden for words, hidden in HIDING.items() if words in text)
        if scrap := _SCRAP.search(text):
            self.scrap = scrap[1]
        self.lit = ("You strike a match" in text or self.lit) and "put the lamp out" not in text

    @property
    def dark(self) -> bool:
        """Whether nothing can be seen but what is carried."""
        near = LAMP in self.carried or self.things.get(LAMP) == self.here
        return self.here in (CELLAR, VAULT) and not (self.lit and near)

    def can(self, command: str) -> bool:
        """Whether there is light enough, or what is meant is at hand."""
        verb, _, name = command.partition(" ")
        sees = verb in ("take", "search", "examine")
        return name in self.carried or not (sees and self.dark)

    def way(self, goal: str) -> str | None:
        """The first direction of a shortest way to a room, by ways that are open and lit."""
        firsts, queue = {self.here: ""}, deque([self.here])
        while queue:
            room = queue.popleft()
            for direction, beyond in EXITS.get(room, {}).items():
                if beyond not in firsts and self._passes(beyond):
                    firsts[beyond] = firsts[room] or direction
                    queue.append(beyond)
        return firsts.get(goal)

    def _passes(self, room: str) -> bool:
        if room == CELLAR:
            return self.here == VAULT or (self.lit and LAMP in self.carried)
        if room == VAULT:
            return self.lit and LAMP in self.carried
        needed = {STUDY: "unlocked", ATTIC: "hatch"}.get(room)
        return needed is None or needed in self.told

    def possible(self) -> list[str]:
        """Commands that are believed to be understood and not refused."""
        commands = [*self.ways, *(f"drop {name}" for name in self.carried)]
        lying = [name for name, room in self.things.items() if room == self.here]
        commands += [f"take {name}" for name in lying if not self.dark]
        commands += [f"examine {name}" for name in self.carried]
        if self.here in SEARCHABLE and not self.dark:
            commands.append(f"search {SEARCHABLE[self.here]}")
        if LAMP in self.carried and (self.lit or MATCHES in self.carried):
            commands.append(f"put out {LAMP}" if self.lit else f"light {LAMP}")
        for room, fact, tool, name in [
            (LIBRARY, "unlocked", KEY, "study door"),
            (LANDING, "hatch", POLE, "hatch"),
        ]:
            if self.here == room and fact not in self.told and tool in self.carried:
                commands.append(f"open {name} with {tool}")
        return [*commands, *self._talk(), "look"]

    def _talk(self) -> Iterator[str]:
        """What can be said to whoever is here."""
        proof = [name for name in (BOTTLE, PAGE) if name in self.carried]
        for person in (name for name, room in PEOPLE.items() if room == self.here):
            topics = ["death", "study", "evening"]
            topics += ["glass", "leaves"] if "glass" in self.told else []
            topics += ["bottle"] if "leaves" in self.told else []
            yield from (f"ask {person.lower()} about {topic}" for topic in topics)
            yield from (f"show {name} to {person.lower()}" for name in proof)
            if person == HALE and len(proof) == 2:
                yield from (f"accuse {name.lower()}" for name in SUSPECTS)
