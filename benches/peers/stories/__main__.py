"""`python -m benches.peers.stories`, which `make bench-stories` runs in its own environment."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console

from benches.peers.machine import facts, versions
from benches.peers.stories import agreement, files, memory, peer, report, speed

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Arguments:
    """archer's stories beside Jericho's."""

    stories: Path | None = None
    """The folder of detective.z5 and advent.z3. Without it, that which ARCHER_STORIES names, or
    zmachine/ in that which ARCHER_TEST_DATA names, by default ../shared/data."""
    rounds: int = 10
    """Rounds, in each of which both sides are timed; 0 leaves speed out."""
    memory: int = 1000
    """Environments whose memory is measured; 0 leaves it out."""
    out: Path = RESULTS
    """Where to write the results."""


def main() -> None:
    """Compares, measures, prints the tables and writes the results. Fails if stories differ."""
    arguments = tyro.cli(Arguments)
    if min(arguments.rounds, arguments.memory) < 0:
        raise SystemExit("--rounds and --memory: give numbers from 0")
    detective, adventure = files.find(arguments.stories)
    console = Console()
    console.width = max(console.width, 110)  # also where the output is a pipe
    played = [agreement.detective(detective), agreement.adventure(adventure)]
    about = {**facts(), "load": f"{os.getloadavg()[0]:.1f}"}
    results: dict[str, Any] = {
        "machine": about,
        "versions": versions(peer.PACKAGES),
        "rounds": arguments.rounds,
        "agreement": [report.agreement_json(each) for each in played],
    }
    for known in (about, results["versions"]):
        console.print(", ".join(f"{key} {value}" for key, value in known.items()))
    console.print(report.agreement_table(played))
    differences = [line for each in played for line in (*each.texts, *(each.numbers or ()))]
    if arguments.rounds and not differences:
        times = speed.measured(detective, arguments.rounds)
        results["rows"] = report.speed_json(times)
        console.print(report.speed_table(times))
        console.print(report.NOTES, markup=False, highlight=False)
    if arguments.memory and not differences:
        sizes = memory.measured(detective, arguments.memory)
        results |= {"memory_envs": arguments.memory, "memory": sizes}
        console.print(report.memory_table(sizes, arguments.memory))
    arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if differences:
        raise SystemExit("\n".join(differences))


if __name__ == "__main__":
    main()
