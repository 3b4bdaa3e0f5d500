"""Behaviour cloning: the likelihood of demonstrated utterances (and the paper's warm start)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from archer import losses
from archer.algorithms.method import Info, Kept, Learner, Setup
from archer.algorithms.seen import as_seen
from archer.batching import micro_batches
from archer.config import BCConfig
from archer.errors import ConfigError
from archer.optimizers import adamw, clip_gradients, count_turns
from archer.policy import Policy
from archer.store import TrajectoryStore
from archer.types import TurnBatch
from archer.writing import written_otherwise


class BehaviourCloning(Learner):
    """Trains a policy on the utterances of a store's episodes."""

    def __init__(
        self,
        policy: Policy,
        store: TrajectoryStore,
        config: BCConfig,
        seed: int,
        micro_batch_tokens: int | None = None,
        held_out: Sequence[int] = (),
    ) -> None:
        """Prepares the optimizer.

        Args:
            policy: trained in place.
            store: demonstrations, written as the policy writes.
            config: batch size in episodes, learning rate and so on.
            seed: of the order of the batches.
            micro_batch_tokens: tokens of one forward pass, see `archer.batching`.
            held_out: ids of episodes that are left alone.

        Raises:
            ConfigError: an empty store, or one that another tokenizer or template wrote.
        """
        check_demonstrations(store, policy)
        self.policy, self.store, self.config = policy, store, config
        self.shown = np.array(shown(store, held_out), dtype=np.int64)
        self.micro_batch_tokens = micro_batch_tokens
        parameters = [p for p in policy.parameters() if p.requires_grad]
        self.optimizer = adamw(parameters, config.learning_rate, config.weight_decay)
        self.generator = torch.Generator().manual_seed(seed)
        self.counters = {"step": 0}

    def update(self) -> Info:
        """One step on a batch drawn with replacement; returns its loss and gradient norm."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * self._schedule()
        size = (self.config.batch_size,)
        drawn = torch.randint(len(self.shown), size, generator=self.generator)
        batch = as_seen(self.policy, self.store, self.store.gather(self.shown[drawn.numpy()]))
        info = cloning_step(
            self.policy,
            self.optimizer,
            batch,
            self.config.max_grad_norm,
            "bc.learning_rate",
            self.micro_batch_tokens,
        )
        self.counters["step"] += 1
        return info

    @property
    def step(self) -> int:
        """Updates so far."""
        return self.counters["step"]

    def kept(self) -> Kept:
        """As `Learner.kept`."""
        return Kept(
            {"policy": self.policy},
            optimizers={"policy": self.optimizer},
            generators={"batches": self.generator},
        )

    def _schedule(self) -> float:
        """Rises linearly to 1 over the warm-up, then falls linearly to 0 at the last step."""
        warmup, steps = self.config.warmup_steps, self.config.steps
        rise = (self.step + 1) / (warmup + 1)
        fall = (steps - self.step) / max(steps - warmup, 1)
        return max(min(rise, fall, 1.0), 0.0)


def demonstrations_of(setup: Setup) -> TrajectoryStore:
    """The demonstrations that a method is to learn from.

    Raises:
        ConfigError: there are none, or another tokenizer or template wrote them.
    """
    if setup.demonstrations is None:
        raise ConfigError(
            f"{setup.config.method} learns from demonstrations, and has been given none; give its "
            "Setup a store of them"
        )
    check_demonstrations(setup.demonstrations, setup.policy)
    return setup.demonstrations


def shown(store: TrajectoryStore, held_out: Sequence[int]) -> list[int]:
    """Ids of the demonstrations that are learned from: all but those that are held out."""
    apart = set(held_out)
    return [number for number in range(store.first_id, len(store)) if number not in apart]


def cloning_step(
    policy: Policy,
    optimizer: torch.optim.Optimizer,
    batch: TurnBatch[Tensor],
    max_grad_norm: float,
    setting: str,
    micro_batch_tokens: int | None = None,
) -> Info:
    """One step toward the utterances of ``batch``, with the model's dropout.

    Args:
        policy: trained in place.
        optimizer: of its parameters.
        batch: whole episodes.
        max_grad_norm: what the gradient's norm is cut at.
        setting: the learning rate, for messages.
        micro_batch_tokens: tokens of one forward pass, see `archer.batching`.

    Returns:
        The loss, a mean over tokens, and the gradient's norm.

    Raises:
        DivergenceError: the gradient is not finite; no weight has changed.
    """
    total_tokens = int((batch.turn_of_token >= 0).sum())
    policy.train()
    optimizer.zero_grad()
    total = 0.0
    for piece in micro_batches(batch, micro_batch_tokens):
        part = piece.batch
        logprob, _ = policy(part.tokens, part.lengths, part.turn_of_token >= 0)
        share = int((part.turn_of_token >= 0).sum()) / total_tokens
        loss = losses.cloning(logprob, part.turn_of_token) * share
        loss.backward()
        total += loss.item()
    norm = clip_gradients(policy.parameters(), max_grad_norm, setting)
    optimizer.step()
    count_turns(optimizer, batch.num_turns)
    policy.eval()
    return {"loss": total, "grad_norm": norm}


def check_demonstrations(store: TrajectoryStore, policy: Policy) -> None:
    """Refuses demonstrations that ``policy`` cannot learn from.

    Raises:
        ConfigError: an empty store, or one that another tokenizer or template wrote.
    """
    if len(store) == 0:
        raise ConfigError("there are no demonstrations to learn from: the store is empty")
    # All of them: a store may have been filled by several hands.
    for number, trajectory in zip(range(store.first_id, len(store)), store, strict=True):
        if other := written_otherwise(trajectory.extra.get("tokenizer"), policy.fingerprint):
            raise ConfigError(f"demonstration {number} was encoded by {other}")
