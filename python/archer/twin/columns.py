"""Trajectories as flat columns: what `TrajectoryColumns` documents, one row at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archer.errors import TrajectoryError
from archer.twin.record import (
    array,
    decode,
    is_object,
    pack,
    refuse_unless,
    strings,
    utterance_tokens,
)
from archer.types import Trajectory, TrajectoryColumns

_FLAT = {
    "tokens": np.int64,
    "boundaries": np.int64,
    "rewards": np.float32,
    "logprobs": np.float32,
}
_ROWS = {
    "num_tokens": np.int64,
    "num_turns": np.int64,
    "terminated": np.bool_,
    "truncated": np.bool_,
    "policy_version": np.int64,
}


def encode_columns(columns: TrajectoryColumns) -> list[bytes]:
    """The payloads that store the rows."""
    if not isinstance(columns, TrajectoryColumns):
        given = type(columns).__name__
        raise TrajectoryError(f"extend_columns takes TrajectoryColumns, not this {given}")
    flat = {name: _array(columns, name, dtype) for name, dtype in _FLAT.items()}
    rows: dict[str, Any] = {name: _array(columns, name, dtype) for name, dtype in _ROWS.items()}
    rows["seed"] = _seeds(columns)
    rows |= {name: _texts(columns, name) for name in ("env_id", "extra")}
    for name, values in rows.items():
        same = len(values) == len(rows["num_tokens"])
        refuse_unless(same, f"{name} has {len(values)} entries: give one for each trajectory")
    payloads = []
    for index, values in enumerate(zip(*rows.values(), strict=True)):
        try:
            payloads.append(_encode_row(flat, **dict(zip(rows, values, strict=True))))
        except TrajectoryError as problem:
            raise TrajectoryError(f"row {index}: {problem}") from problem
    for name, left in flat.items():
        refuse_unless(not len(left), f"{name} has {len(left)} entries more than all rows take")
    return payloads


def _array(columns: TrajectoryColumns, name: str, dtype: type) -> NDArray[Any]:
    return array(getattr(columns, name), name, dtype, TrajectoryError)


def _seeds(columns: TrajectoryColumns) -> NDArray[np.uint64]:
    try:
        return _array(columns, "seed", np.uint64)
    except TrajectoryError:  # to NumPy a list of ints is of int64
        signed = _array(columns, "seed", np.int64)
        refuse_unless(bool((signed >= 0).all()), "seed must be in [0, 2**64)")
        return signed.astype(np.uint64)


def _texts(columns: TrajectoryColumns, name: str) -> list[str]:
    texts = getattr(columns, name)
    listed = isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts)
    refuse_unless(listed, f"{name} must be a list of str")
    return list(texts)


def _encode_row(
    flat: dict[str, NDArray[Any]],
    *,
    num_tokens: int,
    num_turns: int,
    env_id: str,
    extra: str,
    **fields: Any,
) -> bytes:
    def take(name: str, length: int) -> NDArray[Any]:
        """The next entries of a column, which is left without them."""
        left = flat[name]
        fits = 0 <= length <= len(left)
        refuse_unless(fits, f"{name} has {len(left)} entries left, but the row takes {length}")
        flat[name] = left[length:]
        return left[:length]

    boundaries = take("boundaries", 2 * int(num_turns) + 2)
    row = Trajectory(
        tokens=take("tokens", num_tokens),
        boundaries=boundaries,
        rewards=take("rewards", num_turns),
        logprobs=take("logprobs", utterance_tokens(boundaries)),
        **fields,
    )
    refuse_unless(is_object(extra), "extra is not the text of a JSON object of finite numbers")
    try:
        return pack(row, env_id.encode(), extra.encode())
    except UnicodeEncodeError as problem:
        raise TrajectoryError(f"env_id must be text that UTF-8 can encode: {problem}") from problem


def decode_columns(payloads: Sequence[bytes]) -> TrajectoryColumns:
    """The trajectories in some payloads."""
    rows = [decode(payload) for payload in payloads]
    texts = [strings(payload) for payload in payloads]

    def flat(name: str) -> NDArray[Any]:
        parts = [getattr(row, name) for row in rows]
        return np.concatenate([np.zeros(0, _FLAT[name]), *parts])

    return TrajectoryColumns(
        **{name: flat(name) for name in _FLAT},
        num_tokens=np.array([len(row.tokens) for row in rows], np.int64),
        num_turns=np.array([row.num_turns for row in rows], np.int64),
        terminated=np.array([row.terminated for row in rows], np.bool_),
        truncated=np.array([row.truncated for row in rows], np.bool_),
        policy_version=np.array([row.policy_version for row in rows], np.int64),
        seed=np.array([row.seed for row in rows], np.uint64),
        env_id=[env_id for env_id, _ in texts],
        extra=[extra for _, extra in texts],
    )
