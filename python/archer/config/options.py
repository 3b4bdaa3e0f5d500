"""Options of environments and of scripts: by name, whatever JSON can say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from tyro.constructors import PrimitiveConstructorSpec

Scalar: TypeAlias = bool | int | float | str


def _read(words: list[str]) -> Any:
    """A value as it is typed: JSON, or a text that is none, such as ``red``; True and False too."""
    (text,) = words
    if text in {"True", "False"}:
        return text == "True"
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return text if value is None else value


def _write(value: Any) -> list[str]:
    return [value if isinstance(value, str) else json.dumps(value)]


if TYPE_CHECKING:
    # Their types are whatever the environment declares, which a checker cannot know.
    Options: TypeAlias = dict[str, Any]
else:
    _TYPED = PrimitiveConstructorSpec(
        nargs=1,
        metavar="VALUE",
        instance_from_str=_read,
        is_instance=lambda value: isinstance(value, Scalar | list | dict),
        str_from_instance=_write,
    )
    Options = dict[str, Annotated[Scalar | list | dict, _TYPED]]
