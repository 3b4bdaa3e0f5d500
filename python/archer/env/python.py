"""Tasks of one's own, written in Python."""

from __future__ import annotations

import copy
import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from archer.env.arguments import as_indices, as_texts
from archer.env.vector import Flags, Indices, TextStep, TextVectorEnv
from archer.errors import (
    ActionError,
    EnvError,
    EpisodeFinishedError,
    OptionError,
    SnapshotError,
    UnknownEnvironmentError,
)


class TextEnv(ABC):
    """One environment of a task of one's own, to be subclassed and given to `archer.vectorize`.

    A subclass sets ``max_turns`` and defines `reset` and `step`; everything else has a default. It
    may set ``self.win`` and ``self.invalid`` in `step`, to tell of that turn: then the infos have
    these keys, from that turn on. Both are set back to False before each step.
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


_FLAGS = ("win", "invalid")


class _Episode(NamedTuple):
    """Where one environment stands."""

    task: TextEnv
    turn: int
    """Turns taken."""
    begun: bool
    over: bool


class PythonVectorEnv(TextVectorEnv):
    """Environments of a `TextEnv` subclass, stepped one after the other.

    An exception in the task's own code is passed on as it is; all environments of that call must
    then be reset.

    Args:
        cls: the subclass.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``.
        autoreset_mode: of `step`, as Gymnasium defines the modes.
        kwargs: given to each instance.

    Raises:
        EnvError: ``cls`` is no `TextEnv`, or has no usable ``max_turns``.
        OptionError: an argument that cannot be used.
    """

    def __init__(
        self,
        cls: type[TextEnv],
        num_envs: int = 1,
        seed: int = 0,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        **kwargs: Any,
    ) -> None:
        if not (isinstance(cls, type) and issubclass(cls, TextEnv)):
            raise EnvError(f"{cls!r} is no task: give a subclass of archer.TextEnv")
        self._name = cls.__qualname__
        super().__init__(f"{cls.__module__}:{self._name}", num_envs, seed, autoreset_mode)
        try:
            tasks = [cls(**kwargs) for _ in range(self.num_envs)]
        except TypeError as error:
            raise OptionError(f"{self._name} cannot be made with {kwargs}: {error}") from error
        max_turns = getattr(tasks[0], "max_turns", None)
        if not isinstance(max_turns, int) or max_turns < 1:
            raise EnvError(f"{self._name}.max_turns is {max_turns!r}: set it to an int from 1")
        self._slots = [_Episode(task, 0, begun=False, over=False) for task in tasks]
        self._episodes = np.zeros(self.num_envs, np.int64)

    @property
    def description(self) -> str:
        """The first line of the task's docstring; empty if it has none."""
        return next(iter((type(self._slots[0].task).__doc__ or "").strip().splitlines()), "")

    @property
    def max_turns(self) -> int:
        """The turn limit of the task."""
        return self._slots[0].task.max_turns

    @property
    def episodes(self) -> NDArray[np.int64]:
        """(num_envs,): episodes begun so far, a copy."""
        return self._episodes.copy()

    def reset_at(self, indices: Indices, options: Mapping[str, Any] | None = None) -> list[str]:
        """As `TextVectorEnv.reset_at`; there are no reset options."""
        where = self._check(indices)
        if options:
            raise OptionError(f"{self._name} has no reset options, but {dict(options)} were given")
        slots = [self._slots[i] for i in where]
        self._forget(where)
        openings = []
        for i, slot in zip(where, slots, strict=True):
            # The native tasks draw from the same numbers: see rust/env/src/rng.rs.
            counter = [0, int(self._episodes[i]), i, 0]
            bits = np.random.Philox(counter=counter, key=[self.base_seed, 0])
            opening = slot.task.reset(np.random.Generator(bits))
            if not isinstance(opening, str):
                raise EnvError(f"{self._name}.reset returned {opening!r}: it must return a str")
            openings.append(opening)
        for i, slot in zip(where, slots, strict=True):
            self._episodes[i] += 1
            self._slots[i] = slot._replace(turn=0, begun=True, over=False)
        return openings

    def step_at(self, indices: Indices, utterances: Sequence[str]) -> TextStep:
        """As `TextVectorEnv.step_at`."""
        where = self._check(indices)
        texts = as_texts(utterances, len(where))
        slots = [self._slots[i] for i in where]
        for i, slot in zip(where, slots, strict=True):
            if slot.over or not slot.begun:
                what = "is over" if slot.over else "has not begun"
                raise EpisodeFinishedError(f"the episode of environment {i} {what}: reset it first")
        self._forget(where)
        steps = [self._take(slot.task, text) for slot, text in zip(slots, texts, strict=True)]
        terminated = np.array([step[2] for step in steps], np.bool_)
        turns = [slot.turn + 1 for slot in slots]
        limits = [turn >= slot.task.max_turns for turn, slot in zip(turns, slots, strict=True)]
        truncated = ~terminated & np.array(limits, np.bool_)
        for k, i in enumerate(where):
            over = bool(terminated[k] or truncated[k])
            self._slots[i] = slots[k]._replace(turn=turns[k], begun=True, over=over)
        infos = {
            key: np.array([bool(getattr(slot.task, key, False)) for slot in slots], np.bool_)
            for key in _FLAGS
            if any(hasattr(slot.task, key) for slot in slots)
        }
        rewards = np.array([step[1] for step in steps], np.float32)
        return TextStep([step[0] for step in steps], rewards, terminated, truncated, infos)

    def snapshot(self, indices: Indices) -> list[Any]:
        """As `TextVectorEnv.snapshot`, by ``copy.deepcopy``."""
        return [copy.deepcopy(self._slots[i]) for i in self._check(indices)]

    def restore(self, states: Sequence[Any], indices: Indices) -> None:
        """As `TextVectorEnv.restore`."""
        where = self._check(indices)
        if len(states) != len(where):
            raise ActionError(f"{len(states)} snapshots for {len(where)} environments")
        for state in states:
            if not isinstance(state, _Episode) or type(state.task) is not type(self._slots[0].task):
                raise SnapshotError(f"{state!r} is no snapshot of {self._name}")
        for i, state in zip(where, states, strict=True):
            self._slots[i] = copy.deepcopy(state)

    def fork(self, source: int, targets: Indices) -> None:
        """As `TextVectorEnv.fork`."""
        (state,) = self.snapshot([source])
        where = self._check(targets)
        self.restore([state] * len(where), where)

    def hidden(self, indices: Indices) -> list[str]:
        """As `TextVectorEnv.hidden`."""
        where = self._check(indices)
        for i in where:
            if not self._slots[i].begun:
                raise EpisodeFinishedError(f"no episode of environment {i} has begun: reset it")
        return [str(self._slots[i].task.hidden()) for i in where]

    def finished(self, indices: Indices) -> Flags:
        """As `TextVectorEnv.finished`."""
        return np.array([self._slots[i].over for i in self._check(indices)], np.bool_)

    def seek(self, episodes: Sequence[int] | NDArray[np.int64]) -> None:
        """As `TextVectorEnv.seek`."""
        counts = as_indices(episodes)
        if len(counts) != self.num_envs or (counts < 0).any():
            raise ActionError(f"give one episode counter from 0 for each of {self.num_envs}")
        self._episodes = counts.copy()

    def _reseed(self, seed: int) -> None:
        self._episodes[:] = 0
        self._forget(range(self.num_envs))

    def _forget(self, where: Sequence[int]) -> None:
        """Leaves environments before their episode, as they stay if the task's code raises."""
        for i in where:
            self._slots[i] = self._slots[i]._replace(begun=False, over=False)

    def _check(self, indices: Indices) -> list[int]:
        where: list[int] = as_indices(indices).tolist()
        for i in where:
            if not 0 <= i < self.num_envs:
                raise ActionError(
                    f"there is no environment {i}: there are 0 to {self.num_envs - 1}"
                )
        if len(set(where)) < len(where):
            raise ActionError(f"indices are {where}: give each at most once")
        return where

    def _take(self, task: TextEnv, utterance: str) -> tuple[str, float, bool]:
        """One step of the task, with its types checked."""
        for key in _FLAGS:
            if key in vars(task):  # what the last turn said must not tell of this one
                setattr(task, key, False)
        result = task.step(utterance)
        if isinstance(result, tuple) and len(result) == 3:
            text, reward, terminated = result
            numeric = isinstance(reward, (int, float, np.integer, np.floating))
            flag = isinstance(terminated, (bool, np.bool_))
            if isinstance(text, str) and numeric and flag:
                return text, float(reward), bool(terminated)
        raise EnvError(
            f"{self._name}.step returned {result!r}: it must return (observation, reward, "
            "terminated) as str, float and bool"
        )


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
