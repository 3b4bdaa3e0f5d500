"""What a run says about its health: how it speaks, what its critic knows, how far it has moved.

Everything is measured on episodes that have been played anyway, those of the evaluation: they are
held out, and nothing here draws from the random streams of training. Without an environment they
are demonstrations that nothing was learned from. A number that does not exist
(the correlation with returns that are all alike, say) is NaN, which the log writes as null. The
names are listed in `docs/tuning.md`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from archer.adapters import load_adapter_weights, shares_base
from archer.algorithms.method import Info, Method
from archer.algorithms.respoken import respoken
from archer.algorithms.seen import as_seen
from archer.batching import micro_batches
from archer.config import Config
from archer.critic import CriticValues
from archer.critic_fit import ExactValues, critic_fit, monte_carlo
from archer.policy import Policy
from archer.rollout import Episode
from archer.sampler import Sampler
from archer.store import TrajectoryStore
from archer.types import TurnBatch
from archer.windows import learning_rows


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


def divergence(
    reference: Policy, episodes: Sequence[Episode], micro_batch_tokens: int | None
) -> float:
    """KL divergence of what played ``episodes`` from ``reference``, in nats an utterance.

    Estimated as the mean of log π(a) - log π_ref(a) over the sampled utterances, which is unbiased;
    costs one forward pass of ``reference`` over the episodes.
    """
    store = store_of(episodes)
    batch = learning_rows(store, range(len(store)), reference.max_prompt).to(reference.device)
    return divergence_of_turns(reference, batch, micro_batch_tokens)


@torch.no_grad()
def divergence_of_turns(
    reference: Policy, batch: TurnBatch[Tensor], micro_batch_tokens: int | None
) -> float:
    """`divergence`, of what said the utterances of ``batch``."""
    total = 0.0
    for piece in micro_batches(batch, micro_batch_tokens):
        said = piece.batch.turn_of_token >= 0
        logprob, _ = reference(piece.batch.tokens, piece.batch.lengths, said)
        total += float((piece.batch.logprobs - logprob)[said].double().sum())
    return total / batch.num_turns


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
            reference = self._reference(method.policy)
            tokens = self.config.run.micro_batch_tokens
            info["kl_to_warm_start"] = divergence(reference, episodes, tokens)
        store = store_of(episodes)
        batch = _whole(method.policy, store, range(len(store)))
        values = method.critic_values(batch)
        if values is None:
            return info
        info |= self._fit(batch, values, method)
        if self.exact is not None and not method.discounts_tokens:
            info |= self.exact.fit(episodes, values, self.discount)
        return info

    def measure_demonstrations(
        self, store: TrajectoryStore, ids: Sequence[int], policy: Policy, method: Method | None
    ) -> Info:
        """What can be measured without an environment.

        Args:
            store: of demonstrations.
            ids: those that nothing was learned from, at least one.
            policy: speaks anew in each of their contexts, which gives its entropy and distance.
            method: whose way to act it is, and whose critic is held against the returns of the
                demonstrations; None for the warm start.
        """
        batch, tokens = _whole(policy, store, ids), self.config.run.micro_batch_tokens
        sampler = Sampler if method is None else method.sampler
        generator = torch.Generator(policy.device).manual_seed(self.config.eval.seed)
        spoken_anew = respoken(policy, batch, generator, tokens, sampler)
        logprobs = spoken_anew.logprobs[spoken_anew.turn_of_token >= 0]
        info = {"entropy": -float(logprobs.double().mean())}
        if method is None:
            return info
        if self.config.eval.kl_to_warm_start:
            reference = self._reference(policy)
            info["kl_to_warm_start"] = divergence_of_turns(reference, spoken_anew, tokens)
        values = method.critic_values(batch)
        return info if values is None else info | self._fit(batch, values, method)

    def _fit(self, batch: TurnBatch[Tensor], values: CriticValues, method: Method) -> Info:
        """`critic_fit` to the returns that the critic's settings mean."""
        returns = monte_carlo(
            batch,
            values,
            self.discount,
            truncation_is_terminal=self.truncation_is_terminal,
            per_token=method.discounts_tokens,
        )
        return critic_fit(values, returns)

    def _reference(self, policy: Policy) -> Policy:
        """The warm start is in memory while it is needed, and loading it moves no random stream."""
        if shares_base(policy.model):
            reference = policy.frozen_copy()
            load_adapter_weights(reference.model, self.warm_start)
        else:
            settings = replace(self.config.policy, model=str(self.warm_start), lora_rank=None)
            with torch.random.fork_rng(devices=[]):
                reference = Policy.load(settings)
        return reference


def _whole(policy: Policy, store: TrajectoryStore, ids: Sequence[int]) -> TurnBatch[Tensor]:
    """Whole episodes as a policy sees them, with room for a state after their last utterance."""
    return as_seen(policy, store, store.gather(list(ids)), spare=1)
