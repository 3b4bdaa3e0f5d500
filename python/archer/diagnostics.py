"""What a run says about its health: how it speaks, what its critic knows, how far it has moved.

Everything is measured on episodes that have been played anyway, those of the evaluation: they are
held out, and nothing here draws from the random streams of training. A number that does not exist
(the correlation with returns that are all alike, say) is NaN, which the log writes as null. The
names are listed in `docs/tuning.md`.
"""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from archer import losses
from archer.adapters import load_adapter_weights, shares_base
from archer.algorithms.method import Info, Method
from archer.algorithms.seen import as_seen
from archer.batching import micro_batches
from archer.config import Config
from archer.critic import CriticValues
from archer.env import explore
from archer.env.mdp import Mdp, Walk
from archer.env.tasks.corridor import COMMANDS
from archer.policy import Policy
from archer.rollout import Episode
from archer.store import TrajectoryStore
from archer.types import TurnBatch
from archer.windows import learning_rows

Array = NDArray[np.float64]

ALIKE = 1e-7
"""Numbers that differ by no more do not vary."""
_OTHER = "?"
"""Stands for all that is no command, in tables of exact values."""

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
ASCII_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}


def store_of(episodes: Sequence[Episode]) -> TrajectoryStore:
    """The episodes in a store of their own, in memory."""
    store = TrajectoryStore()
    store.extend([episode.trajectory for episode in episodes])
    return store


def spoken(episodes: Sequence[Episode]) -> Info:
    """How the policy spoke.

    Returns:
        ``entropy``: in nats a token, estimated as the mean of -log π over what was sampled; and
        ``repeated_rate``: the share of utterances that had been said before in their episode.
    """
    logprobs = np.concatenate([episode.trajectory.logprobs for episode in episodes])
    utterances = [episode.texts[1::2] for episode in episodes]
    said = sum(map(len, utterances))
    return {
        "entropy": -float(logprobs.mean(dtype=np.float64)) if len(logprobs) else math.nan,
        "repeated_rate": 1 - sum(len(set(texts)) for texts in utterances) / said,
    }


@torch.no_grad()
def divergence(
    reference: Policy, episodes: Sequence[Episode], micro_batch_tokens: int | None
) -> float:
    """KL divergence of what played ``episodes`` from ``reference``, in nats an utterance.

    Estimated as the mean of log π(a) - log π_ref(a) over the sampled utterances, which is unbiased;
    costs one forward pass of ``reference`` over the episodes.
    """
    store = store_of(episodes)
    batch = learning_rows(store, range(len(store)), reference.max_prompt).to(reference.device)
    total = 0.0
    for piece in micro_batches(batch, micro_batch_tokens):
        said = piece.batch.turn_of_token >= 0
        logprob, _ = reference(piece.batch.tokens, piece.batch.lengths, said)
        total += float((piece.batch.logprobs - logprob)[said].double().sum())
    return total / batch.num_turns


def monte_carlo(
    batch: TurnBatch[Tensor], values: CriticValues, discount: float, *, truncation_is_terminal: bool
) -> Tensor:
    """The discounted return that followed each turn of whole episodes: (N,).

    Where an episode was truncated, the critic's V(s') stands for what did not happen, as in the
    critic's own targets, unless ``truncation_is_terminal``.
    """
    bootstrap = values.v_next.mean(0) * batch.truncated * (not truncation_is_terminal)
    follows = losses.follows(batch.trajectory, batch.turn)
    zero = torch.zeros_like(bootstrap)
    return losses.gae(batch.reward, zero, bootstrap, batch.terminated, follows, discount, 1.0)


def critic_fit(values: CriticValues, returns: Tensor) -> Info:
    """V and Q (means of the twins) against the returns (N,) that followed.

    Returns:
        Of ``v`` and ``q``, `fit`; ``advantage_spread``, the standard deviation of Q - V; and
        ``advantage_correlation``, that of Q - V with G - V, where noise keeps it below 1.
    """
    q, v, g = (array(tensor) for tensor in (values.q.mean(0), values.v.mean(0), returns))
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


class Diagnostics:
    """Measures the episodes of a run's evaluations."""

    def __init__(self, config: Config, warm_start: Path) -> None:
        """Measures by the settings of a run, whose warm-started policy is in ``warm_start``."""
        self.config, self.warm_start = config, warm_start
        section = getattr(config, config.method, None)
        self.discount = float(getattr(section, "discount", 1.0))
        self.truncation_is_terminal = bool(getattr(section, "truncation_is_terminal", False))

    @cached_property
    def exact(self) -> ExactValues | None:
        """The table of the task, where its values are those that the critic learns.

        Without a discount an episode may be endless; and if it ends with the turn limit, values
        depend on the turns that are left, of which a critic is not told.
        """
        if self.discount == 1 or self.truncation_is_terminal:
            return None
        return ExactValues.of_task(self.config.env.id, self.config.env.options)

    def measure(self, episodes: Sequence[Episode], method: Method | None) -> Info:
        """All metrics of held-out episodes; those of a critic only of a method that has one."""
        info = spoken(episodes)
        if method is None:
            return info
        if self.config.eval.kl_to_warm_start:
            info["kl_to_warm_start"] = self._divergence(episodes, method.policy)
        store = store_of(episodes)
        batch = as_seen(method.policy, store, store.gather(range(len(store))))
        values = method.critic_values(batch)
        if values is None:
            return info
        returns = monte_carlo(
            batch, values, self.discount, truncation_is_terminal=self.truncation_is_terminal
        )
        info |= critic_fit(values, returns)
        if self.exact is not None:
            info |= self.exact.fit(episodes, values, self.discount)
        return info

    def _divergence(self, episodes: Sequence[Episode], policy: Policy) -> float:
        """The warm start is in memory while it is needed, and loading it moves no random stream."""
        if shares_base(policy.model):
            reference = policy.frozen_copy()
            load_adapter_weights(reference.model, self.warm_start)
        else:
            settings = replace(self.config.policy, model=str(self.warm_start), lora_rank=None)
            with torch.random.fork_rng(devices=[]):
                reference = Policy.load(settings)
        return divergence(reference, episodes, self.config.run.micro_batch_tokens)
