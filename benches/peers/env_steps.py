"""`python -m benches.peers.env_steps`, which `make bench-env-peers` runs."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import tyro
from rich.console import Console

from benches.peers import env_memory, env_text
from benches.peers.env_games import GAMES
from benches.peers.env_rows import rows
from benches.peers.machine import facts, versions

PEERS = ("tuned", "gymnasium", "lmrl", "textarena", "envpool")
RESULTS = Path(__file__).with_name("env_results.json")


@dataclass(frozen=True)
class Arguments:
    """archer's environments beside other ways to step them."""

    games: tuple[str, ...] = tuple(GAMES)
    """What to play."""
    batches: tuple[int, ...] = (1, 64, 1024)
    """Numbers of environments that are stepped together."""
    rounds: int = 20
    """Rounds, in each of which every contender is timed."""
    peers: tuple[str, ...] = PEERS
    """Whom to measure beside archer."""
    memory: int = 100_000
    """Environments whose memory is measured; 0 leaves it out."""
    out: Path = RESULTS
    """Where to write the results."""


def main() -> None:
    """Measures, prints the tables and writes the results."""
    arguments = tyro.cli(Arguments)
    for given, known in ((arguments.games, tuple(GAMES)), (arguments.peers, PEERS)):
        if unknown := set(given) - set(known):
            raise SystemExit(f"no {sorted(unknown)}: choose from {', '.join(known)}")
    if min(arguments.batches, default=0) < 1:
        raise SystemExit(f"--batches {arguments.batches}: give numbers from 1")
    peers = frozenset(arguments.peers)
    table = list(rows(arguments.games, arguments.batches, peers, arguments.rounds))
    memory = list(env_memory.measured(arguments.memory, peers)) if arguments.memory else []
    results = {
        "machine": facts(),
        "versions": versions(),
        "rounds": arguments.rounds,
        "rows": [env_text.as_json(row) for row in table],
        "memory_envs": arguments.memory,
        "memory": [dataclasses.asdict(line) for line in memory],
    }
    arguments.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    console = Console()
    console.width = max(console.width, 110)  # also where the output is a pipe
    for about in (facts(), versions()):
        console.print(", ".join(f"{key} {value}" for key, value in about.items()))
    console.print(env_text.rates_table(table))
    if memory:
        console.print(env_text.memory_table(memory))
    console.print(env_text.notes(table, memory), markup=False, highlight=False)


if __name__ == "__main__":
    main()
