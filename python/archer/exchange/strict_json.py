"""JSON as the standard has it: no NaN, no infinite number; and no key twice."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from archer.errors import ExchangeError


def parse(data: bytes) -> Any:
    """What a text of JSON in UTF-8 says; `unique` then refuses an object that has a key twice.

    Raises:
        ExchangeError: It is no such text.
    """
    try:
        return json.loads(data.decode(), parse_constant=_no_number, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"no JSON in UTF-8 ({error})") from error


def unique(value: Any) -> Any:
    """The value, which `parse` has given or which is in what it has given.

    Raises:
        ExchangeError: An object in it has a key twice.
    """
    inside = [value]
    while inside:
        match inside.pop():
            case ExchangeError() as error:
                raise error
            case dict() as record:
                inside += record.values()
            case list() as values:
                inside += values
    return value


def dump(value: Any) -> bytes:
    """A value as one line of JSON in UTF-8.

    Raises:
        ExchangeError: JSON cannot say it.
    """
    try:
        line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(
            f"its extra holds what JSON cannot say ({error}); take it out of extra, or export it "
            "as Parquet"
        ) from error
    # A half of a surrogate pair is no character; its backslash form is JSON's own.
    return f"{line}\n".encode(errors="backslashreplace")


def short(value: Any) -> str:
    """How an error shows a value."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | ExchangeError:
    """The object; or, where a key is there twice, the error that says so.

    It is not raised here, where nobody knows yet which element of a list the object will be in.
    """
    record: dict[str, Any] = {}
    for key, value in pairs:
        if key in record:
            return ExchangeError(
                f"the key {short(key)} is there twice, with {short(record[key])} and "
                f"{short(value)}; keep one of them"
            )
        record[key] = value
    return record
