"""Memory an environment takes: what a process grows by, for each of many that have begun.

`python -m benches.peers.env_memory ID KIND COUNT` prints it; every measurement has its own process.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import archer
from archer.env import specs
from benches.peers.env_contenders import textarena_wordle
from benches.peers.env_games import GAMES
from benches.peers.install import not_installed
from benches.peers.machine import resident

AT_A_TIME = 1000
SHARE = 100
"""Of ports there are so many times fewer: some take half a megabyte each."""
LONGEST = 300
"""Seconds that one measurement may take."""


@dataclass(frozen=True)
class Memory:
    """What one environment takes."""

    env_id: str
    kind: str
    bytes_each: float | None
    snapshot: float | None = None
    """Bytes of a snapshot, where it is bytes."""
    missing: str | None = None


def measured(count: int, peers: frozenset[str]) -> Iterator[Memory]:
    """Tasks of archer, with and without the latest texts in Python, and the ports of some.

    Those that need something which is not part of the package are left out.
    """
    for env_id in (spec.id for spec in specs() if not spec.needs):
        print(f"  memory of {env_id}", file=sys.stderr)
        yield _measured(env_id, "archer", count, _snapshot_bytes(env_id))
        yield _measured(env_id, "archer with texts", count)
        game = next((game for game in GAMES.values() if game.id == env_id), None)
        if game is None or game.lmrl is None:
            continue
        for peer in ("tuned", "lmrl", "textarena"):
            if peer in peers and (peer != "textarena" or game.textarena == "Wordle"):
                yield _measured(env_id, peer, max(1, count // SHARE))


def _measured(env_id: str, kind: str, count: int, snapshot: float | None = None) -> Memory:
    command = [sys.executable, "-m", "benches.peers.env_memory", env_id, kind, str(count)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return Memory(env_id, kind, None, snapshot, f"not measured within {LONGEST} seconds")
    if done.returncode == 0:
        return Memory(env_id, kind, float(json.loads(done.stdout)), snapshot)
    reason = not_installed(kind) or (done.stderr.strip().splitlines() or ["it died"])[-1]
    return Memory(env_id, kind, None, snapshot, reason)


def _snapshot_bytes(env_id: str) -> float:
    """Mean over 64 environments that have begun."""
    envs = archer.make_vec(env_id, 64)
    envs.reset()
    return float(np.mean([len(state) for state in envs.snapshot(range(64))]))


def _make(env_id: str, kind: str, count: int) -> object:
    """As many environments, in each of which an episode has begun."""
    rng = np.random.default_rng(0)
    if kind.startswith("archer"):
        envs = archer.make_vec(env_id, count)
        for first in range(0, count, AT_A_TIME):
            some = np.arange(first, min(first + AT_A_TIME, count))
            if kind == "archer":
                envs.reset_at(some)
            else:
                envs.reset(options={"reset_mask": np.isin(np.arange(count), some)})
        return envs
    if kind == "textarena":
        games = [textarena_wordle() for _ in range(count)]
        for game in games:
            game.reset(num_players=1)
        return games
    game = next(game for game in GAMES.values() if game.id == env_id)
    if kind == "lmrl" and game.lmrl is not None:
        there = [game.lmrl() for _ in range(count)]
        return there, [env.reset() for env in there]
    if kind == "tuned" and game.tuned is not None:
        ports = [game.tuned() for _ in range(count)]
        return ports, [port.reset(rng) for port in ports]
    raise ValueError(f"there is no {kind} of {env_id}")


def main() -> None:
    """Prints the bytes for each environment."""
    env_id, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    kept = [_make(env_id, kind, 2)]  # what all have in common is loaded before
    gc.collect()
    before = resident()
    kept.append(_make(env_id, kind, count))
    gc.collect()
    print(json.dumps((resident() - before) / count))


if __name__ == "__main__":
    main()
