"""Tables of trajectories that the tests of Parquet files and data sets share."""

import pytest

from archer import TrajectoryStore
from archer.exchange import to_dataset
from store_cases import simple

pa = pytest.importorskip("pyarrow", reason="the extra datasets is not installed")
pytest.importorskip("datasets", reason="the extra datasets is not installed")

# As docs/exchange.md has it.
SCHEMA = {
    "tokens": pa.list_(pa.int64()),
    "boundaries": pa.list_(pa.int64()),
    "rewards": pa.list_(pa.float32()),
    "logprobs": pa.list_(pa.float32()),
    "terminated": pa.bool_(),
    "truncated": pa.bool_(),
    "policy_version": pa.int64(),
    "env_id": pa.string(),
    "seed": pa.uint64(),
    "extra": pa.string(),
}
EPISODES = [simple(1 + i % 3, start=i, seed=i, extra={"i": i}) for i in range(7)]
"""Seven, which differ."""


def filled(episodes, kind=TrajectoryStore):
    store = kind()
    store.extend(episodes)
    return store


def table_of(episodes):
    return to_dataset(filled(episodes)).data.table


def with_column(table, name, values, kind=None):
    at = table.column_names.index(name)
    return table.set_column(at, name, pa.array(values, kind or SCHEMA[name]))
