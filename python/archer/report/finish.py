"""The end of a run: the summary, the table, a dialogue before and after, the figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from archer.algorithms import TITLES
from archer.algorithms.acting import load_acting
from archer.config import Config
from archer.env import TextVectorEnv
from archer.errors import ConfigError
from archer.evaluate import Evaluation, evaluation_episodes
from archer.memory import out_of_memory_named
from archer.policy import Policy
from archer.report.dialogue import compare
from archer.report.figure import curve_of, draw_returns
from archer.report.summary import summary_of, write_summary
from archer.report.table import summary_table
from archer.rollout import Episode
from archer.runlog import read_counts, read_memory, read_metrics, read_seconds, read_spent


def finish(
    folder: Path,
    config: Config,
    env: TextVectorEnv | None,
    evaluations: Mapping[str, Mapping[str, Any]],
    alarms: Mapping[str, str],
    *,
    quiet: bool = False,
) -> None:
    """Writes ``summary.json`` and the figure, and prints what a person wants to see.

    Without an environment there are no evaluations, hence a summary without policies and no figure.
    """
    console = Console(quiet=quiet)
    seconds = read_seconds(folder)
    summary = summary_of(
        {name: Evaluation.from_dict(values) for name, values in evaluations.items()},
        env=config.env.id,
        seed=config.run.seed,
        train_seconds={name: seconds[name] for name in ("bc", config.method) if name in seconds},
        spent=read_spent(folder, config.method),
        counts=read_counts(folder, config.method),
        memory=read_memory(folder),
        alarms=alarms,
    )
    if env is None:
        console.print(f"env.id is null, so no episode was played. Policy: {folder / 'policy'}")
    else:
        _show(folder, config, env, evaluations, summary, console)
    # The last thing: whoever finds it finds the figure too.
    write_summary(folder, summary)
    console.print(f"numbers: {folder / 'summary.json'}")


def _show(
    folder: Path,
    config: Config,
    env: TextVectorEnv,
    evaluations: Mapping[str, Mapping[str, Any]],
    summary: Mapping[str, Any],
    console: Console,
) -> None:
    """A dialogue before and after, the table, the figure."""
    if (folder / "policy").is_dir():
        with out_of_memory_named("evaluate"):
            before, after = _same_task(folder, config, env)
        method = TITLES[config.method]
        console.print(compare(before, after, "The same task before and after", method))
    console.print(summary_table(summary))
    references = {
        name: values["mean_return"]
        for name, values in evaluations.items()
        if name == "bc" or name != config.method
    }
    try:
        figure = draw_returns(
            [curve_of(read_metrics(folder))],
            references,
            folder / "figures" / "returns.png",
            title=f"{config.env.id}, seed {config.run.seed}",
            label=TITLES[config.method],
        )
    except ConfigError as error:
        console.print(f"no figure: {error}")
    else:
        console.print(f"figure: {figure}")


def _same_task(folder: Path, config: Config, env: TextVectorEnv) -> tuple[Episode, Episode]:
    """One episode of the warm start and one of the result, on the same hidden task.

    The first of the evaluation's episodes whose return improved, so that there is something to see.
    """
    pairs = []
    for name in ("warm_start", "policy"):
        policy = Policy.load(replace(config.policy, model=str(folder / name), lora_rank=None))
        sampler = load_acting(folder / name, policy)
        pairs.append(
            evaluation_episodes(policy, env, env.num_envs, config.eval.seed, sampler=sampler)
        )
    both = list(zip(*pairs, strict=True))
    return next((p for p in both if _return(p[1]) > _return(p[0])), both[0])


def _return(episode: Episode) -> float:
    return episode.trajectory.episode_return
