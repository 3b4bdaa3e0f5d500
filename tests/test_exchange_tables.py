"""Parquet files and data sets, there and back: to the byte, in parts, in the documented columns."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archer import TrajectoryStore
from archer.errors import UnknownTrajectoryError
from archer.exchange import from_dataset, from_parquet, tables, to_dataset, to_parquet
from archer.twin import TrajectoryStore as TwinStore
from archer.twin.record import encode
from store_cases import contents, simple, trajectories
from table_cases import EPISODES, SCHEMA, filled, table_of, with_column

pa = pytest.importorskip("pyarrow", reason="the extra datasets is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="the extra datasets is not installed")
datasets = pytest.importorskip("datasets", reason="the extra datasets is not installed")

ODD = np.array([0x7FC00001, 0xFFC12345, 0x80000000, 0x00000001], np.uint32).view(np.float32)
"""NaNs with payloads, minus zero, a subnormal number."""


def payloads(store):
    """The bytes of each trajectory."""
    return [encode(trajectory) for trajectory in store]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("tables") / "store.parquet"


@given(st.lists(trajectories(), max_size=4), st.sampled_from([TrajectoryStore, TwinStore]))
def test_a_store_comes_back_to_the_byte(scratch, episodes, kind):
    store, fresh = filled(episodes, kind), filled([simple(1)], kind)
    to_parquet(store, scratch)
    assert from_parquet(scratch, fresh) == list(range(1, 1 + len(episodes)))
    again = filled([])
    assert from_dataset(to_dataset(store), again) == list(range(len(episodes)))
    assert payloads(store) == payloads(fresh)[1:] == payloads(again)


def test_every_bit_of_a_float_survives(tmp_path):
    pieces = simple(4)
    odd = dataclasses.replace(pieces, logprobs=np.tile(ODD, 2))
    store, fresh, again = filled([odd]), filled([]), filled([])
    to_parquet(store, tmp_path / "x.parquet")
    from_parquet(tmp_path / "x.parquet", fresh)
    from_dataset(to_dataset(store), again)
    for read in (fresh, again):
        np.testing.assert_array_equal(
            read[0].logprobs.view(np.uint32), odd.logprobs.view(np.uint32)
        )


def test_the_text_of_extra_survives(tmp_path):
    store, fresh = filled([simple(1), simple(1)]), filled([])
    extra = ['{ "b": 1, "a": "é\\u00e9" }', "{}"]
    store.extend_columns(dataclasses.replace(store.columns([0, 1]), extra=extra))
    to_parquet(store, tmp_path / "x.parquet", ids=[2, 3])
    assert fresh.columns(from_parquet(tmp_path / "x.parquet", fresh)).extra == extra


@pytest.mark.parametrize("kind", [TrajectoryStore, TwinStore])
def test_what_compaction_has_left_is_exported(tmp_path, kind):
    store = kind(tmp_path / "store", segment_bytes=1024)
    store.extend([simple(9, start=i) for i in range(20)])
    first = store.compact(10)
    assert 0 < first <= 10
    dataset = to_dataset(store)
    assert [tokens[0] for tokens in dataset["tokens"]] == list(range(first, 20))
    with pytest.raises(UnknownTrajectoryError):
        to_dataset(store, ids=[first - 1])
    store.close()


def test_parts_make_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS", 3)
    with TrajectoryStore(tmp_path / "one") as one, TrajectoryStore(tmp_path / "two") as two:
        one.extend(EPISODES)
        to_parquet(one, tmp_path / "x.parquet")
        assert pq.ParquetFile(tmp_path / "x.parquet").num_row_groups == 3
        assert from_parquet(tmp_path / "x.parquet", two) == list(range(7))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_chosen_trajectories_in_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS", 3)
    store, fresh = filled(EPISODES), filled([])
    chosen = [6, 0, 3, 3, 1]
    to_parquet(store, tmp_path / "x.parquet", ids=iter(chosen))
    from_parquet(tmp_path / "x.parquet", fresh)
    assert [t.seed for t in fresh] == chosen
    assert to_dataset(store, ids=chosen)["seed"][:] == chosen
    assert len(to_dataset(store, ids=[])) == 0


def test_the_columns_are_those_documented(tmp_path):
    to_parquet(filled(EPISODES), tmp_path / "x.parquet")
    schema = pq.read_schema(tmp_path / "x.parquet")
    assert dict(zip(schema.names, schema.types, strict=True)) == SCHEMA
    rows = pq.read_table(tmp_path / "x.parquet").to_pylist()
    assert rows[1] == {
        "tokens": [1, 2, 3, 4, 5, 6, 7],
        "boundaries": [0, 1, 3, 4, 6, 7],
        "rewards": [0.0, 1.0],
        "logprobs": [-0.5] * 4,
        "terminated": True,
        "truncated": False,
        "policy_version": 0,
        "env_id": "",
        "seed": 1,
        "extra": '{"i":1}',
    }


def test_datasets_reads_the_file_and_gives_back_what_is_left_of_it(tmp_path):
    to_parquet(filled(EPISODES), tmp_path / "x.parquet")
    dataset = datasets.Dataset.from_parquet(
        str(tmp_path / "x.parquet"), cache_dir=str(tmp_path / "cache")
    )
    assert dataset.features == to_dataset(filled(EPISODES)).features
    store = filled([])
    odd = dataset.filter(lambda row: row["seed"] % 2 == 1, load_from_cache_file=False)
    ids = from_dataset(odd.select([2, 0]), store)
    assert [store[i].seed for i in ids] == [5, 1]
    ids = from_dataset(dataset.to_iterable_dataset(), store)
    assert payloads(store)[2:] == payloads(EPISODES)


def test_columns_of_wider_and_narrower_types_are_taken():
    table = table_of(EPISODES)
    table = with_column(table, "tokens", table["tokens"].to_pylist(), pa.large_list(pa.uint32()))
    table = with_column(table, "seed", table["seed"].to_pylist(), pa.int8())
    table = with_column(table, "env_id", table["env_id"].to_pylist(), pa.large_string())
    store = filled([])
    from_dataset(datasets.Dataset(table), store)
    assert payloads(store) == payloads(EPISODES)
