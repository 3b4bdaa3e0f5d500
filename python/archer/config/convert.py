"""A value from YAML or JSON, checked against the type of the field that it is for."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from archer.config.ranges import Range


class Mismatch(Exception):  # noqa: N818 - it never leaves this package
    """A value does not fit; the message is what was expected."""


def convert(hint: Any, value: Any) -> Any:
    """``value`` as a ``hint``: as it is, or an integer as a float where a float is expected.

    Raises:
        Mismatch: The type is another one, or the value is out of range.
    """
    by_origin = {
        Annotated: _annotated,
        Union: _union,
        types.UnionType: _union,
        Literal: _literal,
        list: _list,
        dict: _dict,
    }
    special = by_origin.get(get_origin(hint))
    return special(value, *get_args(hint)) if special else _plain(value, hint)


def _plain(value: Any, hint: type) -> Any:
    is_bool = isinstance(value, bool)
    if hint is float and isinstance(value, int) and not is_bool:
        return float(value)
    if isinstance(value, hint) and (hint is bool or not is_bool):
        return value
    names = {
        bool: "true or false",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a mapping",
    }
    raise Mismatch(names.get(hint, "null"))


def _annotated(value: Any, hint: Any, mark: Any) -> Any:
    value = convert(hint, value)
    # Other marks than a range are for the command line.
    if isinstance(mark, Range) and value not in mark:
        raise Mismatch(f"a value {mark}")
    return value


def _union(value: Any, *members: Any) -> Any:
    # An exact member first, so that 1 stays an integer where both int and float are allowed.
    if type(value) in members:
        return value
    expected = []
    for member in members:
        try:
            return convert(member, value)
        except Mismatch as mismatch:
            expected.append(str(mismatch))
    raise Mismatch(" or ".join(expected))


def _literal(value: Any, *allowed: Any) -> Any:
    if value not in allowed:
        raise Mismatch("one of " + ", ".join(repr(name) for name in allowed))
    return value


def _list(value: Any, item: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Mismatch("a list")
    return [_entry(item, entry, index) for index, entry in enumerate(value)]


def _dict(value: Any, _key: Any, item: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Mismatch("a mapping of names to values")
    return {key: _entry(item, entry, key) for key, entry in value.items()}


def _entry(hint: Any, value: Any, where: str | int) -> Any:
    try:
        return convert(hint, value)
    except Mismatch as mismatch:
        raise Mismatch(f"{mismatch} at {where!r}") from None
