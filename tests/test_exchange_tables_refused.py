"""Tables that are refused: what is no trajectory by its row, other columns, other arguments."""

import json
import sys

import pytest

from archer import TrajectoryStore
from archer.errors import ArcherError, ExchangeError, StoreError, StoreLockedError
from archer.exchange import from_dataset, from_parquet, tables, to_dataset, to_parquet
from store_cases import broken, contents, simple
from table_cases import EPISODES, SCHEMA, filled, table_of, with_column

pa = pytest.importorskip("pyarrow", reason="the extra datasets is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="the extra datasets is not installed")
datasets = pytest.importorskip("datasets", reason="the extra datasets is not installed")


def bad_table(row):
    """A table of good rows but the last, which no store could have given."""
    table = table_of([simple(1)] * 5)
    for name in SCHEMA:
        value = getattr(row, name)
        value = json.dumps(value) if name == "extra" else value
        values = [*table[name].to_pylist()[:4], value]
        table = with_column(table, name, values)
    return table


def test_every_trajectory_that_a_store_refuses_is_refused_by_its_row(tmp_path):
    expressible = [
        (words, row)
        for words, row in broken(simple(2))
        if words not in {"Trajectory", "extra"} and fits(row)
    ]
    assert len(expressible) > 10
    for words, row in expressible:
        store = filled([simple(1)])
        pq.write_table(bad_table(row), tmp_path / "x.parquet")
        with pytest.raises(ExchangeError, match=rf"x\.parquet: row 4 .*{words}.*nothing has been"):
            from_parquet(tmp_path / "x.parquet", store)
        with pytest.raises(ExchangeError, match=f"data set: row 4 .*{words}"):
            from_dataset(datasets.Dataset(bad_table(row)), store)
        assert len(store) == 1


def fits(row):
    """Whether the columns can hold what is bad; their types refuse or mend the rest."""
    try:
        table = bad_table(row)
    except (TypeError, ValueError, OverflowError, pa.ArrowException):
        return False
    if row.policy_version == 1.5 or any(column.null_count for column in table.columns):
        return False
    return not table.equals(bad_table(simple(2)))


TABLES = {
    "no column": (lambda t: t.drop_columns(["seed"]), "no column 'seed'; expected tokens list"),
    "unknown": (lambda t: t.append_column("x", [[0] * 5]), "unknown column 'x'; remove it"),
    "text": (lambda t: with_column(t, "seed", ["a"] * 5, pa.string()), "seed uint64"),
    "negative": (lambda t: with_column(t, "seed", [-1] * 5, pa.int64()), "seed uint64"),
    "scalar": (lambda t: with_column(t, "tokens", [1] * 5, pa.int64()), "column is not as"),
    "null": (lambda t: with_column(t, "rewards", [None] * 5), "null"),
    "null inside": (lambda t: with_column(t, "rewards", [[None]] * 5), "'rewards' holds a null"),
    "no flag": (lambda t: with_column(t, "terminated", [True] * 4 + [None]), "null"),
    "no JSON": (lambda t: with_column(t, "extra", ["{}"] * 4 + ["{"]), "row 4 .*extra is not"),
    "no object": (lambda t: with_column(t, "extra", ["{}"] * 4 + ["[1]"]), "row 4 .*extra is not"),
    "no number": (lambda t: with_column(t, "extra", ["{}"] * 4 + ['{"a":NaN}']), "row 4 .*extra"),
    "deep": (lambda t: with_column(t, "extra", ["{}"] * 4 + ['{"a":' * 10**5]), "row 4 .*extra"),
    "moved": (
        # Boundaries of one row too few and one too many: flat, they would be as many as expected.
        lambda t: with_column(t, "boundaries", [[0, 1, 3, 4]] * 3 + [[0, 1, 3], [4, 0, 1, 3, 4]]),
        "row 3 .*boundaries",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_other_tables_are_refused_and_nothing_is_imported(tmp_path, monkeypatch, name):
    monkeypatch.setattr(tables, "ROWS", 3)
    change, words = TABLES[name]
    table = change(table_of([simple(1)] * 5))
    with TrajectoryStore(tmp_path / "store") as store:
        store.append(simple(2))
        before = contents(tmp_path / "store")
        pq.write_table(table, tmp_path / "x.parquet")
        with pytest.raises(ExchangeError, match=words):
            from_parquet(tmp_path / "x.parquet", store)
        with pytest.raises(ExchangeError, match=words):
            from_dataset(datasets.Dataset(table), store)
        assert contents(tmp_path / "store") == before


def test_a_column_that_is_there_twice(tmp_path):
    table = table_of([simple(1)])
    pq.write_table(table.append_column("tokens", table["tokens"]), tmp_path / "x.parquet")
    with pytest.raises(ExchangeError, match="column 'tokens' is there more than once; keep one"):
        from_parquet(tmp_path / "x.parquet", filled([]))


@pytest.mark.parametrize("ids", [["a"], [1.5], [None], 5])
def test_ids_that_are_no_integers(tmp_path, ids):
    with pytest.raises(ExchangeError, match="ids must be integers"):
        to_parquet(filled(EPISODES), tmp_path / "x.parquet", ids=ids)
    with pytest.raises(ExchangeError, match="ids must be integers"):
        to_dataset(filled(EPISODES), ids=ids)


def test_a_store_that_cannot_be_written_says_so_itself(tmp_path):
    with TrajectoryStore(tmp_path / "store") as store:
        store.append(simple(1))
    dataset = to_dataset(filled(EPISODES))
    with (
        TrajectoryStore(tmp_path / "store", read_only=True) as store,
        pytest.raises(StoreLockedError, match="read-only"),
    ):
        from_dataset(dataset, store)


def test_only_one_data_set_at_a_time():
    splits = datasets.DatasetDict(train=to_dataset(filled(EPISODES)))
    with pytest.raises(ExchangeError, match="not this DatasetDict; of several splits give one"):
        from_dataset(splits, filled([]))
    with pytest.raises(ExchangeError, match="not this list"):
        from_dataset([], filled([]))


def test_without_the_extra_an_error_says_what_to_install(tmp_path, monkeypatch):
    dataset, store = to_dataset(filled(EPISODES)), filled(EPISODES)
    to_parquet(store, tmp_path / "x.parquet")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ExchangeError, match=r"datasets is not installed.*archer\[datasets\]"):
        to_dataset(store)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for use in (
        lambda: to_parquet(store, tmp_path / "y.parquet"),
        lambda: from_parquet(tmp_path / "x.parquet", store),
        lambda: to_dataset(store),
        lambda: from_dataset(dataset, store),
    ):
        with pytest.raises(ExchangeError, match=r"pyarrow is not installed.*archer\[datasets\]"):
            use()
    assert not (tmp_path / "y.parquet").exists()


def test_the_error_is_in_the_tree():
    assert issubclass(ExchangeError, StoreError)
    assert issubclass(ExchangeError, ValueError)
    assert issubclass(ExchangeError, ArcherError)
