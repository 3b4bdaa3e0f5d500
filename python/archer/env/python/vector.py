"""`PythonVectorEnv`: instances of a task of one's own as environments that are stepped together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from archer.env.arguments import as_indices, as_num_envs, as_num_workers, as_texts
from archer.env.python.instances import Backend, Factory, Instances, ThreadedInstances
from archer.env.python.processes import Processes
from archer.env.vector import Flags, Indices, TextStep, TextVectorEnv
from archer.errors import ActionError, EnvError, EpisodeFinishedError, OptionError, SnapshotError

MAX_THREADS = 64
"""Threads unless ``num_workers`` says otherwise; they wait rather than compute."""


class Snapshot(NamedTuple):
    """An episode of one environment."""

    task: str
    """The id of its task."""
    turn: int
    begun: bool
    over: bool
    state: Any
    """As the backend gave it; None if nothing has begun."""


class PythonVectorEnv(TextVectorEnv):
    """Environments of a `TextEnv` subclass.

    An exception in the task's own code is passed on as it is; all environments of that call must
    then be reset.

    With worker processes, its note has the traceback there; a snapshot is pickled by a worker and
    can be restored in any environment of the task with this backend, but in this run alone. Should
    a worker die, all are stopped, and every later call is a `WorkerError`; so too after an
    interrupt (Ctrl-C) in the midst of a call.

    Args:
        factory: the subclass, or anything else that makes a new instance at each call.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``.
        backend: ``"sync"`` steps one environment after the other; ``"thread"`` several at a time,
            which pays for tasks that wait or release the GIL; ``"process"`` spreads them over
            worker processes, for tasks that compute. None is ``"sync"``. The texts are the same.
        num_workers: threads, `MAX_THREADS` at most unless given, or processes, one for each core
            unless given.
        autoreset_mode: of `step`, as Gymnasium defines the modes.
        kwargs: given to ``factory``.

    Raises:
        EnvError: ``factory`` makes no `TextEnv`, or one that has no usable ``max_turns``, or cannot
            be pickled for worker processes.
        OptionError: an argument that cannot be used.
        WorkerError: a worker process died before it could begin.
    """

    def __init__(
        self,
        factory: Factory,
        num_envs: int = 1,
        seed: int = 0,
        *,
        backend: str | None = None,
        num_workers: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        **kwargs: Any,
    ) -> None:
        num_envs = as_num_envs(num_envs)
        self._backend = _backend(backend or "sync", num_workers, factory, kwargs, num_envs)
        super().__init__(self._backend.about.id, num_envs, seed, autoreset_mode)
        self._name = self._backend.about.name
        self._episodes, self._turns = np.zeros((2, num_envs), np.int64)
        self._begun, self._over = np.zeros((2, num_envs), np.bool_)

    @property
    def description(self) -> str:
        """The first line of the task's docstring; empty if it has none."""
        return self._backend.about.description

    @property
    def max_turns(self) -> int:
        """The turn limit of the task."""
        return self._backend.about.max_turns

    @property
    def episodes(self) -> NDArray[np.int64]:
        """(num_envs,): episodes begun so far, a copy."""
        return self._episodes.copy()

    def reset_at(self, indices: Indices, options: Mapping[str, Any] | None = None) -> list[str]:
        """As `TextVectorEnv.reset_at`; there are no reset options."""
        where = self._check(indices)
        if options:
            raise OptionError(f"{self._name} has no reset options, but {dict(options)} were given")
        episodes = self._episodes[where].tolist()
        streams = [(self.base_seed, i, k) for i, k in zip(where.tolist(), episodes, strict=True)]
        self._forget(where)
        openings = self._backend.reset(where.tolist(), streams)
        self._episodes[where] += 1
        self._turns[where], self._begun[where] = 0, True
        return openings

    def step_at(self, indices: Indices, utterances: Sequence[str]) -> TextStep:
        """As `TextVectorEnv.step_at`."""
        where = self._check(indices)
        texts = as_texts(utterances, len(where))
        for i in where[self._over[where] | ~self._begun[where]]:
            what = "is over" if self._over[i] else "has not begun"
            raise EpisodeFinishedError(f"the episode of environment {i} {what}: reset it first")
        self._forget(where)
        turns = self._backend.step(where.tolist(), texts)
        self._turns[where] += 1
        terminated = np.array([turn.terminated for turn in turns], np.bool_)
        limits = np.array([turn.max_turns for turn in turns], np.int64)
        truncated = ~terminated & (self._turns[where] >= limits)
        self._begun[where], self._over[where] = True, terminated | truncated
        told = {
            "win": [turn.win for turn in turns],
            "invalid": [turn.invalid for turn in turns],
        }
        infos = {
            key: np.array([bool(value) for value in values], np.bool_)
            for key, values in told.items()
            if any(value is not None for value in values)
        }
        rewards = np.array([turn.reward for turn in turns], np.float32)
        return TextStep([turn.text for turn in turns], rewards, terminated, truncated, infos)

    def snapshot(self, indices: Indices) -> list[Snapshot]:
        """As `TextVectorEnv.snapshot`, by deep copies or the hooks of the `TextEnv`.

        Raises:
            SnapshotError: the task cannot be copied.
        """
        where = self._check(indices)
        begun = where[self._begun[where]].tolist()
        states = dict(zip(begun, self._backend.save(begun), strict=True))
        return [
            Snapshot(
                self.id,
                int(self._turns[i]),
                bool(self._begun[i]),
                bool(self._over[i]),
                states.get(i),
            )
            for i in where.tolist()
        ]

    def restore(self, states: Sequence[Snapshot], indices: Indices) -> None:
        """As `TextVectorEnv.restore`."""
        where = self._check(indices)
        if len(states) != len(where):
            raise ActionError(f"{len(states)} snapshots for {len(where)} environments")
        for state in states:
            if not isinstance(state, Snapshot) or state.task != self.id:
                raise SnapshotError(f"{state!r:.80} is no snapshot of {self._name}")
            if state.begun and not self._backend.accepts(state.state):
                raise SnapshotError(
                    f"this snapshot of {self._name} is of another backend or another run: restore "
                    "it where it was made"
                )
        self._forget(where)
        begun = {i: s.state for i, s in zip(where.tolist(), states, strict=True) if s.begun}
        self._backend.load(list(begun), list(begun.values()))
        self._turns[where] = [state.turn for state in states]
        self._begun[where] = [state.begun for state in states]
        self._over[where] = [state.over for state in states]

    def fork(self, source: int, targets: Indices) -> None:
        """As `TextVectorEnv.fork`."""
        (state,) = self.snapshot([source])
        where = self._check(targets)
        self.restore([state] * len(where), where)

    def hidden(self, indices: Indices) -> list[str]:
        """As `TextVectorEnv.hidden`."""
        where = self._check(indices)
        for i in where[~self._begun[where]]:
            raise EpisodeFinishedError(f"no episode of environment {i} has begun: reset it")
        return self._backend.hidden(where.tolist())

    def finished(self, indices: Indices) -> Flags:
        """As `TextVectorEnv.finished`."""
        finished: Flags = self._over[self._check(indices)]
        return finished

    def seek(self, episodes: Sequence[int] | NDArray[np.int64]) -> None:
        """As `TextVectorEnv.seek`."""
        counts = as_indices(episodes)
        if len(counts) != self.num_envs or (counts < 0).any():
            raise ActionError(f"give one episode counter from 0 for each of {self.num_envs}")
        self._episodes = counts.copy()

    def close_extras(self, **_kwargs: Any) -> None:
        """Closes the instances of the task, and ends their threads or processes."""
        self._backend.close()

    def _reseed(self, seed: int) -> None:
        self._episodes[:] = 0
        self._forget(self._all)

    def _forget(self, where: NDArray[np.int64]) -> None:
        """Leaves environments before their episode, as they stay if the task's code raises."""
        self._begun[where] = self._over[where] = False

    def _check(self, indices: Indices) -> NDArray[np.int64]:
        if self.closed:
            raise EnvError(f"these environments of {self._name} are closed: make new ones")
        where = as_indices(indices)
        for i in where[(where < 0) | (where >= self.num_envs)]:
            raise ActionError(f"there is no environment {i}: there are 0 to {self.num_envs - 1}")
        if len(set(where.tolist())) < len(where):
            raise ActionError(f"indices are {where.tolist()}: give each at most once")
        return where


def _backend(
    backend: str, num_workers: int | None, factory: Factory, kwargs: dict[str, Any], num_envs: int
) -> Backend:
    """The instances, where they are asked for."""
    if num_workers is not None:
        num_workers = as_num_workers(num_workers)
    match backend:
        case "sync":
            if num_workers is not None:
                raise OptionError(
                    f"num_workers is {num_workers}, but the backend 'sync' has no workers: give "
                    "the backend 'thread' or 'process' with it"
                )
            return Instances(factory, kwargs, num_envs)
        case "thread":
            threads = min(num_workers or MAX_THREADS, num_envs)
            return ThreadedInstances(factory, kwargs, num_envs, threads)
        case "process":
            workers = min(num_workers or os.cpu_count() or 1, num_envs)
            return Processes(factory, kwargs, num_envs, workers)
    raise OptionError(f"backend is {backend!r}: give 'sync', 'thread' or 'process'")
