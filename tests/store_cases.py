"""Trajectories and comparisons that the tests of store, replay and twin share."""

import dataclasses

import numpy as np
from hypothesis import strategies as st

from archer.types import Trajectory

FLOATS = st.floats(-1e6, 1e6, width=32)
EXTRAS = st.dictionaries(
    st.text(max_size=4), st.none() | st.booleans() | st.integers() | st.text(max_size=4), max_size=2
)


def trajectory(pieces, rewards=None, logprobs=None, **fields):
    """A trajectory from its pieces ``[o_0, a_0, o_1, …, o_T]``, each a list of tokens."""
    turns = len(pieces) // 2
    spoken = sum(len(piece) for piece in pieces[1::2])
    fields = {"terminated": True, "truncated": False} | fields
    return Trajectory(
        tokens=np.array([token for piece in pieces for token in piece], np.int64),
        boundaries=np.cumsum([0, *map(len, pieces)]),
        rewards=np.array(range(turns) if rewards is None else rewards, np.float32),
        logprobs=np.array([-0.5] * spoken if logprobs is None else logprobs, np.float32),
        **fields,
    )


def simple(turns, start=0, **fields):
    """Observations and utterances of one and two tokens, counted from ``start``."""
    pieces, token = [[start]], start
    for _ in range(turns):
        pieces += [[token + 1, token + 2], [token + 3]]
        token += 3
    return trajectory(pieces, **fields)


@st.composite
def trajectories(draw, max_turns=4):
    turns = draw(st.integers(1, max_turns))
    tokens = st.integers(0, 2**32 - 1)
    full, maybe = st.lists(tokens, min_size=1, max_size=3), st.lists(tokens, max_size=3)
    pieces = [draw(full)]
    for _ in range(turns):
        pieces += [draw(full), draw(maybe)]
    spoken = sum(len(piece) for piece in pieces[1::2])
    terminated, truncated = draw(st.sampled_from([(True, False), (False, True), (False, False)]))
    return trajectory(
        pieces,
        rewards=draw(st.lists(FLOATS, min_size=turns, max_size=turns)),
        logprobs=draw(
            st.lists(FLOATS | st.just(np.nan), min_size=spoken, max_size=spoken),
        ),
        terminated=terminated,
        truncated=truncated,
        policy_version=draw(st.integers(0, 2**63 - 1)),
        env_id=draw(st.text(max_size=5)),
        seed=draw(st.integers(0, 2**64 - 1)),
        extra=draw(EXTRAS),
    )


def broken(valid):
    """Each way in which a trajectory can contradict itself: ``(words of the message, it)``."""

    def but(**fields):
        return dataclasses.replace(valid, **fields)

    t = valid
    length = len(t.tokens)
    down = t.boundaries.copy()
    down[2], down[3] = down[3] + 1, down[2]
    mute = t.boundaries.copy()
    mute[2] = mute[1]
    late = t.boundaries.copy()
    late[1] = 0
    return [
        ("rewards", but(rewards=t.rewards[:0], boundaries=t.boundaries[:2])),
        ("boundaries", but(boundaries=t.boundaries[:-1])),
        ("boundaries", but(rewards=np.append(t.rewards, np.float32(0)))),
        ("boundaries", but(boundaries=t.boundaries + 1)),
        ("boundaries", but(tokens=t.tokens[: length - 1])),
        ("boundaries", but(boundaries=down)),
        ("utterance", but(boundaries=mute)),
        ("opening", but(boundaries=late)),
        ("logprobs", but(logprobs=t.logprobs[:-1])),
        ("tokens", but(tokens=np.where(np.arange(length) == 1, 2**32, t.tokens))),
        ("tokens", but(tokens=np.where(np.arange(length) == 0, -1, t.tokens))),
        ("tokens", but(tokens=t.tokens.astype(np.float64))),
        ("tokens", but(tokens=t.tokens[None])),
        ("tokens", but(tokens=["a"] * length)),
        ("boundaries", but(boundaries=None)),
        ("rewards", but(rewards=np.full_like(t.rewards, np.nan))),
        ("rewards", but(rewards=np.full_like(t.rewards, np.inf))),
        ("terminated", but(terminated=True, truncated=True)),
        ("terminated", but(terminated=1)),
        ("truncated", but(truncated=None)),
        ("policy_version", but(policy_version=-1)),
        ("policy_version", but(policy_version=2**63)),
        ("policy_version", but(policy_version=1.5)),
        ("seed", but(seed=-1)),
        ("seed", but(seed=2**64)),
        ("env_id", but(env_id=3)),
        ("env_id", but(env_id="\ud800")),
        ("extra", but(extra={"x": np.zeros(1)})),
        ("extra", but(extra={"x": float("nan")})),
        ("extra", but(extra={"x": 1, 2: 3})),
        ("extra", but(extra=[1])),
        ("Trajectory", None),
        ("Trajectory", {"tokens": [1]}),
    ]


def assert_same(one, other):
    """Equal trajectories or batches, in every field; weights to within rounding."""
    assert type(one) is type(other)
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if not isinstance(a, np.ndarray):
            assert a == b, field.name
            continue
        assert (a.dtype, a.shape) == (b.dtype, b.shape), field.name
        if field.name == "weight":
            np.testing.assert_allclose(a, b, rtol=1e-6, err_msg=field.name)
        else:
            np.testing.assert_array_equal(a, b, err_msg=field.name)


def contents(folder):
    """The bytes of every file of a store but its lock."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.seg"))}
