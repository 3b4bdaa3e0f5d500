"""n-step and λ-returns in plain Python."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archer.errors import ReplayError
from archer.twin.arguments import MAX_FLOAT32, MAX_INT64, at_least, unit
from archer.twin.record import array


class _Turn(NamedTuple):
    reward: float
    bootstrap: float  # value of the state after it, 0 after a termination
    last: bool  # of its episode


def n_step_returns(
    reward: ArrayLike,
    v_next: ArrayLike,
    terminated: ArrayLike,
    row: ArrayLike,
    n: int,
    discount: float,
) -> NDArray[np.float32]:
    """(N,) rewards of ``n`` turns and then the value of the state that follows, discounted.

    They stop at a termination, and bootstrap at the last turn of an episode that goes on.
    """
    n = at_least("n", n, 1, ReplayError, MAX_INT64)
    discount = unit("discount", discount, ReplayError)
    turns = _turns(reward, v_next, terminated, row)
    returns = []
    for t in range(len(turns)):
        last = t
        while last - t < n - 1 and not turns[last].last:
            last += 1
        value = turns[last].bootstrap
        for turn in reversed(turns[t : last + 1]):
            value = turn.reward + discount * value
        returns.append(value)
    return _narrow(returns)


def lambda_returns(
    reward: ArrayLike,
    v_next: ArrayLike,
    terminated: ArrayLike,
    row: ArrayLike,
    lam: float,
    discount: float,
) -> NDArray[np.float32]:
    """(N,) averages of all n-step returns, weighed by ``(1 - lam) lam**(n - 1)``."""
    lam = unit("lam", lam, ReplayError)
    returns: list[float] = []
    discount = unit("discount", discount, ReplayError)
    for turn in reversed(_turns(reward, v_next, terminated, row)):
        after = turn.bootstrap
        if not turn.last:
            after = (1 - lam) * after + lam * returns[-1]
        returns.append(turn.reward + discount * after)
    return _narrow(returns[::-1])


def _turns(
    reward: ArrayLike, v_next: ArrayLike, terminated: ArrayLike, row: ArrayLike
) -> list[_Turn]:
    dtypes: list[tuple[ArrayLike, str, Any]] = [
        (reward, "reward", np.float32),
        (v_next, "v_next", np.float32),
        (terminated, "terminated", np.bool_),
        (row, "row", np.int64),
    ]
    columns = [array(values, name, dtype, ReplayError) for values, name, dtype in dtypes]
    lengths = {name: len(column) for (_, name, _), column in zip(dtypes, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        raise ReplayError(f"{lengths}: give one of each for every turn")
    rewards, values, ends, rows = columns
    for name, numbers in [("reward", rewards), ("v_next", values)]:
        if not np.isfinite(numbers).all():
            raise ReplayError(f"{name} must be finite")
    if (np.diff(rows) < 0).any():
        raise ReplayError("row decreases: give the turns of one trajectory after another")
    last = np.append(rows[1:] != rows[:-1], True)
    return [
        _Turn(float(rewards[t]), 0.0 if ends[t] else float(values[t]), bool(ends[t] or last[t]))
        for t in range(len(rewards))
    ]


def _narrow(returns: list[float]) -> NDArray[np.float32]:
    if any(abs(value) > MAX_FLOAT32 for value in returns):
        raise ReplayError("a return is beyond float32: scale the rewards down")
    return np.array(returns, np.float32)
