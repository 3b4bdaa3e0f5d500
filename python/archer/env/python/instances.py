"""Instances of a task in one process: what they are asked to do, and checks of what they return."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from archer.env.python.task import TextEnv
from archer.errors import EnvError, OptionError, SnapshotError

Factory = Callable[..., TextEnv]
"""Makes one new instance of a task, often the subclass of `TextEnv` itself."""
Stream = tuple[int, int, int]
"""Seed, environment and episode, which decide an episode's random stream."""
Result = TypeVar("Result")

_EXPECTED = "give a subclass of archer.TextEnv, or a callable that makes an instance of one"
_HOOKS = ("get_state", "set_state")


class About(NamedTuple):
    """What a task is."""

    id: str
    """``"module:Class"``."""
    name: str
    description: str
    """The first line of its docstring; empty if it has none."""
    max_turns: int


class Turn(NamedTuple):
    """What one step of one instance gave."""

    text: str
    reward: float
    terminated: bool
    max_turns: int
    win: bool | None
    """None where the task has no such notion; so with ``invalid``."""
    invalid: bool | None


class Backend(Protocol):
    """Where the instances of a task live, and who works on them.

    Lists are as long as ``where``, which names instances by their position, each at most once. What
    an instance raises is raised here, when no other is at work any more.
    """

    about: About

    def reset(self, where: Sequence[int], streams: Sequence[Stream]) -> list[str]:
        """Begins episodes, and gives their opening texts."""

    def step(self, where: Sequence[int], texts: Sequence[str]) -> list[Turn]:
        """Takes one turn in each."""

    def hidden(self, where: Sequence[int]) -> list[str]:
        """What agents do not see."""

    def save(self, where: Sequence[int]) -> list[Any]:
        """The episodes, as values that later turns do not change."""

    def accepts(self, state: Any) -> bool:
        """Whether `load` takes what may have come from `save`."""

    def load(self, where: Sequence[int], states: Sequence[Any]) -> None:
        """Puts saved episodes in place of the current ones."""

    def close(self) -> None:
        """Frees everything; called once, and last."""


class Sealed(NamedTuple):
    """An episode that a worker process has pickled."""

    payload: bytes
    digest: bytes
    """HMAC-SHA256 under a key of this run, so that nothing else is ever unpickled."""


class Instances:
    """The backend ``"sync"``: one instance after the other.

    Args:
        factory: makes each of them.
        kwargs: given to ``factory``.
        count: how many there are.

    Raises:
        EnvError: ``factory`` does not make new instances of one usable `TextEnv`.
        OptionError: it cannot be called with ``kwargs``.
    """

    def __init__(self, factory: Factory, kwargs: Mapping[str, Any], count: int) -> None:
        self._tasks = [_make(factory, kwargs) for _ in range(count)]
        cls = type(self._tasks[0])
        name = cls.__qualname__
        if len(set(map(id, self._tasks))) < count or {type(task) for task in self._tasks} != {cls}:
            raise EnvError(
                f"{_name(factory)} must make a new {name} for each environment, each time it is "
                "called"
            )
        limit = getattr(self._tasks[0], "max_turns", None)
        if not isinstance(limit, int) or limit < 1:
            raise EnvError(f"{name}.max_turns is {limit!r}: set it to an int from 1")
        hooks = [hook for hook in _HOOKS if hasattr(cls, hook)]
        if len(hooks) == 1:
            raise EnvError(f"{name} has {hooks[0]} alone: define both of {' and '.join(_HOOKS)}")
        self._has_hooks = bool(hooks)
        description = next(iter((cls.__doc__ or "").strip().splitlines()), "")
        # Worker processes know the script that was started by a name of their own.
        module = cls.__module__.replace("__mp_main__", "__main__")
        self.about = About(f"{module}:{name}", name, description, limit)

    def reset(self, where: Sequence[int], streams: Sequence[Stream]) -> list[str]:
        """As `Backend.reset`."""
        return self._each(_reset, [self._tasks[i] for i in where], streams)

    def step(self, where: Sequence[int], texts: Sequence[str]) -> list[Turn]:
        """As `Backend.step`."""
        return self._each(_step, [self._tasks[i] for i in where], texts)

    def hidden(self, where: Sequence[int]) -> list[str]:
        """As `Backend.hidden`."""
        return [str(self._tasks[i].hidden()) for i in where]

    def save(self, where: Sequence[int]) -> list[Any]:
        """As `Backend.save`."""
        tasks: list[Any] = [self._tasks[i] for i in where]
        states = [task.get_state() if self._has_hooks else task for task in tasks]
        return [self._copied(self._pack, state) for state in states]

    def accepts(self, state: Any) -> bool:
        """As `Backend.accepts`."""
        return not isinstance(state, Sealed)

    def load(self, where: Sequence[int], states: Sequence[Any]) -> None:
        """As `Backend.load`."""
        for i, state in zip(where, [self._copied(self._unpack, s) for s in states], strict=True):
            if self._has_hooks:
                task: Any = self._tasks[i]
                task.set_state(state)
            else:
                self._tasks[i] = state

    def close(self) -> None:
        """As `Backend.close`."""
        for task in self._tasks:
            task.close()

    def _pack(self, state: Any) -> Any:
        """From an episode to what `save` gives."""
        return copy.deepcopy(state)

    def _unpack(self, packed: Any) -> Any:
        """And back."""
        return copy.deepcopy(packed)

    def _each(
        self, call: Callable[..., Result], tasks: Sequence[TextEnv], arguments: Iterable[Any]
    ) -> list[Result]:
        """``call`` on each task with its argument."""
        return list(map(call, tasks, arguments))

    def _copied(self, copier: Callable[[Any], Any], state: Any) -> Any:
        try:
            return copier(state)
        except Exception as error:
            raise SnapshotError(
                f"the state of {self.about.name} cannot be copied: {error}; let its {_HOOKS[0]} "
                f"and {_HOOKS[1]} give and take values that can"
            ) from error


