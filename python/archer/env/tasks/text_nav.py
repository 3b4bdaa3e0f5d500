"""Text navigation: its scripted policies, and shortest solutions of its houses."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archer import _rust
from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.env.tasks.text_nav_map import CLOSED, OPEN, Map
from archer.errors import OptionError

ID = "text_nav"
_UNLIKELY = 6
"""How many turns farther a container is worth that can at most hold a key."""


def shortest(house: int, **options: Any) -> list[str]:
    """A shortest list of commands that completes the quest of a house.

    It knows all of the house, as no agent does: what `best` takes longer is the price of exploring.

    Args:
        house: its number, as given to a reset or told by ``hidden``.
        options: of the task, as given to `archer.make_vec`.

    Raises:
        OptionError: an option that cannot be used, or a house too large, with too many locks, to be
            searched.
    """
    if isinstance(house, bool) or not isinstance(house, int) or not 0 <= house < 1 << 64:
        raise OptionError(f"house is {house!r}: give a whole number from 0 to 2**64 - 1")
    return _rust.text_nav_shortest(house, json.dumps(options, default=repr))


@dataclass(slots=True)
class _Game:
    """One episode of a script."""

    rng: np.random.Generator
    map: Map = field(default_factory=Map)
    said: str = ""


class TextNavScript(Script[_Game]):
    """Explores the nearest unknown, and does what the quest asks for as soon as it knows how.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say instead any command that seems possible.
    """

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__(seed)
        self.rate = rate

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng)

    def _speak(self, game: _Game, observation: str) -> str:
        game.map.hear(game.said, observation)
        if self.rate and game.rng.random() < self.rate:
            possible = game.map.listed or game.map.admissible()
            game.said = possible[game.rng.integers(len(possible))]
        else:
            game.said = best(game.map)
        return game.said


def best(known: Map) -> str:
    """The first command on the cheapest way to something that is worth it."""
    if known.here not in known.rooms:
        return "look"
    distances, firsts = _ways(known)
    goals = list(_quest(known, distances)) or list(_unknown(known, distances))
    if not goals:
        return "look"
    _, room, command = min(goals)
    return command if room == known.here else firsts[room]


def _step(known: Map, room: str, direction: str) -> tuple[int, str] | None:
    """How many turns a way out takes and the first command of it; None if it is locked."""
    name = known.rooms[room].exits[direction]
    status = OPEN if name is None else known.rooms[room].status[name]
    if status == OPEN:
        return 1, f"go {direction}"
    if status == CLOSED:
        return 2, f"open {name}"
    return (3, f"unlock {name} with {status}") if status in known.carried else None


def _ways(known: Map) -> tuple[dict[str, int], dict[str, str]]:
    """The distance in turns of each known room (Dijkstra 1959), and the first command there."""
    distances, firsts = {known.here: 0}, {known.here: ""}
    queue = [(0, known.here)]
    while queue:
        distance, room = heapq.heappop(queue)
        if distance > distances[room] or room not in known.rooms:
            continue
        for direction in known.rooms[room].exits:
            step, beyond = _step(known, room, direction), known.beyond(room, direction)
            if beyond is None or step is None:
                continue
            total = distance + step[0]
            if total < distances.get(beyond, total + 1):
                distances[beyond] = total
                firsts[beyond] = firsts[room] or step[1]
                heapq.heappush(queue, (total, beyond))
    return distances, firsts


Goal = tuple[int, str, str]
"""Turns, the room, and what to say there."""


def _quest(known: Map, distances: dict[str, int]) -> Iterator[Goal]:
    """The next thing that the quest asks for, if it is known how."""
    if not known.furniture:
        if known.target in distances:
            yield distances[known.target], known.target, "look"
        return
    if known.wanted not in known.carried:
        yield from _take(known, known.wanted, distances)
    elif known.target in distances:
        if known.target not in known.rooms:
            yield distances[known.target], known.target, "look"
        elif known.rooms[known.target].is_open(known.furniture):
            in_or_on = "in" if known.furniture in known.rooms[known.target].status else "on"
            command = f"put {known.wanted} {in_or_on} {known.furniture}"
            yield distances[known.target], known.target, command
        else:
            yield from _open(known, known.target, known.furniture, distances)


def _take(known: Map, name: str, distances: dict[str, int]) -> Iterator[Goal]:
    """To take something that was seen."""
    room, place = known.things.get(name, ("", ""))
    if room in distances:
        if room not in known.rooms:
            yield distances[room] + 1, room, "look"
        elif known.rooms[room].is_open(place):
            yield distances[room] + 1, room, f"take {name}"
        else:
            yield from _open(known, room, place, distances)


def _open(known: Map, room: str, name: str, distances: dict[str, int]) -> Iterator[Goal]:
    """To open a container."""
    status = known.rooms[room].status[name]
    if status == CLOSED:
        yield distances[room] + 1, room, f"open {name}"
    elif status in known.carried:
        yield distances[room] + 2, room, f"unlock {name} with {status}"


def _unknown(known: Map, distances: dict[str, int]) -> Iterator[Goal]:
    """Ways and containers that nobody has looked into, and keys for those that are locked."""
    seeking = bool(known.furniture) and known.wanted not in known.carried
    for name, distance in distances.items():
        if name not in known.rooms:
            yield distance + 1, name, "look"
            continue
        room = known.rooms[name]
        for direction in room.exits:
            step = _step(known, name, direction)
            if step is not None and known.beyond(name, direction) is None:
                yield distance + step[0], name, step[1]
        likely = seeking and known.hint in ("", name)
        for container in set(room.furniture) & set(room.status) - room.searched:
            for turns, where, command in _open(known, name, container, distances):
                yield turns + (0 if likely else _UNLIKELY), where, command
    for key in {status for room in known.rooms.values() for status in room.status.values()}:
        yield from _take(known, key, distances)


def _make_script(name: str, seed: int, rate: float) -> TextNavScript:
    return TextNavScript(seed, rate)


SPECS = (
    EnvironmentSpec(
        ID,
        "archer/TextNav-v0",
        "Find your way in a house with doors, containers and keys, and bring an object to its "
        "place: 1 at the end, less step_cost for each turn.",
        _make_script,
        {
            "rooms": 8,
            "objects": 6,
            "locks": 1,
            "quest": "fetch",
            "description": "full",
            "show_commands": False,
            "max_turns": 50,
            "step_cost": 0.0,
        },
        {"house": "the number that the house is built from"},
        ("best", "noisy", "random"),
    ),
)
