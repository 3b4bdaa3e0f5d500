"""A closed store under a replay buffer, and which of several mistakes is told: natively as in the
twin."""

import pytest

from archer.errors import ArcherError, ReplayError, StoreError, StoreLockedError
from replay_cases import NATIVE, TWIN, filled

METHODS = {
    "add": lambda replay: replay.add(0),
    "extend": lambda replay: replay.extend([0]),
    "extend nothing": lambda replay: replay.extend([]),
    "evict": lambda replay: replay.evict(1),
    "evict nothing": lambda replay: replay.evict(0),
    "draw": lambda replay: replay.draw(2),
    "sample": lambda replay: replay.sample(2),
    "sample_trajectories": lambda replay: replay.sample_trajectories(2),
    "update": lambda replay: replay.update([0], [0], [1.0]),
    "update nothing": lambda replay: replay.update([], [], []),
    "update wrongly": lambda replay: replay.update([0], [0], [float("nan")]),
    "state": lambda replay: replay.state(),
    "load": lambda replay: replay.load(b"no state"),
    "len": len,
}


def told(kind, turns, use):
    """The class of what is raised, None if nothing is, and the state that is left."""
    replay = filled(kind, turns)
    before = replay.state()
    replay.store.close()
    try:
        use(replay)
    except ArcherError as error:
        return type(error), replay.state() == before
    return None, replay.state() == before


@pytest.mark.parametrize("turns", [(), (4, 6)], ids=["empty", "filled"])
@pytest.mark.parametrize("method", METHODS)
def test_a_closed_store_is_told_alike(method, turns):
    assert told(NATIVE, turns, METHODS[method]) == told(TWIN, turns, METHODS[method])


def test_an_empty_buffer_comes_before_a_closed_store():
    for kind in (NATIVE, TWIN):
        assert told(kind, (), METHODS["sample"])[0] is ReplayError
        assert told(kind, (4,), METHODS["sample"])[0] is StoreLockedError


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"batch_size": 0, "replace": 1, "n_step": 0}, ReplayError, "batch_size = 0"),
        ({"batch_size": 1 << 30, "replace": 1, "n_step": 0}, ReplayError, "replace = 1"),
        ({"batch_size": 1, "stratified": 1, "n_step": 0}, ReplayError, "stratified = 1"),
        ({"batch_size": 1 << 30, "n_step": 0, "discount": 2}, StoreError, "n_step = 0"),
        ({"batch_size": 1 << 30, "discount": 2, "max_tokens": 0}, StoreError, "discount = 2"),
        ({"batch_size": 1 << 30, "max_tokens": 0}, StoreError, "max_tokens = 0"),
        ({"batch_size": 1 << 30}, ReplayError, f"batch_size = {1 << 30}"),
    ],
    ids=str,
)
def test_of_several_mistakes_the_same_one_is_told(options, error, words):
    for kind in (NATIVE, TWIN):
        for turns in ((), (4,)):
            with pytest.raises(error, match=f"{words}: give "):
                filled(kind, turns).sample(**options)
