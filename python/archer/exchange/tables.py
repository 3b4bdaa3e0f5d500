"""Episodes as rows of a table: Parquet files and data sets of Hugging Face, to the byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from archer.errors import ExchangeError, TrajectoryError
from archer.exchange.arrow import (
    agree,
    batch_of,
    checked,
    columns_of,
    load_arrow,
    missing,
    table_schema,
)
from archer.exchange.files import all_or_nothing, held, importing, reading, replacing
from archer.store import TrajectoryStore

ROWS = 1024
"""Trajectories that are held at once, and in each row group of a Parquet file."""


def to_parquet(store: TrajectoryStore, path: Path | str, ids: Iterable[int] | None = None) -> None:
    """Writes trajectories as a Parquet file, one a row (docs/exchange.md says which columns).

    Nothing is lost: `from_parquet` gives trajectories with the same bytes.

    Args:
        store: where the trajectories are.
        path: the file; one that is there is replaced once all is written.
        ids: of the trajectories, in this order; by default all.

    Raises:
        ExchangeError: pyarrow is not installed, or the ids are no integers.
        StoreIOError: The file cannot be written.
        UnknownTrajectoryError: The store has no such trajectory.
    """
    load_arrow()
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    schema = table_schema()
    with (
        replacing(Path(path)) as file,
        parquet.ParquetWriter(
            file,
            schema,
            compression="zstd",
            use_dictionary=["tokens.list.element", "env_id"],
            write_page_checksum=True,
        ) as writer,
    ):
        for batch in _batches(store, ids):
            writer.write_batch(batch)


def from_parquet(path: Path | str, store: TrajectoryStore) -> list[int]:
    """Appends the trajectories of a Parquet file, all of them or, if one is no trajectory, none.

    The file is read in parts; nobody else may append to the store meanwhile.

    Args:
        path: a file as `to_parquet` writes it.
        store: what they are appended to.

    Returns:
        The ids of the trajectories, in the order of the rows.

    Raises:
        ExchangeError: Not such a file; says which column or row is not as expected. Or pyarrow is
            not installed.
        StoreIOError: The file cannot be read, or the store not written.
    """
    path = Path(path)
    return _append(store, _read(path), str(path))


def to_dataset(store: TrajectoryStore, ids: Iterable[int] | None = None) -> Any:
    """The trajectories as a `datasets.Dataset`, one a row, with the columns of `to_parquet`.

    Args:
        store: where the trajectories are; the data set holds copies.
        ids: of the trajectories, in this order; by default all.

    Raises:
        ExchangeError: datasets is not installed, or the ids are no integers.
        UnknownTrajectoryError: The store has no such trajectory.
    """
    arrow = load_arrow()
    try:
        from datasets import Dataset  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing("datasets") from error
    return Dataset(arrow.Table.from_batches(_batches(store, ids), table_schema()))


def from_dataset(dataset: Any, store: TrajectoryStore) -> list[int]:
    """Appends the rows of a `datasets.Dataset`, all or, if one is no trajectory, none.

    The data set is read in parts; nobody else may append to the store meanwhile.

    Args:
        dataset: with the columns of `to_dataset`; may be filtered, shuffled or streamed.
        store: what they are appended to.

    Returns:
        The ids of the trajectories, in the order of the rows.

    Raises:
        ExchangeError: Not such a data set; says which column or row is not as expected. Or datasets
            is not installed.
        StoreIOError: The store cannot be written.
    """
    if not hasattr(dataset, "iter"):
        raise ExchangeError(
            f"from_dataset takes a datasets.Dataset, not this {type(dataset).__name__}; of several "
            "splits give one"
        )
    return _append(store, dataset.with_format("arrow").iter(batch_size=ROWS), "the data set")


def _batches(store: TrajectoryStore, ids: Iterable[int] | None) -> Iterator[Any]:
    keys = iter(held(store, ids))
    while chunk := list(islice(keys, ROWS)):
        yield batch_of(store.columns(chunk))


def _read(path: Path) -> Iterator[Any]:
    """The tables that a Parquet file consists of."""
    arrow, found = load_arrow(), 0
    from pyarrow import parquet  # noqa: PLC0415 - an extra

    with reading(path) as file:
        try:
            parts = parquet.ParquetFile(file, page_checksum_verification=True)
            expected = parts.metadata.num_rows
            for batch in parts.iter_batches(batch_size=ROWS):
                found += len(batch)
                yield arrow.Table.from_batches([batch])
        # Arrow's own, for a damaged file: OSError of a page, ValueError of a text in the footer.
        except (arrow.ArrowException, OSError, ValueError) as error:
            raise ExchangeError(
                f"it cannot be read as Parquet: {error}; expected a file as to_parquet writes it"
            ) from error
    if found != expected:  # Arrow skips a page of a kind that it does not know
        raise ExchangeError(
            f"it cannot be read as Parquet: it has {found} rows, and {expected} by its footer; it "
            "is damaged, so export it again"
        )


def _append(store: TrajectoryStore, tables: Iterable[Any], source: str) -> list[int]:
    ids: list[int] = []
    with importing(source), all_or_nothing(store):
        for table in tables:
            ids += _extend(store, checked(table), len(ids))
    return ids


def _extend(store: TrajectoryStore, table: Any, start: int) -> list[int]:
    columns, counts = columns_of(table)
    if agree(columns, counts):
        with suppress(TrajectoryError):
            return list(store.extend_columns(columns))
    ids: list[int] = []
    for row in range(len(table)):  # one at a time, to name the one that is refused
        try:
            ids += store.extend_columns(columns_of(table.slice(row, 1))[0])
        except TrajectoryError as error:
            why = str(error).removeprefix("row 0: ")
            raise ExchangeError(f"row {start + row} is no trajectory: {why}") from error
    return ids
