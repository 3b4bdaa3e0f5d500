"""`archer play --watch`: somebody else plays."""

from __future__ import annotations

from typing import Any

import torch
from rich.console import Console

from archer.cli.runs import load_policy
from archer.config import PolicyConfig
from archer.config.options import Options
from archer.env import make_vec, scripted, specs
from archer.errors import ConfigError
from archer.policy import Policy
from archer.report import dialogue
from archer.rollout import collect, collect_scripted


def watch(
    env_id: str,
    player: str,
    seed: int,
    options: Options,
    reset_options: dict[str, Any],
    *,
    chat: bool = False,
) -> None:
    """Shows an episode of a scripted policy by its name, or of a model or a run by its path.

    Raises:
        ConfigError: ``chat`` for a scripted policy, or for a run whose policy writes plain text.
    """
    console = Console(highlight=False)
    env = make_vec(env_id, 1, seed, **options)
    if player in {name for spec in specs() for name in spec.scripted}:
        if chat:
            raise ConfigError(f"--chat is for a model, and {player} is a scripted policy")
        script, tokenizer = scripted(env_id, player, seed), Policy.load(PolicyConfig())
        (episode,) = collect_scripted(script, env, 1, tokenizer, options=reset_options)
    else:
        saved = load_policy(player, chat=chat)
        console.print(f"Policy: {saved.which}", markup=False, soft_wrap=True)
        generator = torch.Generator(saved.policy.device).manual_seed(seed)
        (episode,) = collect(
            saved.policy, env, 1, generator, options=reset_options, sampler=saved.sampler
        )
    console.print(dialogue(episode, f"{player} plays {env_id}"))
