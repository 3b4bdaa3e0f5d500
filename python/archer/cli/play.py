"""`archer play`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

import tyro
from rich.console import Console

from archer.config.options import Options
from archer.config.sections import refuse_settings
from archer.env import PythonVectorEnv, TextVectorEnv, make, specs


def main(arguments: list[str]) -> None:
    """Parses and runs."""
    tyro.cli(_play, args=arguments, prog="archer play")


def _play(
    env: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="ENV")],
    /,
    *,
    watch: str | None = None,
    object: str | None = None,  # noqa: A002 - the option's name
    seed: int = 0,
    options: Options | None = None,
    reset: Options | None = None,
) -> None:
    """Plays one episode: you speak, or you watch somebody else speak.

    Args:
        env: Id of the environment (archer envs), or module:Class for a task of your own.
        watch: A run folder, a model (folder, hub name or tiny), or the name of a scripted policy.
        object: What the environment hides, where the task hides an object.
        seed: Of the episode and of a policy's sampling.
        options: Options of the environment, as names and values.
        reset: Options of the episode, as names and values, such as door red.
    """
    options = refuse_settings(options or {})
    reset_options = (reset or {}) | ({} if object is None else {"object": object})
    if watch is None:
        _by_hand(env, seed, options, reset_options)
    else:
        # Whoever plays by hand does not wait until torch is loaded.
        import_module("archer.cli.watch").watch(env, watch, seed, options, reset_options)


def _by_hand(env_id: str, seed: int, options: Options, reset_options: dict[str, Any]) -> None:
    console = Console(highlight=False)
    env = make(env_id, seed, **options)
    opening, _ = env.reset(options=reset_options)
    description, max_turns, picture = _rules(env_id, env.envs, options)
    how = f"You have {max_turns} turns; Ctrl-D or Ctrl-C stops.\n"
    console.print(f"{description}\n{how}".lstrip(), style="dim", markup=False)
    _show(console, opening, picture)
    total, over, won = 0.0, False, None
    try:
        while not over:
            utterance = console.input("[cyan]> [/cyan]")
            answer, reward, terminated, truncated, step_info = env.step(utterance)
            _show(console, answer, picture)
            total, over, won = total + reward, terminated or truncated, step_info.get("win")
    except (EOFError, KeyboardInterrupt):
        console.print(f"\nUntil next time.{_revealed(env.envs)}".rstrip(), markup=False)
        return
    result = "The end." if won is None else ("You won." if won else "You lost.")
    console.print(f"{result}{_revealed(env.envs)}Return: {total:g}", markup=False)


def _show(console: Console, observation: str, picture: Callable[[str], str] | None) -> None:
    console.print(observation.strip(), markup=False)
    if picture and (drawn := picture(observation)):
        console.print(drawn, markup=False)


def _revealed(envs: TextVectorEnv) -> str:
    """What is hidden by now, if anything is: in a sentence, or a map below one."""
    (hidden,) = envs.hidden([0])
    if "\n" in hidden:
        return f" It was:\n{hidden}\n"
    return f" It was: {hidden}. " if hidden else " "


def _rules(
    env_id: str, envs: TextVectorEnv, options: Options
) -> tuple[str, int, Callable[[str], str] | None]:
    """What the task is, in one line, its turn limit, and what draws its observations."""
    if isinstance(envs, PythonVectorEnv):
        return envs.description, envs.max_turns, None
    (known,) = (spec for spec in specs() if spec.id == env_id)
    return known.description, {**known.options, **options}["max_turns"], known.picture
