"""Environments of OpenEnv (PyPI ``openenv-core``), and others of its form, as tasks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from archer.env.adapters import imported
from archer.env.python import TextEnv
from archer.errors import EnvError


class OpenEnvTask(TextEnv):
    """A session with an environment whose actions and observations hold text.

    It may be a client of a server, or an environment in this process: any object with ``reset`` and
    ``step(action)``, which give an observation with ``reward`` and ``done``, or an object that has
    these three. A session with a server has no snapshots; steps of several wait side by side with
    the backend ``"thread"``.

    Args:
        connect: makes the object, anew for each instance; or the address of a server, to which
            OpenEnv's generic client then speaks.
        action: makes an action of an utterance; or the name of the field of a dictionary that holds
            it, which is what the generic client sends.
        text: gives an observation's text; or the name of the field or attribute that holds it.
        max_turns: after which an episode is truncated.
        seeded: whether ``reset`` is given a seed, without which episodes are not reproducible.

    Raises:
        EnvError: an address is given, and OpenEnv is not installed.
    """

    def __init__(
        self,
        connect: Callable[[], Any] | str,
        action: Callable[[str], Any] | str,
        text: Callable[[Any], str] | str,
        max_turns: int = 50,
        seeded: bool = True,
    ) -> None:
        if isinstance(connect, str):
            client = imported("openenv.core.generic_client", "openenv").GenericEnvClient
            self._env = client(base_url=connect)
        else:
            self._env = connect()
        if inspect.iscoroutinefunction(self._env.reset):
            self._env = self._env.sync()
        self._action = action if callable(action) else _Field(action).put
        self._text = text if callable(text) else _Field(text).get
        self.max_turns, self._seeded = max_turns, seeded

    def reset(self, rng: np.random.Generator) -> str:
        """As `TextEnv.reset`."""
        seed = {"seed": int(rng.integers(1 << 31))} if self._seeded else {}
        result = self._env.reset(**seed)
        return self._text(getattr(result, "observation", result))

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """As `TextEnv.step`."""
        result = self._env.step(self._action(utterance))
        text = self._text(getattr(result, "observation", result))
        return text, float(result.reward or 0.0), bool(result.done)

    def close(self) -> None:
        """Ends the session."""
        if hasattr(self._env, "close"):
            self._env.close()


class _Field:
    """One field of dictionaries, or attribute of objects."""

    def __init__(self, name: str) -> None:
        self.name = name

    def put(self, text: str) -> dict[str, str]:
        return {self.name: text}

    def get(self, observation: Any) -> str:
        if isinstance(observation, Mapping) and self.name in observation:
            return str(observation[self.name])
        if hasattr(observation, self.name):
            return str(getattr(observation, self.name))
        raise EnvError(f"the observation {observation!r:.200} has no {self.name!r}: name its text")
