"""`archer demos`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console

from archer.config import PolicyConfig
from archer.config.options import Options
from archer.config.sections import refuse_settings
from archer.env import make_vec, scripted
from archer.errors import ConfigError
from archer.evaluate import Evaluation
from archer.exchange import to_chat
from archer.policy import Policy
from archer.progress import ProgressDisplay
from archer.rollout import collect_scripted
from archer.store import TrajectoryStore


def main(arguments: list[str]) -> None:
    """Parses and runs."""
    tyro.cli(_demos, args=arguments, prog="archer demos")


def _demos(
    env: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="ENV")],
    /,
    *,
    out: Path,
    policy: str = "noisy",
    episodes: int = 2000,
    format: Literal["store", "jsonl"] = "store",  # noqa: A002 - the option's name
    seed: int = 20_000,
    model: str = "tiny",
    chat: bool = False,
    options: Options | None = None,
    policy_options: Options | None = None,
) -> None:
    """Lets a scripted policy play and keeps its episodes.

    Args:
        env: Id of the environment (archer envs).
        out: The folder (store) or the file (jsonl) that is written; it must not exist.
        policy: Name of the scripted policy (archer envs).
        episodes: How many.
        format: "store" to train from (bc.store), "jsonl" to read: one episode a line, as messages
            (archer store import takes them back).
        seed: Of the environment and of the scripted policy. The default is neither that of run.seed
            nor that of eval.seed, so that training does not meet the episodes of the demonstrations
            again.
        model: Whose tokenizer encodes the episodes of a store; the one that will be trained.
        chat: Write a store's episodes by the model's chat template; for a policy that will be
            trained with policy.chat true.
        options: Options of the environment, as names and values.
        policy_options: Options of the scripted policy, as names and values.
    """
    if episodes < 1:
        raise ConfigError(f"--episodes is {episodes}; expected at least 1")
    if out.exists():
        raise ConfigError(f"{out} is there already; remove it, or give another --out")
    envs = make_vec(env, min(episodes, 256), seed, **refuse_settings(options or {}))
    player = scripted(env, policy, seed, **refuse_settings(policy_options or {}))
    tokenizer = Policy.load(PolicyConfig(model=model, chat=chat))
    out.parent.mkdir(parents=True, exist_ok=True)  # before the long part, in case it cannot be
    with ProgressDisplay() as display:
        display.begin("demonstrations", episodes)
        played = collect_scripted(player, envs, episodes, tokenizer, progress=display.advance)
    with TrajectoryStore(out if format == "store" else None) as store:
        store.extend([episode.trajectory for episode in played])
        if format == "jsonl":
            to_chat(store, out, tokenizer)
    result = Evaluation.of(played)
    Console(highlight=False).print(
        f"{episodes} episodes, mean return {result.mean_return:.2f}, in {out}", markup=False
    )
