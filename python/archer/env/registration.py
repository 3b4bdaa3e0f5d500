"""`make`, `make_vec` and `vectorize`, and the registration with Gymnasium."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode

from archer.env.answerer import TransformersAnswerer
from archer.env.arguments import check_options
from archer.env.catalogue import spec, specs
from archer.env.native import NativeVectorEnv
from archer.env.python import PythonVectorEnv, load_task
from archer.env.python.instances import Factory
from archer.env.single import TextSingleEnv
from archer.env.vector import TextVectorEnv
from archer.errors import OptionError


def make_vec(
    env_id: str,
    num_envs: int = 1,
    seed: int = 0,
    *,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    num_threads: int | None = None,
    backend: str | None = None,
    num_workers: int | None = None,
    **options: Any,
) -> TextVectorEnv:
    """Makes environments that are stepped together.

    Args:
        env_id: one of `archer.env.ids`, or ``"module:Class"`` for a `TextEnv` of your own.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``; the same seed gives the same episodes.
        autoreset_mode: of ``step``, as Gymnasium defines the modes.
        num_threads: of a built-in task: threads of its own, 1 being the caller's alone. Without it,
            or by 0, all environments share a thread for each core.
        backend: of a task of your own: ``"sync"`` (as without it), ``"thread"`` or ``"process"``;
            see `vectorize`.
        num_workers: of a task of your own: threads or processes.
        options: of the task; see `archer.env.specs`.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: an argument that cannot be used.
    """
    if isinstance(env_id, str) and ":" in env_id:
        if num_threads is not None:
            raise OptionError(
                f"num_threads is {num_threads!r}, but {env_id} is written in Python: give backend "
                "'thread' or 'process', and num_workers"
            )
        return vectorize(
            load_task(env_id),
            num_envs,
            seed,
            backend=backend,
            num_workers=num_workers,
            autoreset_mode=autoreset_mode,
            **options,
        )
    check_options(options, spec(env_id).options, env_id)
    if backend is not None or num_workers is not None:
        raise OptionError(
            f"backend and num_workers are for tasks written in Python, but {env_id} is not: give "
            "num_threads"
        )
    answerer = options.get("answerer")
    if isinstance(answerer, str):
        options["answerer"] = TransformersAnswerer(answerer, **spec(env_id).answerer)
    return NativeVectorEnv(
        env_id, num_envs, seed, autoreset_mode=autoreset_mode, num_threads=num_threads, **options
    )


def vectorize(
    factory: Factory,
    num_envs: int = 1,
    seed: int = 0,
    *,
    backend: str | None = None,
    num_workers: int | None = None,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **kwargs: Any,
) -> TextVectorEnv:
    """Makes environments of a task of one's own that are stepped together.

    Args:
        factory: a subclass of `TextEnv`, or any callable that makes a new instance of one.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``; the same seed gives the same episodes, whatever the backend.
        backend: ``"sync"`` (as without it) steps one environment after the other; ``"thread"``
            several at a time, for tasks that wait or release the GIL; ``"process"`` in worker
            processes, for tasks that compute. See `archer.env.PythonVectorEnv`.
        num_workers: threads (64 at most unless given) or processes (one for each core).
        autoreset_mode: of ``step``, as Gymnasium defines the modes.
        kwargs: given to ``factory`` for each instance.

    Raises:
        EnvError: ``factory`` makes no `TextEnv`, or one that has no usable ``max_turns``, or cannot
            be pickled for worker processes.
        OptionError: an argument that cannot be used.
        WorkerError: a worker process died before it could begin.
    """
    return PythonVectorEnv(
        factory,
        num_envs,
        seed,
        backend=backend,
        num_workers=num_workers,
        autoreset_mode=autoreset_mode,
        **kwargs,
    )


def make(
    env_id: str, seed: int = 0, *, render_mode: str | None = None, **options: Any
) -> TextSingleEnv:
    """Makes one environment.

    Args:
        env_id: as for `make_vec`.
        seed: of the episodes until `TextSingleEnv.reset` is given another.
        render_mode: ``"ansi"`` or None.
        options: of the task.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: an argument that cannot be used.
    """
    env = TextSingleEnv(make_vec(env_id, 1, seed, **options), render_mode)
    env.spec = EnvSpec(
        f"archer/{env_id.replace(':', '.')}",
        entry_point="archer.env:make",
        kwargs={"env_id": env_id, "seed": seed, **options},
    )
    return env


def register() -> None:
    """Makes the built-in environments known to ``gymnasium.make`` and ``gymnasium.make_vec``."""
    for known in specs():
        if known.gymnasium_id not in gymnasium.registry:
            gymnasium.register(
                known.gymnasium_id,
                entry_point="archer.env:make",
                vector_entry_point="archer.env:make_vec",
                kwargs={"env_id": known.id},
            )
