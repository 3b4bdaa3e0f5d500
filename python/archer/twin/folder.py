"""A store's folder: `000000.seg`, `000001.seg`, … and `lock`, which its writer keeps locked."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from archer.errors import CorruptStoreError, StoreError, StoreIOError, StoreLockedError
from archer.twin.log import FRAME, Head, Record, Torn, read_header, read_record
from archer.twin.record import decode

READS = 20
"""Times that a reader reads a store in which it finds damage while the store changes."""


@contextlib.contextmanager
def io_errors() -> Iterator[None]:
    """What the operating system refuses as `StoreIOError`."""
    try:
        yield
    except (OSError, ValueError) as problem:  # a path with a null byte is the latter
        raise StoreIOError(getattr(problem, "errno", 0) or 0, str(problem)) from problem


def lock(folder: Path) -> int:
    """Become the folder's only writer; closing the file descriptor lets the next one in."""
    import fcntl  # noqa: PLC0415 - POSIX alone has it

    with io_errors():
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(handle)
        what = "is open for writing elsewhere: close it, and never remove its lock by hand"
        raise StoreLockedError(f"{folder} {what}") from problem
    return handle


def unlock(handle: int) -> None:
    """Let the next writer in, even while a fork has the same file open."""
    import fcntl  # noqa: PLC0415 - POSIX alone has it

    with io_errors():
        fcntl.flock(handle, fcntl.LOCK_UN)


def segment_path(folder: Path, index: int) -> Path:
    """Where a segment lies."""
    return folder / f"{index:06}.seg"


def numbers(folder: Path) -> list[int]:
    """Numbers of the segments that a folder holds, ascending."""
    with io_errors():
        paths = [path for path in folder.iterdir() if path.suffix == ".seg" and not path.is_dir()]
    found = {path.stem: int(path.stem) for path in paths if path.stem.isdecimal()}
    return sorted(n for name, n in found.items() if name == f"{n:06}" and n < 1 << 32)


def state(folder: Path) -> list[tuple[int, int, int]]:
    """Numbers, lengths and times of change of the segments."""
    found = []
    for number in numbers(folder):
        with contextlib.suppress(FileNotFoundError):  # it has gone meanwhile
            status = segment_path(folder, number).stat()
            found.append((number, status.st_size, status.st_mtime_ns))
    return found


def append(folder: Path, index: int, data: bytes) -> None:
    """Write at the end of a segment, which is created if need be."""
    with io_errors(), segment_path(folder, index).open("ab", buffering=0) as file:
        while data:
            data = data[file.write(data) :]


def begin(folder: Path, header: bytes) -> None:
    """Write the first segment, which has a header and no record."""
    with io_errors():
        segment_path(folder, 0).write_bytes(header)


def cut(folder: Path, index: int, length: int) -> None:
    """Cut a segment down to ``length`` bytes and remove those after it."""
    with io_errors():
        for number in reversed(numbers(folder)):
            if number > index:
                segment_path(folder, number).unlink()
        os.truncate(segment_path(folder, index), length)


def drop(folder: Path, index: int) -> None:
    """Remove the first segment, and wait until it is gone from the disk."""
    with io_errors():
        segment_path(folder, index).unlink()
    _sync(folder)


def sync(folder: Path, index: int) -> None:
    """Wait until a segment, and the folder's list of segments, are on the disk."""
    _sync(segment_path(folder, index))
    _sync(folder)


def _sync(path: Path) -> None:
    with io_errors():
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def read(folder: Path) -> tuple[list[Record], list[Head], Torn | None]:
    """Every whole record, the headers of the segments, and where the log is torn if it is.

    Raises:
        CorruptStoreError: More than the tail is broken, or a segment is missing.
    """
    records: list[Record] = []
    heads: list[Head] = []
    found = numbers(folder)
    for index in range(found[0], found[-1] + 1) if found else ():
        path = segment_path(folder, index)
        if index not in found:
            raise CorruptStoreError(f"{path}: this segment is missing")
        with io_errors():
            data = path.read_bytes()
        try:
            _read_segment(records, heads, data, index)
        except CorruptStoreError as problem:
            raise CorruptStoreError(f"{path}: {problem}") from problem
        except Torn as torn:
            if index < found[-1] or (index > 0 and not heads):
                raise CorruptStoreError(f"{path}: {torn}") from torn
            torn.args = (f"{path}: {torn}",)
            return records, heads, torn
    return records, heads, None


def read_while_written(folder: Path) -> tuple[list[Record], list[Head]]:
    """What a reader makes of the files: an incomplete record is not there yet.

    A writer that truncates or compacts meanwhile may look like damage; damage stays.
    """
    if not numbers(folder):
        time.sleep(0.02)  # a writer may just be creating the store
    seen: tuple[list[tuple[int, int, int]], str] | None = None
    for _ in range(READS):
        before = state(folder)
        try:
            if not before:
                raise CorruptStoreError(f"{folder} holds no segment, so it is no trajectory store")
            records, heads, torn = read(folder)
            if torn is not None and torn.damaged:
                raise CorruptStoreError(f"{torn}; opening the store for writing drops it")
        except StoreError as problem:
            now = (before, str(problem))
            if seen == now and state(folder) == before:
                raise
            seen = now
        else:
            return records, heads
    what = f"changed during each of {READS} reads: open it again later"
    raise CorruptStoreError(f"{folder}: {what}; the last found {seen and seen[1]}")


def _read_segment(records: list[Record], heads: list[Head], data: bytes, index: int) -> None:
    """Add the header and the records of a segment to those of the segments before it."""
    first_id = heads[0].first_id + len(records) if heads else 0
    chain = (records or heads)[-1].checksum if heads else 0
    known = bool(heads) or index == 0
    heads.append(read_header(data, index, (first_id, chain) if known else None))
    at, chain = heads[-1].end, heads[-1].checksum
    while at < len(data):
        here = f"record {heads[0].first_id + len(records)} at byte {at}"
        try:
            payload = read_record(data, at, chain)
            decode(payload)
        except Torn as torn:
            torn.args = (f"{here}: {torn}",)
            raise
        except ValueError as problem:  # CorruptStoreError is one
            raise CorruptStoreError(f"{here}: {problem}") from problem
        at += FRAME.size + len(payload)
        chain = int.from_bytes(data[at - len(payload) - 8 :][:4], "little")
        records.append(Record(payload, index, at, chain))
