"""Files that are whole or not there, stores that take all or nothing, errors that say where."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import index
from pathlib import Path
from typing import BinaryIO, TypeVar

from archer.errors import ArcherError, ExchangeError, StoreIOError, TrajectoryError
from archer.store import TrajectoryStore
from archer.types import Trajectory

T = TypeVar("T")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of ``path`` once all of it is written.

    Raises:
        StoreIOError: The operating system refused, or the path names no file.
    """
    if not path.name:
        raise StoreIOError(f"cannot write {str(path)!r}: it names no file; give the path of one")
    part = path.with_name(f"{path.name}.part")
    with _refusals("write", path):
        try:
            with part.open("wb") as file:
                yield file
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """A file to read.

    Raises:
        StoreIOError: The operating system refused, or the path can name no file.
    """
    with _refusals("read", path), path.open("rb") as file:
        yield file


@contextmanager
def _refusals(what: str, path: Path) -> Iterator[None]:
    if not _possible(path):
        raise StoreIOError(
            f"cannot {what} {str(path)!r}: no file can have this name; give the path of one"
        )
    try:
        yield
    except OSError as error:
        if isinstance(error, ArcherError):  # of a store, which has said it in its own words
            raise
        reason = error.strerror or str(error)
        raise StoreIOError(
            f"cannot {what} {path}: {reason}; give the path of a file that can be used"
        ) from error


def _possible(path: Path) -> bool:
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


@contextmanager
def all_or_nothing(store: TrajectoryStore) -> Iterator[None]:
    """Takes what was appended out of the store again if an error ends the block."""
    length = len(store)
    try:
        yield
    except BaseException:
        if len(store) > length:
            store.truncate(length)
        raise


def held(store: TrajectoryStore, ids: Iterable[int] | None) -> Sequence[int]:
    """``ids``, or by default those of all trajectories that the store holds.

    Raises:
        ExchangeError: These are no integers.
    """
    if ids is None:
        return range(store.first_id, len(store))
    try:
        return [index(key) for key in ids]
    except TypeError as error:
        raise ExchangeError(f"ids must be integers, one for each trajectory: {error}") from error


def exported(
    store: TrajectoryStore, ids: Iterable[int] | None, convert: Callable[[Trajectory], T]
) -> Iterator[T]:
    """What ``convert`` makes of the trajectories `held`, one after the other.

    Raises:
        ExchangeError: ``convert`` has refused one; says which.
        UnknownTrajectoryError: The store has no such trajectory.
    """
    for key in held(store, ids):
        try:
            value = convert(store[key])
        except ExchangeError as error:
            raise ExchangeError(f"trajectory {key} cannot be exported: {error}") from error
        yield value


@contextmanager
def importing(source: str) -> Iterator[None]:
    """Names the source in an error of the block, which then has imported nothing.

    Raises:
        ExchangeError: The block raised it, or a `TrajectoryError`.
    """
    try:
        yield
    except (ExchangeError, TrajectoryError) as error:
        raise ExchangeError(f"{source}: {error}; nothing has been imported") from error


def pour(source: TrajectoryStore, store: TrajectoryStore) -> list[int]:
    """Appends all trajectories of one store to another, all or none; their ids there."""
    return list(store.extend_columns(source.columns(range(len(source)))))
