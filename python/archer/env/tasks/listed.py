"""The valid actions that an observation lists."""

from __future__ import annotations

import re

_QUOTED = r"""(?:'[^']*'|"[^"]*")"""
_LIST = re.compile(rf"(?:^|\n\n)\[({_QUOTED}(?:, {_QUOTED})*)\]\n?$")
_ITEM = re.compile(_QUOTED)


def listed(observation: str) -> list[str]:
    """The texts of the list, written as Python writes one, at the end; none if there is no list."""
    found = _LIST.search(observation)
    return [item[1:-1] for item in _ITEM.findall(found[1])] if found else []
