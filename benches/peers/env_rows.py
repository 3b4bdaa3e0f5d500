"""The rows of the environments' table: who is built and timed for each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter, process_time

from benches.peers.env_contenders import CONTENDERS, AbsentError, Calls, Contender
from benches.peers.env_games import GAMES, TURNS
from benches.peers.install import not_installed
from benches.peers.timing import Call, Timing, interleave, one_core

CORES = len(os.sched_getaffinity(0))

THREADED = ("archer", "envpool FrozenLake", "envpool Taxi")
"""Who can use several cores."""


KINDS = {"steps": "steps", "snapshot": "snapshot and restore", "reset": "resets"}
"""What is counted: attributes of `Calls`, and their titles."""

REACH = {("trivial", "steps"): 1e6, ("wordle", "steps"): 5e5, ("maze", "steps"): 1.5e6} | {
    (game, "snapshot"): 5e5 for game in GAMES
}
"""What archer is to do in a second on a core, with 64 environments."""


@dataclass(frozen=True)
class Row:
    """One comparison: the contenders' times, and why others could not take part."""

    game: str
    kind: str
    num_envs: int
    cores: int
    times: dict[str, Timing]
    missing: dict[str, str]

    @property
    def reach(self) -> float | None:
        """What archer is to do in a second."""
        return REACH.get((self.game, self.kind)) if (self.num_envs, self.cores) == (64, 1) else None

    def rate(self, microseconds: float) -> float:
        """How many a second, if a call takes so long."""
        return 1e6 * TURNS * self.num_envs / microseconds

    def ratio(self, name: str) -> float:
        """How many times as long as archer a contender takes."""
        return self.times[name].median / self.times["archer"].median


def rows(
    games: tuple[str, ...], batches: tuple[int, ...], peers: frozenset[str], rounds: int
) -> Iterator[Row]:
    """All rows of some games: a core's by the time that it worked, all cores' by the clock."""
    ours = {name: kind for name, kind in CONTENDERS.items() if _is_wanted(name, peers)}
    for game in games:
        for num_envs in batches:
            with one_core():
                yield from _measure(game, num_envs, 1, ours, tuple(KINDS), rounds)
            threaded = {name: kind for name, kind in ours.items() if name in THREADED}
            if CORES > 1:
                yield from _measure(game, num_envs, CORES, threaded, ("steps",), rounds)


def _is_wanted(contender: str, peers: frozenset[str]) -> bool:
    """All of archer's ways, and the peers that were named, by the first word of a contender."""
    return contender.startswith("archer") or contender.partition(" ")[0] in peers


def _measure(
    game: str,
    num_envs: int,
    cores: int,
    contenders: Mapping[str, Contender],
    kinds: tuple[str, ...],
    rounds: int,
) -> Iterator[Row]:
    print(f"  {game}, {num_envs} environments, {cores} cores", file=sys.stderr)
    built: dict[str, Calls] = {}
    missing = {}
    for name, contender in contenders.items():
        try:
            built[name] = contender(GAMES[game], num_envs, cores)
        except Exception as problem:
            if name == "archer":
                raise
            missing[name] = _reason(name, problem)
    for kind in kinds:
        calls = {
            name: call if kind == "steps" else _repeated(call)
            for name, each in built.items()
            if (call := getattr(each, kind)) is not None
        }
        times = interleave(calls, rounds, clock=process_time if cores == 1 else perf_counter)
        yield Row(game, kind, num_envs, cores, times, missing)


def _repeated(call: Call) -> Call:
    """`TURNS` times, so that reading the clock is a small part of it."""

    def several() -> None:
        for _ in range(TURNS):
            call()

    return several


def _reason(name: str, problem: Exception) -> str:
    if isinstance(problem, AbsentError):
        return str(problem)
    return not_installed(name.partition(" ")[0]) or f"{type(problem).__name__}: {problem}"
