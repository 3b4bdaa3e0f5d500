"""Every error that archer raises on purpose: one tree under `ArcherError`.

A message says what was given, what was expected and what to do. Each leaf also derives from the
built-in exception a caller would expect, so that ``except ValueError`` keeps working.
"""


class ArcherError(Exception):
    """The root of the tree."""


class ConfigError(ArcherError, ValueError):
    """A configuration key or value that cannot be used."""


class EnvError(ArcherError):
    """Anything an environment refuses."""


class UnknownEnvironmentError(EnvError, ValueError):
    """No environment has this id."""


class OptionError(EnvError, ValueError):
    """An option of an environment, or of one reset, that cannot be used."""


class ActionError(EnvError, ValueError):
    """The wrong number or type of actions, or an index that names no environment."""


class EpisodeFinishedError(EnvError, RuntimeError):
    """A step in an environment whose episode is over or has not begun."""


class SnapshotError(EnvError, ValueError):
    """A snapshot that this environment cannot restore."""


class WorkerError(EnvError, RuntimeError):
    """A worker process of environments died, or was stopped since."""


class StoreError(ArcherError):
    """Anything a trajectory store refuses."""


class TrajectoryError(StoreError, ValueError):
    """A trajectory whose arrays contradict each other."""


class UnknownTrajectoryError(StoreError, IndexError):
    """No trajectory has this id."""


class CorruptStoreError(StoreError, ValueError):
    """Stored bytes that fail their checksum or are no trajectory store at all."""


class StoreLockedError(StoreError, RuntimeError):
    """Another writer has the store open, or this store is closed or read-only."""


class StoreIOError(StoreError, OSError):
    """The operating system refused to read or write."""


class ExchangeError(StoreError, ValueError):
    """A file, data set or episode that cannot be imported or exported."""


class ReplayError(ArcherError, ValueError):
    """Anything a replay buffer refuses."""


class ModelError(ArcherError, ValueError):
    """A model or tokenizer that cannot be loaded or used."""


class ContextTooLongError(ModelError):
    """A context that does not fit into the model's positions."""


class DivergenceError(ArcherError, ArithmeticError):
    """A gradient that is not finite, before it could reach a weight."""


class OutOfMemoryError(ArcherError, MemoryError):
    """No memory was left, of the machine or of its GPU; the message says what to change."""


class CheckpointError(ArcherError, ValueError):
    """A checkpoint or run folder that cannot be read or resumed."""
