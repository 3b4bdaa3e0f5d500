"""Arguments of any type as what they should be.

What is not, or is out of range, is an error that says ``NAME = VALUE: give EXPECTED``, of the class
that the caller names.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable
from pathlib import Path
from typing import SupportsFloat, TypeVar

import numpy as np

MAX_INT64 = (1 << 63) - 1
MAX_FLOAT32 = float(np.finfo(np.float32).max)
SHOWN = 80
"""Characters beyond which a message shows no more of what was given, unless it is an int."""

Raise = type[Exception]
Number = TypeVar("Number", int, float)
Bounds = tuple[Number | None, Number | None]


def refused(name: str, value: object, expected: str, error: Raise) -> Exception:
    """The error to raise."""
    try:
        given = repr(value)
    except Exception:  # an int of thousands of digits has none
        given = f"this {type(value)}"
    if len(given) > SHOWN and not isinstance(value, int):
        given = f"{given[:SHOWN]}…"
    return error(f"{name} = {given}: give {expected}")


def integer(
    name: str,
    value: object,
    error: Raise,
    expected: str = "an int",
    least: float = -math.inf,
    most: float = math.inf,
) -> int:
    """An int, of Python or of NumPy."""
    try:
        found = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise refused(name, value, expected, error) from None
    if not least <= found <= most:
        raise refused(name, value, expected, error)
    return found


def at_least(name: str, value: object, least: int, error: Raise, most: float = math.inf) -> int:
    """An int from ``least`` on."""
    return integer(name, value, error, f"an int of at least {least}", least, most)


def number(name: str, value: object, error: Raise, expected: str = "a number") -> float:
    """A float, of anything that is a number."""
    try:
        if isinstance(value, SupportsFloat):  # a str is not
            return float(value)
        return float(operator.index(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise refused(name, value, expected, error) from None


def unit(name: str, value: object, error: Raise) -> float:
    """A number from 0 to 1."""
    expected = "a number from 0 to 1"
    found = number(name, value, error, expected)
    if not 0 <= found <= 1:
        raise refused(name, value, expected, error)
    return found


def flag(name: str, value: object, error: Raise) -> bool:
    """True or False, of NumPy perhaps."""
    if not isinstance(value, bool | np.bool_):
        raise refused(name, value, "True or False", error)
    return bool(value)


def text(name: str, value: object, error: Raise) -> str:
    """A str that can be stored."""
    try:
        if isinstance(value, str) and value.encode() is not None:
            return value
    except UnicodeEncodeError:
        pass
    raise refused(name, value, "a str that UTF-8 can encode", error)


def path(name: str, value: object, error: Raise) -> Path:
    """Where a folder is, with no regard to the working directory of later."""
    try:
        found = os.fspath(value)  # type: ignore[call-overload]
        os.fsencode(found)
        return Path(found).absolute()
    except (TypeError, ValueError):
        raise refused(name, value, "a str or os.PathLike", error) from None


def bounds(
    name: str, value: object, convert: Callable[[str, object, Raise], Number], error: Raise
) -> Bounds[Number]:
    """A pair of inclusive bounds in the right order, None where there is none."""
    if value is None:
        return None, None
    wrong = refused(name, value, "(low, high) with low <= high, None for an open end", error)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise wrong
    try:
        low, high = (None if bound is None else convert(name, bound, error) for bound in value)
    except error:
        raise wrong from None
    first, last = (high if low is None else low), (low if high is None else high)
    if first is not None and last is not None and not first <= last:
        raise wrong
    return low, high
