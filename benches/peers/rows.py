"""The rows of the table: who is built, checked and timed for each."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benches.peers.append_peers import APPEND_PEERS, AppendPeer
from benches.peers.checks import check_append, check_appended, check_gather, check_replay
from benches.peers.data import Turns, batches_of
from benches.peers.gather_peers import GATHER_PEERS, Archer, GatherPeer
from benches.peers.install import not_installed
from benches.peers.replay_peers import REPLAY_PEERS, SAMPLE_PEERS, ReplayPeer
from benches.peers.timing import Call, Timing, interleave

Peer = TypeVar("Peer")

REACH = {
    "sample_256": 45.0,
    "sample_4096": 450.0,
    "update_256": 35.0,
    "update_4096": 350.0,
    "gather_256": 70.0,
    "append_1000": 300.0,
}
"""Microseconds that archer is to stay within at 1e6 turns, on one of two shared cores."""


@dataclass(frozen=True)
class Row:
    """One comparison: the contenders' times, and why others could not take part."""

    name: str
    times: dict[str, Timing]
    missing: dict[str, str]


@dataclass
class Bench:
    """What is measured: on which data, with whom, for how long, in which empty folder."""

    turns: Turns
    peers: frozenset[str]
    rounds: int
    folder: Path
    bytes_on_disk: dict[str, int] = field(default_factory=dict)
    """What the stores that were gathered from take, by contender."""
    bytes_in_memory: int = 0
    """What archer's store takes in memory."""

    def replay(self) -> list[Row]:
        """Draws and updates of 256 and 4096 turns."""

        def make(_: str, kind: type[ReplayPeer]) -> ReplayPeer:
            peer = kind(self.turns)
            check_replay(peer, self.turns)
            return peer

        built, missing = self._build(SAMPLE_PEERS, make)
        rows = []
        for batch in (256, 4096):
            calls = {name: _sampling(peer, batch) for name, peer in built.items()}
            rows.append(Row(f"sample_{batch}", interleave(calls, self.rounds), missing))
            updated = {name: peer for name, peer in built.items() if name in REPLAY_PEERS}
            calls = {name: self._updating(peer, batch) for name, peer in updated.items()}
            rows.append(Row(f"update_{batch}", interleave(calls, self.rounds), missing))
        return rows

    def gather(self) -> list[Row]:
        """Gathers of 256 turns, and what the stores take."""

        def make(name: str, kind: type[GatherPeer]) -> GatherPeer:
            folder = self._new_folder("gather", name)
            peer = kind(self.turns, folder)
            check_gather(peer, self.turns)
            if isinstance(peer, Archer):
                self.bytes_in_memory = peer.store.memory_bytes
            files = [path for path in folder.rglob("*") if path.is_file()]
            self.bytes_on_disk[name] = sum(path.stat().st_size for path in files)
            return peer

        built, missing = self._build(GATHER_PEERS, make)
        calls = {name: self._gathering(peer) for name, peer in built.items()}
        return [Row("gather_256", interleave(calls, self.rounds), missing)]

    def append(self) -> list[Row]:
        """Appends of 1000 rows."""
        rows = self.turns.between(0, 1000)

        def make(name: str, kind: type[AppendPeer]) -> AppendPeer:
            check_append(kind, rows, self._new_folder("append-check", name))
            return kind(rows, self._new_folder("append", name))

        built, missing = self._build(APPEND_PEERS, make)
        calls: dict[str, Call] = {name: peer.append for name, peer in built.items()}
        row = Row("append_1000", interleave(calls, self.rounds, most_calls=5), missing)
        for peer in built.values():
            check_appended(peer, len(rows), self.rounds)
        return [row]

    def _build(
        self, kinds: Mapping[str, type[Peer]], make: Callable[[str, type[Peer]], Peer]
    ) -> tuple[dict[str, Peer], dict[str, str]]:
        """The contenders, and the reasons of those that cannot be installed, loaded or trusted."""
        built, missing = {}, {}
        for name, kind in kinds.items():
            ours = name.startswith("archer")
            if not ours and name not in self.peers:
                continue
            print(f"  {name}", file=sys.stderr)
            try:
                built[name] = make(name, kind)
            except Exception as problem:
                if ours:
                    raise
                missing[name] = not_installed(name) or f"{type(problem).__name__}: {problem}"
        return built, missing

    def _new_folder(self, *names: str) -> Path:
        folder = self.folder.joinpath(*names)
        folder.mkdir(parents=True)
        return folder

    def _updating(self, peer: ReplayPeer, batch: int) -> Call:
        batches = [
            peer.native(ids, self.turns.errors[ids]) for ids in batches_of(self.turns, batch)
        ]
        following = itertools.cycle(batches)
        return lambda: peer.update(*next(following))

    def _gathering(self, peer: GatherPeer) -> Call:
        following = itertools.cycle([peer.native(ids) for ids in batches_of(self.turns, 256)])
        return lambda: peer.gather(next(following))


def _sampling(peer: ReplayPeer, batch: int) -> Call:
    return lambda: peer.sample(batch)


GROUPS = {"replay": Bench.replay, "gather": Bench.gather, "append": Bench.append}
"""What can be measured."""
