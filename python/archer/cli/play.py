"""`archer play`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import tyro
from rich.console import Console

from archer.config.options import Options
from archer.config.sections import refuse_settings
from archer.env import PythonVectorEnv, TextVectorEnv, ids, make, specs
from archer.errors import ConfigError


def main(arguments: list[str]) -> None:
    """Parses and runs."""
    tyro.cli(_play, args=arguments, prog="archer play")


def _play(
    env: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="ENV")],
    /,
    *,
    watch: str | None = None,
    chat: bool = False,
    object: str | None = None,  # noqa: A002 - the option's name
    story: str | None = None,
    seed: int = 0,
    options: Options | None = None,
    reset: Options | None = None,
) -> None:
    """Plays one episode: you speak, or you watch somebody else speak.

    Args:
        env: Id of the environment (archer envs), or module:Class for a task of your own.
        watch: A run folder, a model (folder, hub name or tiny), or the name of a scripted policy.
        chat: The watched model's chat template writes the dialogue (a run's configuration says so
            itself).
        object: What the environment hides, where the task hides an object.
        story: The story file, where the task plays one.
        seed: Of the episode and of a policy's sampling.
        options: Options of the environment, as names and values.
        reset: Options of the episode, as names and values, such as door red.
    """
    options = refuse_settings(options or {})
    if story is not None:
        _check_plays_stories(env, story)
        options = options | {"story": story}
    reset_options = (reset or {}) | ({} if object is None else {"object": object})
    if watch is None:
        if chat:
            raise ConfigError("--chat is for a model that plays; name it with --watch")
        _by_hand(env, seed, options, reset_options)
    else:
        # Whoever plays by hand does not wait until torch is loaded.
        show = import_module("archer.cli.watch").watch
        show(env, watch, seed, options, reset_options, chat=chat)


def _check_plays_stories(env_id: str, story: str) -> None:
    """Refuses a story for a built-in task that plays none.

    Raises:
        ConfigError: it is for such a task.
    """
    players = [spec.id for spec in specs() if "story" in spec.options]
    if env_id not in players and env_id in ids():
        raise ConfigError(
            f"--story is {story}, but {env_id} plays no story files: {' and '.join(players)} do"
        )


def _by_hand(env_id: str, seed: int, options: Options, reset_options: dict[str, Any]) -> None:
    console = Console(highlight=False, emoji=False)
    env = make(env_id, seed, **options)
    opening, _ = env.reset(options=reset_options)
    table = _Table.of(env_id, env.envs, options)
    how = f"You have {table.max_turns} turns; Ctrl-D or Ctrl-C stops.\n"
    console.print(f"{table.description}\n{how}".lstrip(), style="dim", markup=False)
    table.show(console, opening)
    total, over, truncated, won = 0.0, False, False, None
    try:
        while not over:
            utterance = console.input("[cyan]> [/cyan]")
            answer, reward, terminated, truncated, step_info = env.step(utterance)
            table.show(console, answer)
            total, over, won = total + reward, terminated or truncated, step_info.get("win")
    except (EOFError, KeyboardInterrupt):
        console.print(f"\nUntil next time.{table.revealed()}".rstrip(), markup=False)
        return
    result = table.result(won, truncated)
    console.print(f"{result}{table.revealed()}Return: {total:g}", markup=False)


@dataclass(frozen=True, slots=True)
class _Table:
    """What a person sees of a task."""

    envs: TextVectorEnv
    description: str
    """In one line."""
    max_turns: int
    picture: Callable[[str], str] | None = None
    shows_status: bool = False

    @classmethod
    def of(cls, env_id: str, envs: TextVectorEnv, options: Options) -> _Table:
        if isinstance(envs, PythonVectorEnv):
            return cls(envs, envs.description, envs.max_turns)
        (known,) = (spec for spec in specs() if spec.id == env_id)
        max_turns = {**known.options, **options}["max_turns"]
        return cls(envs, known.description, max_turns, known.picture, known.shows_status)

    def show(self, console: Console, observation: str) -> None:
        """Prints an observation, and what there is to see beside it."""
        console.print(observation.strip(), markup=False)
        if self.picture and (drawn := self.picture(observation)):
            console.print(drawn, markup=False)
        if self.shows_status:
            (status,) = self.envs.hidden([0])
            console.print(f"[{status}]", style="dim", markup=False)

    def result(self, won: bool | None, truncated: bool) -> str:
        """How the episode has ended, in a sentence or two."""
        if won:
            return "You won."
        if self.shows_status and truncated:
            return "Your turns are used up; --options max_turns 500 gives more."
        return "The end." if won is None or self.shows_status else "You lost."

    def revealed(self) -> str:
        """What is hidden by now, if anything is: in a sentence, or a map below one."""
        (hidden,) = self.envs.hidden([0])
        if not hidden or self.shows_status:
            return " "
        return f" It was:\n{hidden}\n" if "\n" in hidden else f" It was: {hidden}. "
