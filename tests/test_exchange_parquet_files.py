"""Parquet files that are damaged, cut short or somewhere else: an error, and nothing of them."""

import pytest

from archer.errors import ExchangeError, StoreIOError, UnknownTrajectoryError
from archer.exchange import from_parquet, to_dataset, to_parquet
from store_cases import simple
from table_cases import EPISODES, filled

pq = pytest.importorskip("pyarrow.parquet", reason="the extra datasets is not installed")


@pytest.mark.parametrize("data", [b"", b"PAR1", b"{}\n" * 100])
def test_what_is_no_parquet_is_refused(tmp_path, data):
    (tmp_path / "x.parquet").write_bytes(data)
    with pytest.raises(ExchangeError, match=r"x\.parquet: it cannot be read as Parquet"):
        from_parquet(tmp_path / "x.parquet", filled([]))


def test_a_damaged_page_is_noticed(tmp_path):
    path = tmp_path / "x.parquet"
    to_parquet(filled(EPISODES), path)
    metadata = pq.ParquetFile(path).metadata.row_group(0)
    data = path.read_bytes()
    for i in range(metadata.num_columns):
        column = metadata.column(i)
        # The last byte of a column's chunk lies in its data, whose checksum the header has.
        at = (column.dictionary_page_offset or column.data_page_offset) - 1
        at += column.total_compressed_size
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        store = filled([])
        with pytest.raises(ExchangeError, match="cannot be read as Parquet"):
            from_parquet(path, store)
        assert len(store) == 0


def test_a_page_of_another_kind_is_noticed(tmp_path):
    path = tmp_path / "x.parquet"
    to_parquet(filled(EPISODES), path)
    metadata = pq.ParquetFile(path).metadata.row_group(0)
    data, refusals = bytearray(path.read_bytes()), []
    for i in range(metadata.num_columns):
        # The second byte of a page's header says of what kind it is; Arrow skips unknown ones.
        at = metadata.column(i).data_page_offset + 1
        for bit in range(8):
            data[at] ^= 1 << bit
            path.write_bytes(data)
            data[at] ^= 1 << bit
            store = filled([simple(1)])
            with pytest.raises(ExchangeError, match="cannot be read as Parquet") as refused:
                from_parquet(path, store)
            assert len(store) == 1
            refusals.append(str(refused.value))
    assert any("it has 0 rows, and 7 by its footer" in refusal for refusal in refusals)


def test_a_damaged_footer_is_noticed(tmp_path):
    path = tmp_path / "x.parquet"
    to_parquet(filled(EPISODES), path)
    data = path.read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    at = data.index(b"tokens", footer)  # the name of a column, which is then no UTF-8
    path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
    store = filled([])
    with pytest.raises(ExchangeError, match=r"x\.parquet: it cannot be read as Parquet"):
        from_parquet(path, store)
    assert len(store) == 0


def test_a_file_that_is_cut_short_is_noticed(tmp_path):
    path = tmp_path / "x.parquet"
    to_parquet(filled(EPISODES), path)
    data = path.read_bytes()
    for length in range(0, len(data), 61):
        path.write_bytes(data[:length])
        with pytest.raises(ExchangeError, match="cannot be read as Parquet"):
            from_parquet(path, filled([]))


def test_a_failed_export_leaves_what_was_there(tmp_path):
    (tmp_path / "x.parquet").write_text("before")
    with pytest.raises(UnknownTrajectoryError):
        to_parquet(filled(EPISODES), tmp_path / "x.parquet", ids=[0, 7])
    with pytest.raises(UnknownTrajectoryError):
        to_dataset(filled(EPISODES), ids=[-1])
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]
    assert (tmp_path / "x.parquet").read_text() == "before"


def test_paths_that_cannot_be_used(tmp_path):
    with pytest.raises(StoreIOError, match=r"cannot read .*none\.parquet: No such file"):
        from_parquet(tmp_path / "none.parquet", filled([]))
    with pytest.raises(StoreIOError, match=r"cannot write .*x\.parquet: No such file"):
        to_parquet(filled(EPISODES), tmp_path / "no" / "x.parquet")
    with pytest.raises(StoreIOError, match="cannot write"):
        to_parquet(filled(EPISODES), tmp_path)
    for path, words in [("", "names no file"), ("/", "names no file"), ("a\0", "no file can have")]:
        with pytest.raises(StoreIOError, match=f"cannot write .*{words}"):
            to_parquet(filled(EPISODES), path)
    for name in ("a\0", "\ud800"):
        with pytest.raises(StoreIOError, match=r"cannot read .*no file can have this name"):
            from_parquet(name, filled([]))
