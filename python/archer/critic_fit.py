"""What a critic says, held against what is true: the returns that followed, or exact values."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from archer import losses
from archer.algorithms.method import Info
from archer.critic import CriticValues
from archer.env import explore
from archer.env.mdp import Mdp, Walk
from archer.env.tasks.corridor import COMMANDS
from archer.rollout import Episode
from archer.types import TurnBatch

Array = NDArray[np.float64]

ALIKE = 1e-7
"""Numbers that differ by no more do not vary."""
_OTHER = "?"
"""Stands for all that is no command, in tables of exact values."""

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
ASCII_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}


def monte_carlo(
    batch: TurnBatch[Tensor],
    values: CriticValues,
    discount: float,
    *,
    truncation_is_terminal: bool,
    per_token: bool = False,
) -> Tensor:
    """The discounted return that followed each turn of whole episodes: (N,).

    Where an episode was truncated, the critic's V(s') stands for what did not happen, as in the
    critic's own targets, unless ``truncation_is_terminal``; NaN where it has no V.

    Args:
        batch: ``N`` turns.
        values: what the critic says of them.
        discount: per turn; or ``per_token``, a reward coming with its utterance's last token.
        truncation_is_terminal: whether nothing would have followed.
        per_token: see ``discount``.
    """
    cut = batch.truncated & (not truncation_is_terminal)
    bootstrap = torch.where(cut, values.v_next.mean(0), torch.zeros_like(batch.reward))
    steps = batch.utterance_end - batch.context_end if per_token else torch.ones_like(batch.turn)
    reward, factor = batch.reward * discount ** (steps - 1), discount**steps
    rest = losses.td_target(reward, bootstrap, batch.terminated, factor)
    return losses.backward_sum(rest, factor, losses.follows(batch.trajectory, batch.turn))


def critic_fit(values: CriticValues, returns: Tensor) -> Info:
    """V and Q (means of the twins) against the returns (N,) that followed, where they are known.

    Returns:
        Of ``v`` and ``q``, `fit`; ``advantage_spread``, the standard deviation of Q - V; and
        ``advantage_correlation``, that of Q - V with G - V, where noise keeps it below 1.
    """
    q, v, g = (array(tensor) for tensor in (values.q.mean(0), values.v.mean(0), returns))
    known = np.isfinite(g)
    if known.any():
        q, v, g = q[known], v[known], g[known]
    return {
        **fit("v", v, g),
        **fit("q", q, g),
        "advantage_spread": float((q - v).std()),
        "advantage_correlation": correlation(q - v, g - v),
    }


def fit(name: str, estimate: Array, truth: Array) -> Info:
    """How well (n,) estimates agree with the truth.

    Returns:
        Under ``name``: correlation; bias, the mean of estimate - truth; and explained variance,
        1 - Var(truth - estimate) / Var(truth), which no bias changes.
    """
    spread = truth.var() if np.ptp(truth) > ALIKE else 0.0
    left = (truth - estimate).var()
    return {
        f"{name}_correlation": correlation(estimate, truth),
        f"{name}_bias": float((estimate - truth).mean()),
        f"{name}_explained_variance": float(1 - left / spread) if spread > 0 else math.nan,
    }


def correlation(one: Array, other: Array) -> float:
    """Pearson's; NaN where one of them does not vary, or is NaN itself."""
    if not min(np.ptp(one), np.ptp(other)) > ALIKE:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def array(tensor: Tensor) -> Array:
    """On the CPU, in double precision."""
    return tensor.detach().cpu().numpy().astype(np.float64)


class ExactValues:
    """The true values of the policy that played some episodes, for a task that is a small table.

    The policy is what it was seen to do: in each state, the shares of what was said there. Its
    values follow from the table without noise of rewards or of what came later.
    """

    def __init__(self, mdp: Mdp) -> None:
        self.mdp = mdp

    @classmethod
    def of_task(cls, env_id: str | None, options: dict[str, Any]) -> ExactValues | None:
        """The table of a task, without its turn limit; None for a task that has none."""
        if env_id != "corridor":
            return None
        doors = [{"door": "red"}, {"door": "blue"}]
        return cls(explore(env_id, (*COMMANDS, _OTHER), resets=doors, **options))

    def fit(self, episodes: Sequence[Episode], values: CriticValues, discount: float) -> Info:
        """`fit` of V and Q against the true ones, as ``exact_v_…`` and ``exact_q_…``."""
        walks = [self._walk(episode) for episode in episodes]
        states, commands = self.mdp.rewards.shape
        seen = np.zeros((states, commands))
        for walk in walks:
            # What is no command has index -1, which is the last: the text that stands for all such.
            np.add.at(seen, (walk.states[:-1], walk.commands), 1)
        visits = seen.sum(1, keepdims=True)
        even = np.full_like(seen, 1 / commands)
        policy = np.divide(seen, visits, out=even, where=visits > 0)
        solved = self.mdp.evaluate(policy, discount)
        true_v = np.concatenate([solved.v[walk.states[:-1]] for walk in walks])
        true_q = np.concatenate([walk.q(solved.v, discount) for walk in walks])
        return {
            **fit("exact_v", array(values.v.mean(0)), true_v),
            **fit("exact_q", array(values.q.mean(0)), true_q),
        }

    def _walk(self, episode: Episode) -> Walk:
        return self.mdp.walk(list(map(as_command, episode.texts[1::2])), episode.texts[0])


def as_command(text: str) -> str:
    """What a native task compares with its commands: in lower case, without the space around it.

    Case is that of ASCII; white space is that of Unicode, which is less than `str.strip` strips.
    """
    return text.strip(WHITE_SPACE).translate(ASCII_LOWER)
