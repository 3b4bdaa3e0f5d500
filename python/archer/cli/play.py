"""`archer play`."""

from __future__ import annotations

from typing import Annotated, Any

import torch
import tyro
from rich.console import Console

from archer.cli.runs import load_policy
from archer.config import PolicyConfig
from archer.config.sections import Options, refuse_settings
from archer.env import PythonVectorEnv, TextVectorEnv, make, make_vec, scripted, specs
from archer.policy import Policy
from archer.report import dialogue
from archer.rollout import collect, collect_scripted


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
        _watch(env, watch, seed, options, reset_options)


def _by_hand(env_id: str, seed: int, options: Options, reset_options: dict[str, Any]) -> None:
    console = Console(highlight=False)
    env = make(env_id, seed, **options)
    opening, info = env.reset(options=reset_options)
    description, max_turns = _rules(env_id, env.envs, options)
    how = f"You have {max_turns} turns; Ctrl-D or Ctrl-C stops.\n"
    console.print(f"{description}\n{how}".lstrip(), style="dim", markup=False)
    console.print(opening.strip(), markup=False)
    hidden = f" It was: {info['hidden']}." if info["hidden"] else ""
    total, over, won = 0.0, False, None
    try:
        while not over:
            utterance = console.input("[cyan]> [/cyan]")
            answer, reward, terminated, truncated, step_info = env.step(utterance)
            console.print(answer.strip(), markup=False)
            total, over, won = total + reward, terminated or truncated, step_info.get("win")
    except (EOFError, KeyboardInterrupt):
        console.print(f"\nUntil next time.{hidden}", markup=False)
        return
    result = "The end." if won is None else ("You won." if won else "You lost.")
    console.print(f"{result}{hidden} Return: {total:g}", markup=False)


def _rules(env_id: str, envs: TextVectorEnv, options: Options) -> tuple[str, int]:
    """What the task is, in one line, and its turn limit."""
    if isinstance(envs, PythonVectorEnv):
        return envs.description, envs.max_turns
    (known,) = (spec for spec in specs() if spec.id == env_id)
    return known.description, {**known.options, **options}["max_turns"]


def _watch(
    env_id: str, watch: str, seed: int, options: Options, reset_options: dict[str, Any]
) -> None:
    console = Console(highlight=False)
    env = make_vec(env_id, 1, seed, **options)
    if watch in {name for spec in specs() for name in spec.scripted}:
        player = scripted(env_id, watch, seed)
        tokenizer = Policy.load(PolicyConfig())
        (episode,) = collect_scripted(player, env, 1, tokenizer, options=reset_options)
    else:
        saved = load_policy(watch)
        console.print(f"Policy: {saved.which}", markup=False, soft_wrap=True)
        generator = torch.Generator(saved.policy.device).manual_seed(seed)
        (episode,) = collect(
            saved.policy, env, 1, generator, options=reset_options, sampler=saved.sampler
        )
    console.print(dialogue(episode, f"{watch} plays {env_id}"))
