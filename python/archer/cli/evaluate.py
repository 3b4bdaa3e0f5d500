"""`archer eval`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from archer.cli.runs import load_run
from archer.env import make_vec
from archer.errors import ConfigError
from archer.evaluate import Evaluation, evaluate


def main(arguments: list[str]) -> None:
    """Parses and runs."""
    tyro.cli(_evaluate, args=arguments, prog="archer eval")


def _evaluate(
    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")],
    /,
    *,
    env: str | None = None,
    episodes: int | None = None,
    seed: int | None = None,
) -> None:
    """Measures the policy of a run by episodes sampled at its temperature.

    Args:
        run: Folder of the run.
        env: Id of another environment; by default the run's own, with its options.
        episodes: How many; by default the configuration's eval.final_episodes.
        seed: Of the environments and the sampling; by default the configuration's eval.seed.
    """
    if episodes is not None and episodes < 1:
        raise ConfigError(f"--episodes is {episodes}; expected at least 1")
    console = Console(highlight=False)
    config, saved = load_run(run)
    console.print(f"Policy: {saved.which}", markup=False, soft_wrap=True)
    seed = config.eval.seed if seed is None else seed
    env_id = env or config.env.id
    if env_id is None:
        raise ConfigError(f"the run {run} had no environment; name one: --env ID (archer envs)")
    options = {} if env else config.env.options
    envs = make_vec(env_id, config.eval.num_envs, seed, **options)
    count = episodes or config.eval.final_episodes
    evaluation = evaluate(saved.policy, envs, count, seed, sampler=saved.sampler)
    console.print(_table(env_id, evaluation))


def _table(title: str, evaluation: Evaluation) -> Table:
    low, high = evaluation.ci95
    wins = "–" if evaluation.win_rate is None else f"{evaluation.win_rate:.1%}"
    table = Table(title=title, show_header=False)
    table.add_row("Mean return", f"{evaluation.mean_return:.2f}")
    table.add_row("95% interval", f"[{low:.2f}, {high:.2f}]" if math.isfinite(low) else "–")
    table.add_row("Win rate", wins)
    table.add_row("Turns an episode", f"{evaluation.mean_turns:.2f}")
    table.add_row("Invalid utterances", f"{evaluation.invalid_rate:.1%}")
    table.add_row("Episodes", f"{evaluation.episodes:,}")
    return table
