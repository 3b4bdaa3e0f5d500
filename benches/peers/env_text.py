"""The results of the environments as tables and as JSON."""

from __future__ import annotations

import inspect
from typing import Any

from rich.table import Table

from benches.peers.env_contenders import CONTENDERS
from benches.peers.env_games import GAMES
from benches.peers.env_memory import Memory
from benches.peers.env_rows import KINDS, Row


def as_json(row: Row) -> dict[str, Any]:
    """Rates by contender, how many times as quick archer is on one core, and who is missing."""
    return {
        "game": row.game,
        "kind": row.kind,
        "num_envs": row.num_envs,
        "cores": row.cores,
        "unit": "a second",
        "reach": row.reach,
        "results": {
            name: {
                "median": row.rate(timing.median),
                "lower": row.rate(timing.upper),
                "upper": row.rate(timing.lower),
                "ratio": row.ratio(name),
            }
            for name, timing in row.times.items()
        },
        "missing": row.missing,
    }


def rates_table(rows: list[Row]) -> Table:
    """One line a contender, with its rate and archer's multiple of it for each batch."""
    batches = sorted({row.num_envs for row in rows})
    table = Table(title="thousands a second by number of environments; archer is x times as quick")
    table.add_column("", no_wrap=True)
    for num_envs in batches:
        table.add_column(f"{num_envs}", justify="right", no_wrap=True)
        table.add_column("x", justify="right", no_wrap=True)
    groups = dict.fromkeys((row.game, row.kind, row.cores) for row in rows)
    for game, kind, cores in groups:
        mine = {r.num_envs: r for r in rows if (r.game, r.kind, r.cores) == (game, kind, cores)}
        where = "" if cores == 1 else f", {cores} cores"
        aims = [row.reach for row in (mine.get(num_envs) for num_envs in batches) if row]
        cells = [text for aim in aims for text in (f">= {aim / 1e3:,.0f}" if aim else "", "")]
        table.add_row(f"[bold]{game}: {KINDS[kind]}{where}", *cells)
        for name in dict.fromkeys(name for row in mine.values() for name in row.times):
            cells = []
            for num_envs in batches:
                row = mine.get(num_envs)
                if row is None or name not in row.times:
                    cells += ["", ""]
                else:
                    cells += [_thousands(row.rate(row.times[name].median)), _times(row.ratio(name))]
            table.add_row(f"  {name}", *cells)
        table.add_section()
    return table


def _thousands(rate: float) -> str:
    return f"{rate / 1e3:,.0f}" if rate >= 1e5 else f"{rate / 1e3:.3g}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def memory_table(memory: list[Memory]) -> Table:
    """One line a task and contender."""
    table = Table(title="bytes an environment that has begun")
    for column in ("", "memory", "snapshot"):
        table.add_column(column, justify="right" if column else "left")
    for line in memory:
        size = "missing" if line.bytes_each is None else f"{line.bytes_each:,.0f}"
        snapshot = "" if line.snapshot is None else f"{line.snapshot:,.0f}"
        table.add_row(f"{line.env_id}: {line.kind}", size, snapshot)
    return table


def notes(rows: list[Row], memory: list[Memory]) -> str:
    """How each contender is used, and why others are missing."""
    there = {name for row in rows for name in row.times}
    lines = [
        f"{name}: {' '.join((inspect.getdoc(contender) or '').split())}"
        for name, contender in CONTENDERS.items()
        if name in there
    ]
    lines.append(f"trivial is {GAMES['trivial'].id} for archer, and an echo for ports in Python")
    missing: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for name, reason in row.missing.items():
            games = missing.setdefault((name, reason), [])
            games += [row.game] * (row.game not in games)
    lines += [
        f"{name} is missing in {', '.join(games)}: {reason}"
        for (name, reason), games in missing.items()
    ]
    lines += [
        f"{m.kind} is missing in {m.env_id}'s memory: {m.missing}" for m in memory if m.missing
    ]
    return "\n".join(lines)
