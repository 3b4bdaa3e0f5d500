"""Replay over a store's turns: the native buffer, or its Python twin where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archer._rust import ReplayBuffer
else:
    try:
        from archer._rust import ReplayBuffer
    except ImportError:
        from archer.twin import ReplayBuffer  # archer.store warns of it

__all__ = ["ReplayBuffer"]
