"""Both sides in turns, on one core."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from benches.peers.stories.clock import Measure
from benches.peers.stories.ours import TOGETHER, Archer
from benches.peers.stories.theirs import Jericho
from benches.peers.timing import Timing, no_garbage_collection, one_core, quartiles

ROWS = {
    "steps": "step",
    "snapshot": "snapshot and restore",
    "actions": "valid actions",
    "full": "full observation",
    "reset": "reset",
    "load": "load the story",
}
AIMS = {"steps": 100, "snapshot": 20, "full": 1000}
"""How many times as quick as Jericho archer is to be."""
FIRST, AGAIN, JERICHO = "archer, first time", "archer, remembered", "jericho"
MANY = f"archer, remembered, each of {TOGETHER} together"

Times = dict[str, dict[str, Timing]]
"""By row and contender."""


def measured(story: Path, rounds: int) -> Times:
    """Of Detective, by the processor's time, so that what else it does is not in it."""
    samples: dict[str, dict[str, list[float]]] = {
        row: {who: [] for who in (FIRST, AGAIN, MANY, JERICHO)} for row in ROWS
    }
    with one_core(), no_garbage_collection():
        theirs = Jericho(story)
        ours = Archer(story, theirs.lines)
        measures: list[tuple[str, Measure]] = [
            *((FIRST, ours.first), (FIRST, ours.first_shown)),
            *((AGAIN, ours.again), (MANY, ours.together)),
            *((JERICHO, theirs.quick), (JERICHO, theirs.shown)),
        ]
        shuffle = random.Random(0).shuffle
        for done in range(rounds):
            print(f"  round {done + 1} of {rounds}", file=sys.stderr)
            shuffle(measures)
            for who, measure in measures:
                for row, seconds in measure().items():
                    samples[row][who].append(seconds)
    return {
        row: {who: quartiles(seconds) for who, seconds in taken.items() if seconds}
        for row, taken in samples.items()
    }
