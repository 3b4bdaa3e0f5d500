"""`TrajectoryStore` in plain Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from archer.errors import (
    StoreError,
    StoreIOError,
    StoreLockedError,
    TrajectoryError,
    UnknownTrajectoryError,
)
from archer.twin import arguments, folder, log
from archer.twin.columns import decode_columns, encode_columns
from archer.twin.record import array, decode, encode
from archer.twin.views import Views
from archer.types import Trajectory, TrajectoryColumns


class TrajectoryStore(Views):
    """Trajectories with ids 0, 1, 2, … on a log in memory or in a folder."""

    _lock = -1

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        read_only: bool = False,
        *,
        segment_bytes: int = 64 << 20,
    ) -> None:
        self._path = None if path is None else arguments.path("path", path, StoreError)
        read_only = arguments.flag("read_only", read_only, StoreError)
        segment_bytes = _size(segment_bytes)
        if path is None and read_only:
            raise StoreError("read_only=True needs a path: a store in memory begins empty")
        self.repaired: str | None = None
        self.cuts: list[int] = []  # lengths that the log was truncated to, one after another
        self._closed, self._segment_bytes, self._owner = False, segment_bytes, os.getpid()
        self._records: list[log.Record] = []
        self._heads: list[log.Head] = []
        if self._path is None:
            self._begin(0, 0, 0)
        elif read_only:
            self._follow(self._path)
        else:
            self._lock = folder.lock(self._path)
            try:
                self._repair(self._path)
            except BaseException:
                self._unlock()
                raise

    def append(self, trajectory: Trajectory) -> int:
        """Append one episode and return its id."""
        return self.extend([trajectory])[0]

    def extend(self, trajectories: Iterable[Trajectory]) -> list[int]:
        """Append episodes, all of them or none, and return their ids."""
        if not isinstance(trajectories, Iterable):
            given = type(trajectories).__name__
            raise TrajectoryError(f"extend takes many Trajectory, not this {given}")
        return list(self._extend([encode(trajectory) for trajectory in trajectories]))

    def extend_columns(self, columns: TrajectoryColumns) -> range:
        """Append episodes that lie in flat columns, all of them or none, and return their ids."""
        return self._extend(encode_columns(columns))

    def _extend(self, payloads: list[bytes]) -> range:
        self._check_writable()
        first = len(self)
        try:
            for payload in payloads:
                self._append(payload)
        except StoreIOError:
            self._forget(first)
            raise
        return range(first, len(self))

    def _append(self, payload: bytes) -> None:
        segment, end, chain = self._tail()
        data = b""
        bare = end == self._heads[-1].end
        if not bare and end + log.FRAME.size + len(payload) > self._segment_bytes:
            if self._path is not None:
                folder.sync(self._path, segment)
            data = self._begin(segment + 1, len(self), chain)
            segment, end, chain = self._tail()
        frame = log.frame(payload, chain)
        if self._path is not None:
            folder.append(self._path, segment, data + frame)
        checksum = int.from_bytes(frame[4:8], "little")
        self._records.append(log.Record(payload, segment, end + len(frame), checksum))

    def _begin(self, segment: int, first_id: int, chain: int) -> bytes:
        """Begin a segment that has no record yet; its header is still to be written."""
        data = log.header(segment, first_id, self._segment_bytes, chain)
        self._heads.append(log.read_header(data, segment, (first_id, chain)))
        return data

    def _tail(self) -> tuple[int, int, int]:
        """The last segment, its length, and the checksum that the next record continues."""
        head = self._heads[-1]
        if self._records and self._records[-1].segment == head.segment:
            return self._records[-1][1:]
        return head.segment, head.end, head.checksum

    def truncate(self, length: int) -> None:
        """Drop the trajectories with ids from ``length`` on; their ids will be given again."""
        length = arguments.at_least("length", length, 0, StoreError)
        self._check_writable()
        if length < self.first_id:
            raise StoreError(f"length = {length}: ids below {self.first_id} were compacted away")
        if length < len(self):
            self.cuts.append(length)
            self._forget(length)

    def compact(self, first_id: int) -> int:
        """Drop the oldest segments whose ids are all below ``first_id``; how many records."""
        first_id = arguments.at_least("first_id", first_id, 0, StoreError)
        self._check_writable()
        before = self.first_id
        count = sum(head.first_id <= first_id for head in self._heads[1:])
        # Of version 1 only the segments before tell whether a header is whole.
        while count and self._heads[count].end == log.HEADER_SIZES[1]:
            count -= 1
        for _ in range(count):
            if self._path is not None:
                folder.drop(self._path, self._heads[0].segment)
            del self._records[: self._heads[1].first_id - self._heads[0].first_id]
            del self._heads[0]
        return self.first_id - before

    def _forget(self, length: int) -> None:
        """Drop records, the segments that then hold none, and what the files hold beyond them."""
        del self._records[length - self.first_id :]
        last = self._records[-1].segment if self._records else self._heads[0].segment
        self._heads = [head for head in self._heads if head.segment <= last]
        if self._path is not None:
            segment, end, _ = self._tail()
            folder.cut(self._path, segment, end)

    def flush(self, sync: bool = True) -> None:
        """Wait, if ``sync``, until all that was appended is on the disk."""
        sync = arguments.flag("sync", sync, StoreError)
        self._check_writable()
        if sync and self._path is not None:
            folder.sync(self._path, self._tail()[0])

    def close(self) -> None:
        """Sync, and let the next writer in."""
        try:
            if not self._closed and self._is_writer():
                self.flush()
        finally:
            self.__del__()
            self._closed = True
            self._records = []

    def _unlock(self) -> None:
        if self._is_writer():
            folder.unlock(self._lock)
        os.close(self._lock)
        self._lock = -1

    def __del__(self) -> None:
        if self._lock >= 0:
            self._unlock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[type[Self], tuple[Path, bool]]:
        self._check_open()
        if self._path is None:
            raise StoreError("a store in memory cannot be pickled: open it with a path")
        return type(self), (self._path, True)

    def __len__(self) -> int:
        return self.first_id + len(self._records)

    @property
    def first_id(self) -> int:
        """The lowest id held; those below it were compacted away."""
        self._check_open()
        return self._heads[0].first_id

    @property
    def num_trajectories(self) -> int:
        """Trajectories held."""
        return len(self) - self.first_id

    @property
    def memory_bytes(self) -> int:
        """Bytes of the payloads held."""
        self._check_open()
        return sum(len(record.payload) for record in self._records)

    @property
    def disk_bytes(self) -> int:
        """Bytes that the files of the log hold; 0 for a store in memory."""
        self._check_open()
        if self._path is None:
            return 0
        ends = {head.segment: head.end for head in self._heads}
        return sum((ends | {record.segment: record.end for record in self._records}).values())

    def __getitem__(self, key: int) -> Trajectory:
        return decode(self._payload(arguments.integer("trajectory_id", key, StoreError)))

    def _payload(self, key: int) -> bytes:
        if 0 <= key < self.first_id:
            raise UnknownTrajectoryError(f"trajectory {key} was compacted away")
        if not 0 <= key < len(self):
            raise UnknownTrajectoryError(f"no trajectory {key}: ids end before {len(self)}")
        return self._records[key - self.first_id].payload

    def columns(self, ids: ArrayLike) -> TrajectoryColumns:
        """The trajectories with these ids as flat columns, in this order."""
        chosen = array(ids, "ids", np.int64, StoreError)
        return decode_columns([self._payload(int(key)) for key in chosen])

    def __iter__(self) -> Iterator[Trajectory]:
        return map(self.__getitem__, range(self.first_id, len(self)))

    def refresh(self) -> None:
        """Take in what the writer has appended, truncated or compacted since."""
        self._check_open()
        if self._path is not None and not self._is_writer():
            first, before = self.first_id, self._records
            self._follow(self._path)
            self._compare(first, before)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreLockedError("this store is closed: open it again")

    def _check_writable(self) -> None:
        self._check_open()
        if self._path is not None and not self._is_writer():
            raise StoreLockedError("this store is read-only: open it with read_only=False")

    def _is_writer(self) -> bool:
        """Whether this process holds the lock; a fork of the one that does is a reader."""
        return self._lock >= 0 and self._owner == os.getpid()

    def _follow(self, path: Path) -> None:
        self._records, self._heads = folder.read_while_written(path)
        if not self._heads:
            self._begin(0, 0, 0)

    def _compare(self, first: int, before: list[log.Record]) -> None:
        """Note how far the log is the one from before, as chained checksums tell."""
        start, end = max(first, self.first_id), min(first + len(before), len(self))
        common = min(start, end)
        for key in range(start, end):
            if before[key - first].checksum == self._records[key - self.first_id].checksum:
                common = key + 1
        if common < first + len(before):
            self.cuts.append(common)

    def _repair(self, path: Path) -> None:
        """Begin a store that is not there, drop the tail that a crash has left."""
        self._records, self._heads, torn = folder.read(path)
        if not self._heads:
            folder.begin(path, self._begin(0, 0, 0))
        self._segment_bytes = self._heads[-1].segment_bytes
        last = self._heads[-1].segment
        bare = len(self._heads) > 1 and self._tail()[1] == self._heads[-1].end
        if torn or bare:
            what = str(torn) if torn else f"{last:06}.seg holds no record"
            self.repaired = f"dropped the end of the log: {what}"
            self._forget(len(self))


def _size(segment_bytes: object) -> int:
    least, most = log.MIN_SEGMENT_BYTES, log.MAX_SEGMENT_BYTES
    expected = f"a size from {least} to {most}"
    return arguments.integer("segment_bytes", segment_bytes, StoreError, expected, least, most)
