"""A trajectory as the payload of one record, and back."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archer.errors import TrajectoryError
from archer.twin.arguments import MAX_INT64
from archer.types import Trajectory

HEAD = struct.Struct("<IIIIQQI")
"""Tokens, turns, bytes of env_id, bytes of extra, policy version, seed, flags."""
MAX_PAYLOAD = 1 << 30


def array(value: ArrayLike, name: str, dtype: type, error: type[Exception]) -> NDArray[Any]:
    """A one-dimensional array of ``dtype``; NumPy may cast within a kind, as in int32 to int64."""
    try:
        given = np.asarray(value)
        if given.dtype.kind == "b" and np.dtype(dtype).kind in "iu":
            raise TypeError("bools are a mask, not numbers; np.flatnonzero gives its indices")
        if given.dtype.kind == "u" and dtype is np.int64 and given.size:
            largest = int(given.max())  # NumPy would wrap it
            if largest > MAX_INT64:
                raise OverflowError(f"it holds {largest}")
        # An empty list says nothing of its type.
        cast: NDArray[Any] = given.astype(
            dtype, casting="unsafe" if given.shape == (0,) else "same_kind"
        )
    except Exception as problem:
        raise error(f"{name} must be an array of {dtype.__name__}: {problem}") from problem
    if cast.ndim != 1:
        raise error(f"{name} must have one dimension, not the shape {cast.shape}")
    return cast


def utterance_tokens(boundaries: NDArray[Any]) -> int:
    """Number of tokens in all utterances, which are every other piece from the second on."""
    return int((boundaries[2::2] - boundaries[1:-1:2]).sum())


def refuse_unless(condition: bool, message: str) -> None:
    """Raise `TrajectoryError` unless the condition holds."""
    if not condition:
        raise TrajectoryError(message)


def validate(trajectory: Trajectory) -> None:
    """Check that the arrays, already of the right types, agree with each other."""
    t, bounds, turns = trajectory, trajectory.boundaries, trajectory.num_turns
    refuse_unless(turns > 0, "rewards is empty: a trajectory holds at least one turn")
    expected = 2 * turns + 2
    refuse_unless(len(bounds) == expected, f"{len(bounds)} boundaries; {turns} turns: {expected}")
    whole = bounds[0] == 0 and bounds[-1] == len(t.tokens)
    refuse_unless(bool(whole), f"boundaries must run from 0 to {len(t.tokens)}")
    refuse_unless(bool((bounds[1:] >= bounds[:-1]).all()), "boundaries must never decrease")
    refuse_unless(bool(bounds[1] > 0), "the opening observation holds no token")
    refuse_unless(bool((bounds[2::2] > bounds[1:-1:2]).all()), "an utterance holds no token")
    spoken = utterance_tokens(bounds)
    refuse_unless(len(t.logprobs) == spoken, f"{len(t.logprobs)} logprobs; {spoken} tokens spoken")
    in_range = bool(((t.tokens >= 0) & (t.tokens < 2**32)).all())
    refuse_unless(in_range, "tokens must be in [0, 2**32)")
    refuse_unless(bool(np.isfinite(t.rewards).all()), "rewards must be finite")
    refuse_unless(not (t.terminated and t.truncated), "terminated and truncated are both set")
    refuse_unless(0 <= t.policy_version < 2**63, "policy_version must be in [0, 2**63)")
    refuse_unless(0 <= t.seed < 2**64, "seed must be in [0, 2**64)")


def encode(trajectory: Trajectory) -> bytes:
    """The payload that stores a trajectory."""
    if not isinstance(trajectory, Trajectory):
        raise TrajectoryError(f"append takes a Trajectory, not this {type(trajectory).__name__}")
    t = trajectory
    for name, kinds in [("terminated", (bool, np.bool_)), ("truncated", (bool, np.bool_))]:
        refuse_unless(isinstance(getattr(t, name), kinds), f"{name} must be a bool")
    for name in ("policy_version", "seed"):
        refuse_unless(hasattr(getattr(t, name), "__index__"), f"{name} must be an int")
    try:
        env_id = t.env_id.encode()
        # Sorted keys, so that equal contents give equal bytes.
        options: dict[str, Any] = {"sort_keys": True, "separators": (",", ":")}
        extra = json.dumps(dict(t.extra), allow_nan=False, **options).encode()
    except Exception as problem:
        raise TrajectoryError(f"env_id must be a str, extra a JSON object: {problem}") from problem
    clean = Trajectory(
        tokens=array(t.tokens, "tokens", np.int64, TrajectoryError),
        boundaries=array(t.boundaries, "boundaries", np.int64, TrajectoryError),
        rewards=array(t.rewards, "rewards", np.float32, TrajectoryError),
        logprobs=array(t.logprobs, "logprobs", np.float32, TrajectoryError),
        terminated=bool(t.terminated),
        truncated=bool(t.truncated),
        policy_version=int(t.policy_version),
        seed=int(t.seed),
    )
    return pack(clean, env_id, extra)


def pack(trajectory: Trajectory, env_id: bytes, extra: bytes) -> bytes:
    """The payload of a trajectory whose arrays are of the right types, and of its strings."""
    t = trajectory
    validate(t)
    flags = bool(t.terminated) + 2 * bool(t.truncated)
    head = HEAD.pack(
        len(t.tokens), t.num_turns, len(env_id), len(extra), t.policy_version, t.seed, flags
    )
    arrays = [
        t.boundaries.astype("<u4"),
        t.rewards.astype("<f4"),
        t.tokens.astype("<u4"),
        t.logprobs.astype("<f4"),
    ]
    payload = b"".join([head, *(values.tobytes() for values in arrays), env_id, extra])
    refuse_unless(len(payload) <= MAX_PAYLOAD, "the largest record is 1 GiB")
    return payload


def is_object(extra: str) -> bool:
    """Whether a text is a JSON object of finite numbers, which can be written again."""
    try:
        found = json.loads(extra)
        json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict)


def strings(payload: bytes) -> tuple[str, str]:
    """The environment id and the text of ``extra`` in a whole payload."""
    _, _, name, extra, *_ = HEAD.unpack_from(payload)
    end = len(payload) - extra
    return payload[end - name : end].decode(), payload[end:].decode()


def decode(payload: bytes) -> Trajectory:
    """The trajectory in a payload.

    Raises:
        ValueError: These bytes hold none.
    """
    try:
        tokens, turns, name, extra, version, seed, flags = HEAD.unpack_from(payload)
    except struct.error as problem:
        raise ValueError(str(problem)) from problem
    at = HEAD.size

    def take(count: int, dtype: str) -> NDArray[Any]:
        nonlocal at
        values = np.frombuffer(payload, dtype, count, at)
        at += values.nbytes
        return values

    boundaries = take(2 * turns + 2, "<u4").astype(np.int64)
    rewards = take(turns, "<f4").astype(np.float32)
    stream = take(tokens, "<u4").astype(np.int64)
    logprobs = take((len(payload) - at - name - extra) // 4, "<f4").astype(np.float32)
    if at + name + extra != len(payload) or flags > 2:
        raise ValueError("the lengths of a record do not add up")
    extra_text = payload[at + name :].decode()
    if not is_object(extra_text):
        raise ValueError("extra is not the text of a JSON object of finite numbers")
    trajectory = Trajectory(
        tokens=stream,
        boundaries=boundaries,
        rewards=rewards,
        logprobs=logprobs,
        terminated=bool(flags & 1),
        truncated=bool(flags & 2),
        policy_version=version,
        env_id=payload[at : at + name].decode(),
        seed=seed,
        extra=json.loads(extra_text),
    )
    validate(trajectory)
    return trajectory
