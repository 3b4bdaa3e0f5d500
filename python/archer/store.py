"""Trajectories on an append-only log: the native store, or its Python twin where there is none."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archer._rust import TrajectoryStore
else:
    try:
        from archer._rust import TrajectoryStore
    except ImportError:
        from archer.twin import TrajectoryStore

        warnings.warn(
            "archer._rust cannot be imported: store and replay use their Python twin, which gives "
            "the same results slowly. Install a wheel of archer for the native one.",
            RuntimeWarning,
            stacklevel=2,
        )

__all__ = ["TrajectoryStore"]
