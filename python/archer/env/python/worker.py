"""What a worker process does: it owns some instances of a task, and answers calls over a pipe."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from archer.env.python.instances import About, Factory, Instances
from archer.errors import EnvError

GRACE = 3.0
"""Seconds that a worker has to end by itself, once nobody speaks to it any more."""


class PickledInstances(Instances):
    """Instances that save their episodes as bytes."""

    def _pack(self, state: Any) -> bytes:
        return pickle.dumps(state, pickle.HIGHEST_PROTOCOL)

    def _unpack(self, packed: bytes) -> Any:
        return pickle.loads(packed)


def serve(pipe: Connection, name: str, recipe: bytes, count: int) -> None:
    """Makes ``count`` instances, then answers calls until the other end of the pipe closes.

    A call is the name of a method of `Instances` with its arguments; an answer is whether it
    succeeded, and what it gave or the exception that it raised. Both are pickled. The first answer
    is to no call: it tells what the task is.

    Args:
        pipe: to the process that started this one.
        name: of this worker, for the notes of exceptions.
        recipe: the task's factory and its arguments, pickled.
        count: of instances.
    """
    # Ctrl-C reaches the whole group of processes; what follows from it, the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    made: list[PickledInstances] = []

    def make() -> About:
        made.append(PickledInstances(*_read(recipe), count))
        return made[0].about

    try:
        pipe.send_bytes(_answer(make, name))
        while made:
            method, arguments = pickle.loads(pipe.recv_bytes())
            pipe.send_bytes(_answer(partial(getattr(made[0], method), *arguments), name))
    except (EOFError, ConnectionError):
        pass  # the parent has closed its end, or is no more
    finally:
        for instances in made:
            instances.close()


def _follow_parent() -> None:
    """Ends this process, in whatever step it is, when its parent has been killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        time.sleep(GRACE)
        os._exit(1)


def _read(recipe: bytes) -> tuple[Factory, Mapping[str, Any]]:
    try:
        factory, kwargs = pickle.loads(recipe)
    except Exception as error:
        raise EnvError(
            f"a worker process cannot import the task: {error}; define it at the top of a module "
            "or script (not in an interactive session), or choose another backend"
        ) from error
    return factory, kwargs


def _answer(call: Callable[[], Any], name: str) -> bytes:
    try:
        return pickle.dumps((True, call()), pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # whatever it is, the parent raises it
        return _pickled_exception(error, name)


def _pickled_exception(error: BaseException, name: str) -> bytes:
    """The exception with its traceback as a note, or an `EnvError` if it cannot travel."""
    text = "".join(traceback.format_exception(error))
    note = f"It was raised in {name}:\n\n{text}"
    error.add_note(note)
    try:
        pickled = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(pickled)  # an __init__ that asks for more than its args fails only here
    except Exception:
        error = EnvError(f"{type(error).__qualname__}: {error}")
        error.add_note(note)
        return pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
    return pickled
