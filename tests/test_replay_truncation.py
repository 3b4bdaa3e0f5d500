"""A store that was truncated never hands other turns to a buffer that holds the old ones."""

import pytest

from archer.errors import ReplayError
from replay_cases import KINDS, filled
from store_cases import simple

GOES_ON = pytest.mark.parametrize(
    "use",
    [
        lambda replay: replay.draw(1),
        lambda replay: replay.sample(1),
        lambda replay: replay.sample_trajectories(1),
        lambda replay: replay.update([0], [0], [1.0]),
        lambda replay: replay.add(replay.store.append(simple(1))),
        lambda replay: replay.extend([]),
        lambda replay: replay.state(),
    ],
    ids=["draw", "sample", "sample_trajectories", "update", "add", "extend", "state"],
)


@KINDS
@GOES_ON
@pytest.mark.parametrize("again", [0, 1, 3])
def test_what_was_truncated_is_not_drawn_as_something_else(kind, use, again):
    replay = filled(kind, turns=[2, 2, 2])
    replay.store.truncate(1)
    replay.store.extend([simple(2)] * again)
    for _ in range(2):
        with pytest.raises(ReplayError, match=r"trajectory 1.*evict\(3\).*anew"):
            use(replay)
    replay.evict(2)
    with pytest.raises(ReplayError, match=r"trajectory 2.*evict\(1\)"):
        use(replay)
    replay.evict(1)
    replay.add(0)
    use(replay)


@KINDS
@GOES_ON
def test_what_is_held_may_be_all_there_is_left(kind, use):
    replay = filled(kind, turns=[2, 2])
    replay.store.extend([simple(2)] * 3)
    for length in (9, 5, 3, 2):
        replay.store.truncate(length)
    use(replay)
    replay.store.append(simple(1))
    use(replay)


@KINDS
def test_an_id_that_was_given_again_can_be_held_again(kind):
    replay = filled(kind, turns=[2, 2])
    replay.store.truncate(1)
    replay.store.append(simple(5))
    with pytest.raises(ReplayError, match="truncated"):
        replay.add(1)
    replay.evict(2)
    replay.extend([0, 1])
    assert set(replay.draw(70).turn.tolist()) == set(range(5))
    replay.store.truncate(0)
    with pytest.raises(ReplayError, match=r"trajectory 0.*evict\(2\)"):
        replay.draw(1)


@KINDS
def test_a_new_buffer_or_a_state_that_fits_knows_nothing_of_it(kind):
    replay = filled(kind, turns=[2, 2])
    state = replay.state()
    replay.store.truncate(1)
    replay.store.append(simple(2))
    replay.load(state)
    replay.draw(1)
    other = kind[1](replay.store)
    other.add(1)
    other.draw(1)


@KINDS
@pytest.mark.parametrize("new", [[], [simple(3)], [simple(2), simple(3), simple(1)]])
def test_a_reader_sees_that_its_writer_has_truncated(kind, new, tmp_path):
    with kind[0](tmp_path) as writer, kind[0](tmp_path, read_only=True) as reader:
        writer.extend([simple(2, start=key) for key in range(4)])
        reader.refresh()
        kept, lost = (kind[1](reader, capacity) for capacity in (4, 9))
        kept.extend([0, 1])
        lost.extend([1, 2, 3])
        writer.append(simple(1))
        reader.refresh()
        lost.draw(1)
        writer.truncate(2)
        writer.extend(new)
        lost.draw(1)  # the reader has not seen it
        reader.refresh()
        kept.sample(4)
        with pytest.raises(ReplayError, match=r"trajectory 2.*evict\(3\)"):
            lost.sample(1)
        writer.close()


@KINDS
def test_the_same_records_again_are_the_same_turns(kind, tmp_path):
    with kind[0](tmp_path) as writer, kind[0](tmp_path, read_only=True) as reader:
        writer.extend([simple(2, start=key) for key in range(4)])
        reader.refresh()
        replay = kind[1](reader)
        replay.extend(range(4))
        writer.truncate(1)
        writer.extend([simple(2, start=key) for key in range(1, 4)])
        reader.refresh()
        replay.sample(4)