class ThreadedInstances(Instances):
    """The backend ``"thread"``: as many instances at a time as there are threads."""

    def __init__(
        self, factory: Factory, kwargs: Mapping[str, Any], count: int, num_workers: int
    ) -> None:
        super().__init__(factory, kwargs, count)
        self._pool = ThreadPoolExecutor(num_workers, thread_name_prefix="archer-env")

    def close(self) -> None:
        """As `Backend.close`."""
        self._pool.shutdown()
        super().close()

    def _each(
        self, call: Callable[..., Result], tasks: Sequence[TextEnv], arguments: Iterable[Any]
    ) -> list[Result]:
        rows = zip(tasks, arguments, strict=True)
        futures = [self._pool.submit(call, *row) for row in rows]
        try:
            wait(futures)
        finally:  # when interrupted: nobody may go on with an instance that others begin anew
            for future in futures:
                future.cancel()
            wait(futures)
        return [future.result() for future in futures]


def _name(factory: Any) -> str:
    return str(getattr(factory, "__qualname__", repr(factory)))


def _make(factory: Factory, kwargs: Mapping[str, Any]) -> TextEnv:
    if not callable(factory):
        raise EnvError(f"{factory!r:.80} is no task: {_EXPECTED}")
    try:
        task = factory(**kwargs)
    except TypeError as error:
        raise OptionError(
            f"{_name(factory)} cannot be made with {dict(kwargs)}: {error}"
        ) from error
    if not isinstance(task, TextEnv):
        raise EnvError(f"{_name(factory)} makes {task!r:.80}, which is no task: {_EXPECTED}")
    return task


def _reset(task: TextEnv, stream: Stream) -> str:
    """Begins an episode, with the type of its opening checked."""
    seed, environment, episode = stream
    # The native tasks draw from the same numbers: see rust/env/src/rng.rs.
    bits = np.random.Philox(counter=[0, episode, environment, 0], key=[seed, 0])
    opening = task.reset(np.random.Generator(bits))
    if isinstance(opening, str):
        return opening
    raise EnvError(f"{_name(type(task))}.reset returned {opening!r}: it must return a str")


def _step(task: TextEnv, utterance: str) -> Turn:
    """One step of the task, with its types checked."""
    for key in ("win", "invalid"):
        if key in vars(task):  # what the last turn said must not tell of this one
            setattr(task, key, False)
    result = task.step(utterance)
    if isinstance(result, tuple) and len(result) == 3:
        text, reward, terminated = result
        numeric = isinstance(reward, (int, float, np.integer, np.floating))
        flag = isinstance(terminated, (bool, np.bool_))
        if isinstance(text, str) and numeric and flag:
            win, invalid = _flag(task, "win"), _flag(task, "invalid")
            return Turn(text, float(reward), bool(terminated), task.max_turns, win, invalid)
    raise EnvError(
        f"{_name(type(task))}.step returned {result!r}: it must return (observation, reward, "
        "terminated) as str, float and bool"
    )


def _flag(task: TextEnv, key: str) -> bool | None:
    value = getattr(task, key, None)
    return None if value is None else bool(value)
