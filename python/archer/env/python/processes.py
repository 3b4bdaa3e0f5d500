"""The backend ``"process"``: worker processes, each with a share of the instances."""

from __future__ import annotations

import hmac
import multiprocessing
import os
import pickle
import signal
import time
import weakref
from collections.abc import Mapping, Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple

import numpy as np

from archer.env.python.instances import About, Factory, Sealed, Stream, Turn
from archer.env.python.worker import GRACE, serve
from archer.errors import EnvError, WorkerError


class _Worker(NamedTuple):
    process: SpawnProcess
    pipe: Connection
    instances: range
    """Those that it owns."""


class Processes:
    """Instances of a task in worker processes, as a `Backend`.

    Workers are started afresh (``spawn``): a fork would inherit the locks of other threads, and the
    pipes of other workers. They end when their pipe closes, so none outlives its parent, however
    that one ends.

    Args:
        factory: makes each instance; pickled.
        kwargs: given to ``factory``; pickled.
        count: how many instances there are.
        num_workers: at most ``count``; each owns as many consecutive instances as the others, give
            or take one.

    Raises:
        EnvError: ``factory`` cannot be pickled, or as `Instances`.
        OptionError: as `Instances`.
        WorkerError: a worker died before it could begin.
    """

    def __init__(
        self, factory: Factory, kwargs: Mapping[str, Any], count: int, num_workers: int
    ) -> None:
        try:
            recipe = pickle.dumps((factory, dict(kwargs)))
        except Exception as error:
            raise EnvError(
                f"{factory!r:.80} with {dict(kwargs)!r:.80} cannot be sent to worker processes: "
                f"{error}; define it at the top of a module, or choose another backend"
            ) from error
        self._workers: list[_Worker] = []
        self._parent = os.getpid()
        self._stop = weakref.finalize(self, _stop, self._workers, self._parent)
        bounds = [count * w // num_workers for w in range(num_workers + 1)]
        self._owners = np.repeat(np.arange(num_workers), np.diff(bounds)).tolist()
        self._ended = ""
        self._task = ""
        try:
            for first, end in pairwise(bounds):
                self._start(recipe, range(first, end))
            told = [self._receive(worker, "making it") for worker in self._workers]
            self.about = About(*_result(told)[0])
        except BaseException:
            self._stop()
            raise
        self._task = f" of {self.about.id}"

    def reset(self, where: Sequence[int], streams: Sequence[Stream]) -> list[str]:
        """As `Backend.reset`."""
        return self._call("reset", where, streams)

    def step(self, where: Sequence[int], texts: Sequence[str]) -> list[Turn]:
        """As `Backend.step`."""
        return self._call("step", where, texts)

    def hidden(self, where: Sequence[int]) -> list[str]:
        """As `Backend.hidden`."""
        return self._call("hidden", where)

    def save(self, where: Sequence[int]) -> list[Sealed]:
        """As `Backend.save`."""
        return [Sealed(payload, _digest(payload)) for payload in self._call("save", where)]

    def accepts(self, state: Any) -> bool:
        """As `Backend.accepts`."""
        return isinstance(state, Sealed) and hmac.compare_digest(
            state.digest, _digest(state.payload)
        )

    def load(self, where: Sequence[int], states: Sequence[Sealed]) -> None:
        """As `Backend.load`."""
        self._call("load", where, [state.payload for state in states])

    def close(self) -> None:
        """As `Backend.close`."""
        self._ended = "they are closed"
        self._stop()

    def _start(self, recipe: bytes, instances: range) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        name = f"worker {len(self._workers)}, of environments {_span(instances)}"
        arguments = (theirs, name, recipe, len(instances))
        # Daemons, so that multiprocessing ends them at exit, should anything keep _stop from it.
        process = context.Process(target=serve, args=arguments, name=name, daemon=True)
        with theirs:
            process.start()
        self._workers.append(_Worker(process, ours, instances))

    def _call(self, method: str, where: Sequence[int], *columns: Sequence[Any]) -> list[Any]:
        """Has each worker do its share, and puts what they give into the order of ``where``."""
        if self._ended:
            raise WorkerError(
                f"these environments{self._task} have ended: {self._ended}; make new ones"
            )
        if os.getpid() != self._parent:
            raise WorkerError(
                f"these environments{self._task} belong to process {self._parent}, of which this "
                "one is a fork: make new ones here"
            )
        shares: dict[int, list[int]] = {}
        for position, i in enumerate(where):
            shares.setdefault(self._owners[i], []).append(position)
        try:
            for w, share in shares.items():
                worker = self._workers[w]
                local = [where[position] - worker.instances.start for position in share]
                columns_of = [[column[position] for position in share] for column in columns]
                self._send(worker, method, (local, *columns_of))
            answers = [self._receive(self._workers[w], method) for w in shares]
        except BaseException as error:  # a death or an interrupt: answers are lost or still to come
            self._ended = (
                "a worker died" if isinstance(error, WorkerError) else "a call was cut off"
            )
            self._stop()
            raise
        results: list[Any] = [None] * len(where)
        for share, given in zip(shares.values(), _result(answers), strict=True):
            if given is not None:
                for position, value in zip(share, given, strict=True):
                    results[position] = value
        return results

    def _send(self, worker: _Worker, method: str, arguments: tuple[Any, ...]) -> None:
        message = pickle.dumps((method, arguments), pickle.HIGHEST_PROTOCOL)
        try:
            worker.pipe.send_bytes(message)
        except OSError:
            raise self._death(worker, method) from None

    def _receive(self, worker: _Worker, method: str) -> tuple[bool, Any]:
        try:
            answer = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            raise self._death(worker, method) from None
        succeeded, given = pickle.loads(answer)
        return succeeded, given

    def _death(self, worker: _Worker, method: str) -> WorkerError:
        """The error that tells of a worker that does not answer."""
        worker.process.join(GRACE)
        code = worker.process.exitcode
        how = f"ended with exit code {code}"
        if code is not None and code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
        advice = (
            "if memory ran out, take fewer workers; if the task crashes, the backend 'sync' shows "
            "where"
            if self._task
            else "a script must make its environments under `if __name__ == '__main__':`, since "
            "workers import it too"
        )
        return WorkerError(
            f"{worker.process.name}{self._task} (process {worker.process.pid}) {how} in {method}; "
            f"all {len(self._workers)} workers are stopped, and the environments must be made "
            f"anew: {advice}"
        )


def _result(answers: Sequence[tuple[bool, Any]]) -> list[Any]:
    """What workers gave, or the first exception of one."""
    for succeeded, given in answers:
        if not succeeded:
            raise given
    return [given for _, given in answers]


def _span(instances: range) -> str:
    return f"{instances[0]} to {instances[-1]}" if len(instances) > 1 else str(instances[0])


def _digest(payload: bytes) -> bytes:
    return hmac.digest(multiprocessing.current_process().authkey, payload, "sha256")


def _stop(workers: Sequence[_Worker], parent: int) -> None:
    """Ends the workers: by closing their pipes, and by force where that takes too long."""
    if os.getpid() != parent:
        return  # this is a fork of their parent
    for worker in workers:
        worker.pipe.close()
    deadline = time.monotonic() + GRACE
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
