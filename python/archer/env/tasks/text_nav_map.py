"""What can be known of a house of text navigation from the texts of an episode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Cell = tuple[int, int]
"""Row and column of a room, from the first one."""
STEPS = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}
OPEN, CLOSED = "open", "closed"
FLOOR = "floor"

_QUEST = re.compile(r"Your quest: (?:put the (.+?) (?:in|on) the (.+?) in|go to) the (.+?)\.")
_HINT = re.compile(r" The .+? is in the (.+?)\.\n")
_ROOM = re.compile(r"You are in the (.+?)\.(?: There (?:is|are) (.*?)\..* Exits: (.*?)\.)?")
_ITEM = re.compile(r"\ban? ([a-z ]+?)(?: \(([^)]*)\))?(?=,| and|$)")
_EXIT = re.compile(r"([a-z]+)(?: \(([a-z ]+), ([^)]*)\))?(?:, |$)")
_CONTENTS = re.compile(r"(?:In|On) the ([a-z ]+?) (?:is|are) (an? [^.]*)\.")
_CHANGE = re.compile(
    r"You (take|drop|put|open|close|unlock) the (.+?)(?: (?:in|on) the ([a-z ]+))?\."
)
_COMMANDS = re.compile(r"\nCommands: (.*)\.$")


@dataclass(slots=True)
class Room:
    """A room whose full text has been read."""

    exits: dict[str, str | None]
    """The name of the door in each direction, None where the way is free."""
    furniture: list[str]
    status: dict[str, str]
    """`OPEN`, `CLOSED`, or the key that is needed, of its doors and containers by name."""
    searched: set[str] = field(default_factory=set)
    """Containers that have been seen open."""

    def is_open(self, name: str | None) -> bool:
        """Whether it is no door and no container, or an open one."""
        return name is None or self.status.get(name, OPEN) == OPEN


@dataclass(slots=True)
class Map:
    """The memory of one episode."""

    target: str = ""
    """The room to go to, or to bring the object to."""
    furniture: str = ""
    """Where in it the object has to be put; empty if the quest is to go to the room."""
    wanted: str = ""
    """The object."""
    hint: str = ""
    """The room in which the object is said to be."""
    here: str = ""
    cells: dict[str, Cell] = field(default_factory=dict)
    """Where each room is that was entered."""
    names: dict[Cell, str] = field(default_factory=dict)
    """The same, the other way round."""
    rooms: dict[str, Room] = field(default_factory=dict)
    carried: list[str] = field(default_factory=list)
    things: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Room and furniture (or `FLOOR`) of what was seen and is not carried."""
    listed: list[str] = field(default_factory=list)
    """The commands that the last text listed."""

    def hear(self, said: str, text: str) -> None:
        """Takes in what the environment answered to ``said``."""
        if quest := _QUEST.match(text):
            self.wanted, self.furniture, self.target = (part or "" for part in quest.groups())
            if hint := _HINT.search(text):
                self.hint = hint[1]
        commands = _COMMANDS.search(text)
        self.listed = commands[1].split(", ") if commands else []
        if room := _ROOM.search(text):
            before, self.here = self.here, room[1]
            self._locate(before, said)
            if room[2]:
                self._read_room(room[2], room[3])
        elif change := _CHANGE.match(text):
            self._change(*change.groups())
        if self.here in self.rooms:
            for place, items in _CONTENTS.findall(text):
                self.things |= {name: (self.here, place) for name, _ in _ITEM.findall(items)}

    def _locate(self, before: str, said: str) -> None:
        """Houses are laid out on a grid: where a room is says which rooms are beside it."""
        if self.here not in self.cells:
            cell = self._beside(before, said.removeprefix("go "))
            self.cells[self.here] = cell
            self.names[cell] = self.here

    def _beside(self, room: str, direction: str) -> Cell:
        (row, column), step = self.cells.get(room, (0, 0)), STEPS.get(direction, (0, 0))
        return row + step[0], column + step[1]

    def beyond(self, room: str, direction: str) -> str | None:
        """The room to which a way leads, if anybody has been there."""
        return self.names.get(self._beside(room, direction))

    def _read_room(self, furniture: str, exits: str) -> None:
        items, ways = _ITEM.findall(furniture), _EXIT.findall(exits)
        names = [(name, status) for name, status in items if status]
        names += [(door, status) for _, door, status in ways if door]
        doors = {direction: door or None for direction, door, _ in ways}
        room = self.rooms.setdefault(self.here, Room(doors, [name for name, _ in items], {}))
        room.status = {name: status.removeprefix("locked, needs the ") for name, status in names}
        room.searched |= {name for name, status in items if status == OPEN}

    def _change(self, verb: str, name: str, place: str | None) -> None:
        if verb == "take":
            self.things.pop(name, None)
            self.carried.append(name)
        elif verb in ("drop", "put"):
            self.carried = [own for own in self.carried if own != name]
            self.things[name] = (self.here, place or FLOOR)
        else:
            status = OPEN if verb == "open" else CLOSED
            if room := self.rooms.get(self.here):
                room.status[name] = status
                if verb == "open" and name in room.furniture:
                    room.searched.add(name)
            for other, room in self.rooms.items():
                for direction, door in room.exits.items():
                    if door == name and self.beyond(other, direction) == self.here:
                        room.status[name] = status

    def visible(self) -> Iterator[str]:
        """The things in the room that can be taken."""
        room = self.rooms[self.here]
        for name, (where, place) in self.things.items():
            if where == self.here and (place == FLOOR or room.is_open(place)):
                yield name

    def admissible(self) -> list[str]:
        """All that is believed to be possible, apart from examining."""
        commands = ["look", "inventory", *(f"drop {name}" for name in self.carried)]
        room = self.rooms.get(self.here)
        if room is None:
            return commands
        commands += [f"go {to}" for to, door in room.exits.items() if room.is_open(door)]
        for name, status in room.status.items():
            if status == OPEN:
                commands.append(f"close {name}")
            elif status == CLOSED:
                commands.append(f"open {name}")
            elif status in self.carried:
                commands.append(f"unlock {name} with {status}")
        commands += [f"take {name}" for name in self.visible()]
        for place in filter(room.is_open, room.furniture):
            commands += [self.put(name, place) for name in self.carried]
        return commands

    def put(self, name: str, place: str) -> str:
        """The command that puts something in or on furniture of this room."""
        preposition = "in" if place in self.rooms[self.here].status else "on"
        return f"put {name} {preposition} {place}"
