"""`TextEnv`, which tasks of one's own derive from."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod

import numpy as np

from archer.errors import UnknownEnvironmentError


class TextEnv(ABC):
    """One environment of a task of one's own, to be subclassed and given to `archer.vectorize`.

    A subclass sets ``max_turns`` and defines `reset` and `step`; everything else has a default. It
    may set ``self.win`` and ``self.invalid`` in `step`, to tell of that turn: then the infos have
    these keys, from that turn on. Both are set back to False before each step.

    Snapshots are deep copies of the whole instance, unless it defines two more methods:
    ``get_state()``, which gives an episode as a value, and ``set_state(state)``, which takes such a
    value over. The value is copied on both ways, in worker processes by pickle.
    """

    max_turns: int
    """Turns after which an episode that has not terminated is truncated; at least 1."""

    @abstractmethod
    def reset(self, rng: np.random.Generator) -> str:
        """Begins an episode, drawing only from ``rng``, and gives its opening text."""

    @abstractmethod
    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Takes one turn: what is new since the utterance, the reward, and ``terminated``."""

    def hidden(self) -> str:
        """What the agent does not see."""
        return ""

    def close(self) -> None:  # noqa: B027 - a hook
        """Frees what the task holds, such as a connection; nothing by default."""


def load_task(env_id: str) -> type[TextEnv]:
    """The task that ``"module:Class"`` names.

    Raises:
        UnknownEnvironmentError: no such module, no such class, or no `TextEnv`.
    """
    module_name, _, name = env_id.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (ModuleNotFoundError, ValueError, TypeError) as error:
        raise UnknownEnvironmentError(
            f"{env_id!r} names a task by module and class, but the module cannot be imported: "
            f"{error}"
        ) from error
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, TextEnv)):
        raise UnknownEnvironmentError(
            f"the module {module_name!r} has no subclass of archer.TextEnv called {name!r}"
        )
    return found
