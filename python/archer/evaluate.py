"""Measuring a policy: returns of whole episodes, with a confidence interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from archer.env import ScriptedPolicy, TextVectorEnv
from archer.policy import Policy
from archer.rollout import Episode, collect, collect_scripted, episode_returns
from archer.sampler import Sampler, SamplerFactory

Z95 = 1.959964
"""97.5% quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a policy did over a number of episodes."""

    mean_return: float
    """Undiscounted."""
    ci95: tuple[float, float]
    """95% confidence interval of the mean return (normal approximation)."""
    win_rate: float | None
    """Share of episodes won; None where the task does not say."""
    episodes: int
    mean_turns: float
    invalid_rate: float
    """Share of utterances that the environment did not understand."""
    returns: tuple[float, ...] = field(default=(), repr=False, compare=False)
    """Of the single episodes, in their order."""

    def as_dict(self, count: str = "episodes") -> dict[str, Any]:
        """The fields but ``returns`` by name, as JSON has them; ``count`` renames ``episodes``."""
        values = asdict(self)
        del values["returns"]
        episodes = values.pop("episodes")
        return {
            **{name: list(v) if isinstance(v, tuple) else v for name, v in values.items()},
            count: episodes,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Evaluation:
        """What `as_dict` was made from."""
        low, high = values["ci95"]
        return cls(**{**values, "ci95": (low, high)})

    @classmethod
    def of(cls, episodes: Sequence[Episode]) -> Evaluation:
        """Summarises episodes that have been played; at least one."""
        returns = episode_returns(episodes)
        turns = sum(episode.trajectory.num_turns for episode in episodes)
        wins = [episode.trajectory.extra.get("win") for episode in episodes]
        known = [bool(win) for win in wins if win is not None]
        return cls(
            mean_return=float(returns.mean()),
            ci95=confidence_interval(returns),
            win_rate=float(np.mean(known)) if known else None,
            episodes=len(episodes),
            mean_turns=turns / len(episodes),
            invalid_rate=sum(e.trajectory.extra.get("invalid", 0) for e in episodes) / turns,
            returns=tuple(returns.tolist()),
        )


def confidence_interval(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """95% interval of the mean, by the normal approximation; NaN for fewer than two values."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return (math.nan, math.nan)
    half = Z95 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return (mean - half, mean + half)


def evaluate(
    policy: Policy,
    env: TextVectorEnv,
    episodes: int,
    seed: int = 0,
    *,
    sampler: SamplerFactory = Sampler,
) -> Evaluation:
    """Plays ``episodes`` episodes by sampling from ``policy``; the same ones for the same seed.

    Args:
        policy: samples at its own temperature.
        env: reseeded with ``seed``.
        episodes: at least one.
        seed: of the environments and of the sampling.
        sampler: as in `collect`.
    """
    return Evaluation.of(evaluation_episodes(policy, env, episodes, seed, sampler=sampler))


def evaluation_episodes(
    policy: Policy,
    env: TextVectorEnv,
    episodes: int,
    seed: int = 0,
    *,
    sampler: SamplerFactory = Sampler,
) -> list[Episode]:
    """The episodes themselves that `evaluate` summarises."""
    env.seed(seed)
    generator = torch.Generator(policy.device).manual_seed(seed)
    return collect(policy, env, episodes, generator, sampler=sampler)


def evaluate_scripted(
    scripted: ScriptedPolicy, env: TextVectorEnv, episodes: int, policy: Policy, seed: int = 0
) -> Evaluation:
    """As `evaluate`, for a script; ``policy`` only lends its tokenizer."""
    env.seed(seed)
    return Evaluation.of(collect_scripted(scripted, env, episodes, policy))
