"""What a store's methods are given, checked; what is of the wrong type is a `StoreError`."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, SupportsFloat, TypeVar

import numpy as np

from archer.errors import StoreError

Number = TypeVar("Number", int, float)
Bounds = tuple[Number | None, Number | None]


def refuse(name: str, value: object, expected: str) -> NoReturn:
    """Raise `StoreError`."""
    raise StoreError(f"{name} = {value!r}: give {expected}")


def integer(name: str, value: object, least: int | None = None) -> int:
    """An int, of NumPy perhaps, from ``least`` on."""
    expected = "an int" if least is None else f"an int >= {least}"
    try:
        found = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        refuse(name, value, expected)
    if least is not None and found < least:
        refuse(name, value, expected)
    return found


def number(name: str, value: object, expected: str = "a number") -> float:
    """A float, or what becomes one."""
    try:
        if isinstance(value, SupportsFloat):  # a str is not
            return float(value)
        return float(operator.index(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        refuse(name, value, expected)


def flag(name: str, value: object) -> bool:
    """A bool, of NumPy perhaps."""
    if not isinstance(value, bool | np.bool_):
        refuse(name, value, "True or False")
    return bool(value)


def text(name: str, value: object) -> str:
    """A str that can be stored."""
    try:
        if isinstance(value, str) and value.encode() is not None:
            return value
    except UnicodeEncodeError:
        pass
    refuse(name, value, "a str that UTF-8 can encode")


def path(name: str, value: object) -> Path:
    """Where a folder is, with no regard to the working directory of later."""
    try:
        found = os.fspath(value)  # type: ignore[call-overload]
        os.fsencode(found)
        return Path(found).absolute()
    except (TypeError, ValueError):
        refuse(name, value, "a str or os.PathLike")


def bounds(name: str, value: object, convert: Callable[[str, object], Number]) -> Bounds[Number]:
    """A pair of inclusive bounds in the right order, None where there is none."""
    if value is None:
        return None, None
    expected = "(low, high) with low <= high, None for an open end"
    if not isinstance(value, tuple | list) or len(value) != 2:
        refuse(name, value, expected)
    try:
        low, high = (None if bound is None else convert(name, bound) for bound in value)
    except StoreError:
        refuse(name, value, expected)
    first, last = (high if low is None else low), (low if high is None else high)
    if first is not None and last is not None and not first <= last:
        refuse(name, value, expected)
    return low, high
