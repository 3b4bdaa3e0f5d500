"""Replay over a store's turns: the native buffer, or its Python twin where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archer._rust import ReplayBuffer
else:
    try:
        from archer._rust import ReplayBuffer
    except ImportError:
        import archer.store  # which warns, once for both
        from archer.twin import ReplayBuffer

__all__ = ["ReplayBuffer"]
