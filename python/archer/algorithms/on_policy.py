"""What the methods share that learn from an iteration's own episodes and then forget them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.actor import Actor, Loss
from archer.algorithms.method import Info, Kept, Method, Setup, averaged, moments
from archer.batching import Piece, minibatches
from archer.config import ActorConfig, Config, EpochsConfig
from archer.episodes import episode_of, num_episodes
from archer.errors import ConfigError
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


class OnPolicy(Method):
    """A method with an actor by a section of settings, and without a memory of older episodes."""

    section: ClassVar[str]
    """Its settings' name in the configuration."""
    loss: ClassVar[Loss] = "clipped"

    def __init__(self, setup: Setup) -> None:
        """Builds the actor by the method's section.

        Raises:
            ConfigError: settings that contradict each other.
        """
        super().__init__(setup)
        self.check(setup.config)
        self.actor = self.build_actor()

    def build_actor(self) -> Actor:
        """The policy's optimizer step, by the method's settings."""
        config: ActorConfig = getattr(self.setup.config, self.section)
        return Actor(
            self.policy,
            config,
            self.section,
            loss=self.loss,
            clip=config.clip if isinstance(config, EpochsConfig) else 0.0,
            micro_batch_tokens=self.micro_batch_tokens,
        )

    def kept(self) -> Kept:
        """As `Learner.kept`."""
        return self.actor.kept()


class TurnLevel(OnPolicy):
    """Whole episodes of the current policy, an advantage for each turn, steps of the policy."""

    @abstractmethod
    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """The advantage of each turn of an iteration's whole episodes: (N,)."""

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """As `Method.learn`."""
        with watch("actor"):
            batch = self.setup.gather(ids)
            return self.improve(batch, self.advantages(batch))

    def improve(self, batch: TurnBatch[Tensor], advantage: Tensor) -> Info:
        """An iteration's steps of the policy, with the advantage (N,) of each utterance."""
        per_token = losses.spread(advantage, batch.turn_of_token)
        infos = [
            self.actor.step(part.batch, part.tokens_of(per_token))
            for part in passes(batch, self.actor.config, self.setup.generator)
        ]
        self.counters["version"] += 1
        return averaged(infos, "actor_") | moments(advantage, "actor_")


class Grouped(TurnLevel):
    """A method that compares episodes that began in the same state, see `GroupedStarts`."""

    @classmethod
    def group_size(cls, config: Config) -> int:
        """As `Method.group_size`."""
        size: int = getattr(config, cls.section).group_size
        return size

    @classmethod
    def check(cls, config: Config) -> None:
        """As `Method.check`: an iteration must consist of whole groups."""
        size = cls.group_size(config)
        counts = {
            "env.num_envs": config.env.num_envs,
            f"{cls.section}.episodes_per_iteration": getattr(
                config, cls.section
            ).episodes_per_iteration,
        }
        for name, count in counts.items():
            if count % size:
                raise ConfigError(
                    f"{name} is {count}, which {cls.section}.group_size {size} does not divide; "
                    f"set {name} to a multiple of {size}, or group_size to a divisor of it"
                )

    def groups(self, batch: TurnBatch[Tensor]) -> Tensor:
        """(E,) int64: which episodes began in the same state, numbered from 0."""
        size = self.group_size(self.setup.config)
        numbers: dict[tuple[int, int], int] = {}
        group = []
        for extra in (self.setup.store[number].extra for number in episode_ids(batch)):
            start = (extra["environment"] // size, extra["episode"])
            group.append(numbers.setdefault(start, len(numbers)))
        return torch.tensor(group, device=batch.row.device)


def passes(
    batch: TurnBatch[Tensor], config: ActorConfig, generator: torch.Generator
) -> Iterator[Piece]:
    """What each policy step of an iteration learns from: its episodes once, or in some passes."""
    if not isinstance(config, EpochsConfig):
        yield from minibatches(batch, 1, generator)
        return
    for _ in range(config.actor_epochs):
        yield from minibatches(batch, config.minibatches, generator)


def turn_returns(batch: TurnBatch[Tensor], discount: float) -> Tensor:
    """(N,) discounted rewards from each turn on; nothing is added where an episode was cut off."""
    return losses.turn_returns(batch.reward, losses.follows(batch.trajectory, batch.turn), discount)


def episode_ids(batch: TurnBatch[Tensor]) -> list[int]:
    """(E,) the id in the store of each episode."""
    ids = batch.trajectory.new_zeros(num_episodes(batch))
    numbers: list[int] = ids.index_put((episode_of(batch),), batch.trajectory).tolist()
    return numbers


def episode_returns(batch: TurnBatch[Tensor]) -> Tensor:
    """(E,) undiscounted sum of the rewards of each episode."""
    zeros = batch.reward.new_zeros(num_episodes(batch))
    return zeros.index_add(0, episode_of(batch), batch.reward)
