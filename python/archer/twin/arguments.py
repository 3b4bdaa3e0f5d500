"""Arguments of any type as what they should be, or an error that says what was given."""

from __future__ import annotations

import operator
from typing import SupportsFloat, SupportsIndex

import numpy as np

INT64 = range(-(1 << 63), 1 << 63)
MAX_FLOAT32 = float(np.finfo(np.float32).max)
SHOWN = 80
"""Characters beyond which a message shows no more of what was given."""


def integer(
    name: str, value: object, expected: str, error: type[Exception], bounds: range = INT64
) -> int:
    """An int, of Python or of NumPy."""
    if isinstance(value, SupportsIndex) and not isinstance(value, np.ndarray):
        whole = operator.index(value)
        if whole in bounds:
            return whole
    raise error(message(name, value, expected))


def positive(name: str, value: object, error: type[Exception]) -> int:
    """An int of at least 1."""
    return integer(name, value, "an int of at least 1", error, range(1, INT64.stop))


def number(name: str, value: object, expected: str, error: type[Exception]) -> float:
    """A float, of anything that is a number."""
    if isinstance(value, SupportsFloat | SupportsIndex) and not isinstance(value, np.ndarray):
        try:
            return float(value)
        except (TypeError, OverflowError):
            pass
    raise error(message(name, value, expected))


def unit(name: str, value: object, error: type[Exception]) -> float:
    """A number from 0 to 1."""
    expected = "a number from 0 to 1"
    given = number(name, value, expected, error)
    if not 0 <= given <= 1:
        raise error(message(name, value, expected))
    return given


def flag(name: str, value: object, error: type[Exception]) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise error(message(name, value, "True or False"))
    return bool(value)


def message(name: str, value: object, expected: str) -> str:
    """What was given, and what to give."""
    try:
        given = repr(value)
    except Exception:  # an int of thousands of digits has none
        given = f"this {type(value)}"
    return f"{name} = {given[:SHOWN]}: give {expected}"
