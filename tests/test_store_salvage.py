"""What `archer.salvage` says of a store, and what it keeps of a damaged one."""

import threading
from pathlib import Path

import pytest

from archer import salvage
from archer._rust import TrajectoryStore
from archer.errors import CorruptStoreError, StoreError, StoreIOError, StoreLockedError
from store_cases import assert_same, contents
from test_store_trust import RECORDS, damage, write


def test_a_report_of_a_whole_store(tmp_path):
    write(tmp_path)
    report = salvage.check(tmp_path)
    assert report == salvage.StoreReport(
        format_versions=(2,),
        segments=len(contents(tmp_path)),
        first_id=0,
        trajectories=6,
        turns=45,
        tokens=sum(len(t.tokens) for t in RECORDS),
        bytes=sum(map(len, contents(tmp_path).values())),
        damage=(),
        unfinished_tail=False,
        lost=(),
    )
    assert report.whole
    assert salvage.repair(tmp_path) == report
    assert not Path(f"{tmp_path}.damaged").exists()


def test_a_damaged_record_is_named_and_the_others_are_kept(tmp_path):
    folder, out = tmp_path / "store", tmp_path / "out"
    write(folder)
    damage(folder, "000000.seg", 60)
    before = contents(folder)
    report = salvage.check(folder)
    assert contents(folder) == before, "a check has changed the store"
    assert not report.whole
    assert report.damage == ("000000.seg: record 0 at byte 36: its payload fails its checksum",)
    assert report.lost == (range(0, 1),)
    assert salvage.repair(folder, out) == report
    assert contents(folder) == before
    for place in (out, folder):
        if place == folder:
            assert salvage.repair(folder) == report
        with TrajectoryStore(place) as store:
            assert store.repaired is None
            for one, other in zip(store, RECORDS[1:], strict=True):
                assert_same(one, other)
    assert contents(tmp_path / "store.damaged") == before


def test_segments_that_were_swapped_or_copied_are_told_apart(tmp_path):
    folder, out = tmp_path / "store", tmp_path / "out"
    write(folder)
    first, second = (folder / name for name in sorted(contents(folder))[:2])
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    report = salvage.repair(folder, out)
    assert (report.trajectories, report.lost) == (6, ())
    assert "000001.seg: header before record 0 at byte 0: this file is segment 0" in report.damage
    for a, b in zip(TrajectoryStore(out), RECORDS, strict=True):
        assert_same(a, b)
    second.write_bytes(other)
    report = salvage.check(folder)
    assert "000000.seg: this file is segment 1, which 000001.seg holds as well" in report.damage[0]
    assert report.lost == (range(report.lost[0].stop),)
    assert report.trajectories == 6 - report.lost[0].stop


def test_ids_after_compaction_stay_through_a_repair(tmp_path):
    folder = tmp_path / "store"
    with TrajectoryStore(folder, segment_bytes=1024) as store:
        store.extend(RECORDS * 4)
        assert store.compact(9) > 0
        first = store.first_id
    last = max(contents(folder))
    damage(folder, last, len(contents(folder)[last]) - 1)
    report = salvage.repair(folder)
    assert report.first_id == first
    assert report.lost == (range(23, 24),)
    with TrajectoryStore(folder) as store:
        assert store.first_id == first
        assert len(store) == 23
        for key in range(first, 23):
            assert_same(store[key], RECORDS[key % 6])


def test_an_unfinished_tail_is_no_damage(tmp_path):
    write(tmp_path)
    last = tmp_path / max(contents(tmp_path))
    last.write_bytes(last.read_bytes()[:-1])
    report = salvage.check(tmp_path)
    assert report.whole
    assert report.unfinished_tail
    assert report.lost == ()
    assert "record 5" in report.damage[0]


def test_a_check_while_a_writer_is_at_work(tmp_path):
    stop = threading.Event()

    def work():
        with TrajectoryStore(tmp_path, segment_bytes=1024) as store:
            while not stop.is_set():
                store.extend(RECORDS)
                store.compact(max(0, len(store) - 8))
                store.truncate(len(store) - 4)

    writer = threading.Thread(target=work)
    writer.start()
    reports = []
    try:
        while len({report.first_id for report in reports}) < 4:  # it has compacted meanwhile
            assert writer.is_alive()
            reports.append(check_when_begun(tmp_path))
    finally:
        stop.set()
        writer.join()
    assert all(report.whole for report in reports), {r.damage for r in reports}


def check_when_begun(folder):
    while not any(folder.glob("*.seg")):
        pass
    return salvage.check(folder)


def test_a_store_in_use_is_not_repaired(tmp_path):
    folder = tmp_path / "store"
    write(folder)
    with TrajectoryStore(folder):
        for out in (None, tmp_path / "out"):
            with pytest.raises(StoreLockedError):
                salvage.repair(folder, out)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_what_cannot_be_checked_or_repaired(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for work in (salvage.check, salvage.repair):
        with pytest.raises(CorruptStoreError, match="no trajectory store"):
            work(tmp_path / "empty")
        for name in ("missing", "file"):
            with pytest.raises(StoreIOError):
                work(tmp_path / name)
    write(tmp_path / "store")
    with pytest.raises(StoreError, match="is there already"):
        salvage.repair(tmp_path / "store", tmp_path / "empty")
