"""Store and replay in plain Python: the specification of the native ones.

Same API, same samples for the same seeds, same bytes on disk. The property tests compare the two
operation by operation, and `archer.store` and `archer.replay` fall back to these classes where the
native module cannot be imported. Unlike the native classes they are not for several threads at
once, and a folder is locked on POSIX systems only.
"""

from archer.twin.replay import ReplayBuffer
from archer.twin.store import TrajectoryStore

__all__ = ["ReplayBuffer", "TrajectoryStore"]
