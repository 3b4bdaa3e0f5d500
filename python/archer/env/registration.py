"""`make`, `make_vec` and `vectorize`, and the registration with Gymnasium."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode

from archer.env.arguments import check_options
from archer.env.catalogue import spec, specs
from archer.env.native import NativeVectorEnv
from archer.env.python import PythonVectorEnv, TextEnv, load_task
from archer.env.single import TextSingleEnv
from archer.env.vector import TextVectorEnv


def make_vec(
    env_id: str,
    num_envs: int = 1,
    seed: int = 0,
    *,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **options: Any,
) -> TextVectorEnv:
    """Makes environments that are stepped together.

    Args:
        env_id: one of `archer.env.ids`, or ``"module:Class"`` for a `TextEnv` of your own.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``; the same seed gives the same episodes.
        autoreset_mode: of ``step``, as Gymnasium defines the modes.
        options: of the task; see `archer.env.specs`.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: an argument that cannot be used.
    """
    if isinstance(env_id, str) and ":" in env_id:
        task = load_task(env_id)
        return vectorize(task, num_envs, seed, autoreset_mode=autoreset_mode, **options)
    check_options(options, spec(env_id).options, env_id)
    return NativeVectorEnv(env_id, num_envs, seed, autoreset_mode=autoreset_mode, **options)


def vectorize(
    cls: type[TextEnv],
    num_envs: int = 1,
    seed: int = 0,
    *,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **kwargs: Any,
) -> TextVectorEnv:
    """Makes environments of a task of one's own that are stepped together.

    Args:
        cls: a subclass of `TextEnv`.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``; the same seed gives the same episodes.
        autoreset_mode: of ``step``, as Gymnasium defines the modes.
        kwargs: given to each instance.

    Raises:
        EnvError: ``cls`` is no `TextEnv`, or has no usable ``max_turns``.
        OptionError: an argument that cannot be used.
    """
    return PythonVectorEnv(cls, num_envs, seed, autoreset_mode=autoreset_mode, **kwargs)


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
