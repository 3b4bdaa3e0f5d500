"""The results as tables and as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from rich.table import Table

from benches.peers.stories.agreement import Played
from benches.peers.stories.effects import counted
from benches.peers.stories.speed import AIMS, JERICHO, ROWS, Times

MEMORY_AIM = 200e6
"""Bytes that a thousand environments of archer are to stay below."""


def agreement_json(played: Played) -> dict[str, Any]:
    """What was compared, and what differs."""
    found = dataclasses.asdict(played)
    if played.actions is not None:
        rates = {"recall": played.actions.recall, "precision": played.actions.precision}
        found["actions"] |= rates
    return found


def agreement_table(everything: list[Played]) -> Table:
    """One line a comparison."""
    table = Table(title="archer beside Jericho: do both play the same story?")
    for column in ("", "compared", "result"):
        table.add_column(column, justify="right" if column == "compared" else "left")
    for played in everything:
        table.add_row(f"{played.story}: texts", f"{played.steps}", _alike(played.texts))
        if played.numbers is not None:
            what = f"{played.story}: score, moves, ends"
            table.add_row(what, f"{played.steps}", _alike(played.numbers))
        if (actions := played.actions) is not None:
            shared, missed, extra = actions.shared, actions.missed, actions.extra
            recall = f"recall {actions.recall:.3f} {counted(missed)}"
            precision = f"precision {actions.precision:.3f} {counted(extra)}"
            title = f"{played.story}: effects of the valid actions of"
            table.add_row(f"{title} Jericho", f"{shared + len(missed)}", recall)
            table.add_row(f"{title} archer", f"{shared + len(extra)}", precision)
            for what, of_jericho, of_archer in (
                ("change nothing", actions.idle_there, actions.idle),
                ("do what another does", actions.again_there, actions.again),
            ):
                table.add_row(f"  Jericho's that {what}", f"{len(of_jericho)}", counted(of_jericho))
                table.add_row(f"  archer's that {what}", f"{len(of_archer)}", counted(of_archer))
        table.add_section()
    return table


def _alike(differences: list[str]) -> str:
    return "all equal" if not differences else f"{len(differences)} differ: {differences[0]}"


def speed_json(times: Times) -> dict[str, Any]:
    """Microseconds by row and contender, and how many times as long as each Jericho takes."""
    return {
        row: {
            "aim": AIMS.get(row),
            "unit": "us",
            "results": {
                who: {**dataclasses.asdict(timing), "ratio": ratio(times, row, who)}
                for who, timing in taken.items()
            },
        }
        for row, taken in times.items()
    }


def ratio(times: Times, row: str, who: str) -> float:
    """How many times as long Jericho takes."""
    return times[row][JERICHO].median / times[row][who].median


def speed_table(times: Times) -> Table:
    """One line a row and contender."""
    table = Table(title="Detective on one core: microseconds each")
    for column in ("", "median", "quartiles", "Jericho takes"):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for row, taken in times.items():
        aim = f">= {AIMS[row]:,} times" if row in AIMS else ""
        table.add_row(f"[bold]{ROWS[row]}", "", "", aim)
        for who, timing in taken.items():
            quartiles = f"{_number(timing.lower)} - {_number(timing.upper)}"
            times_as_long = "" if who == JERICHO else f"{_number(ratio(times, row, who))} times"
            table.add_row(f"  {who}", _number(timing.median), quartiles, times_as_long)
        table.add_section()
    return table


def memory_table(memory: dict[str, int | str], count: int) -> Table:
    """One line a contender."""
    aim = f", aim {MEMORY_AIM / 1e6:.0f} MB" if count == 1000 else ""
    table = Table(title=f"memory of {count:,} environments in the middle of their episodes{aim}")
    table.add_column("")
    table.add_column("MB", justify="right")
    for who, size in memory.items():
        table.add_row(who, size if isinstance(size, str) else f"{size / 1e6:.1f}")
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


NOTES = """\
Both play Jericho's walkthrough one line at a time, with the same random numbers; the processor's
time counts. archer remembers worlds, turns in which no random number was drawn, and what can be
done in a world. "First time" is a walkthrough in environments that were just made and remember
nothing but the opening; "remembered" is one that has been played in them before, in one environment
or in several that are stepped by one call. Jericho remembers nothing. Valid actions: archer's are
part of a step (show_commands), whose time is in theirs, not in Jericho's. Full observation: a step,
then look, inventory and valid actions, as the released code of ArCHer does; in archer
observation="paper"."""
