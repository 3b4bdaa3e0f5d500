"""What all methods have in common: their parts, one iteration, what a checkpoint keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from archer.algorithms.seen import as_seen
from archer.config import Config
from archer.critic import CriticValues
from archer.optimizers import AdamW
from archer.policy import Policy
from archer.replay import ReplayBuffer
from archer.sampler import Sampler, SamplerFactory
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from archer.types import TurnBatch

Info = dict[str, float]
"""Metrics by name."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a method is built from."""

    policy: Policy
    """Warm-started; trained in place."""
    store: TrajectoryStore
    """The episodes that the policy has played in training; the trainer appends to it."""
    config: Config
    """Of the whole run; a method reads its own section, ``critic`` and ``run``."""
    generator: torch.Generator
    """Random stream of everything that is sampled, on the policy's device."""
    demonstrations: TrajectoryStore | None = None
    """Episodes of somebody else."""
    held_out: Sequence[int] = ()
    """Ids of demonstrations that must not be learned from."""
    resumed: bool = False
    """Whether a checkpoint will be restored into the method, with all the weights that it trains:
    files that they first came from are not asked for again."""

    def gather(self, ids: Sequence[int], *, spare: int = 0) -> TurnBatch[Tensor]:
        """Whole episodes of ``store``, on the policy's device and as it saw them: `as_seen`."""
        return as_seen(self.policy, self.store, self.store.gather(list(ids)), spare=spare)


@dataclass
class Kept:
    """What of a learner goes into a checkpoint; each name is unique."""

    modules: dict[str, nn.Module] = field(default_factory=dict)
    copies: dict[str, nn.Module] = field(default_factory=dict)
    """Of modules without gradients of their own, by name: what they are copies of."""
    optimizers: dict[str, torch.optim.Optimizer] = field(default_factory=dict)
    generators: dict[str, torch.Generator] = field(default_factory=dict)
    replays: dict[str, ReplayBuffer] = field(default_factory=dict)

    def __or__(self, other: Kept) -> Kept:
        """Both."""
        return Kept(
            self.modules | other.modules,
            self.copies | other.copies,
            self.optimizers | other.optimizers,
            self.generators | other.generators,
            self.replays | other.replays,
        )


class Learner(ABC):
    """Something that trains a policy, and that a checkpoint can bring back."""

    policy: Policy
    counters: dict[str, int]
    """Whole numbers that a checkpoint keeps too."""

    @abstractmethod
    def kept(self) -> Kept:
        """What a checkpoint keeps."""

    @property
    def learned_turns(self) -> int:
        """Turns in the batches of all its optimizer steps so far, in this process."""
        optimizers = self.kept().optimizers.values()
        return sum(o.turns for o in optimizers if isinstance(o, AdamW))


class Method(Learner):
    """One way to improve a policy, an iteration at a time.

    A subclass is built from a `Setup`, and refuses settings that contradict each other in
    ``check``, before anything is loaded.
    """

    discounts_tokens: ClassVar[bool] = False
    """Whether its discount is one per token, and not per turn."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.policy = setup, setup.policy
        self.micro_batch_tokens = setup.config.run.micro_batch_tokens
        self.counters = {"version": 0}

    @classmethod
    def plays(cls, config: Config) -> bool:
        """Whether each iteration begins with new episodes by the policy, with these settings."""
        return True

    @classmethod
    def check(cls, config: Config) -> None:
        """Refuses settings that contradict each other.

        Raises:
            ConfigError: names the settings and what to change.
        """

    @classmethod
    def group_size(cls, config: Config) -> int:
        """How many training episodes begin in the same state, see `archer.env.GroupedStarts`."""
        return 1

    @classmethod
    def learns_from_demonstrations(cls, config: Config) -> bool:
        """Whether it wants demonstrations in its setup, with these settings."""
        return False

    @property
    def version(self) -> int:
        """How often the policy has been changed; recorded in the episodes that it plays."""
        return self.counters["version"]

    @property
    def follows_q(self) -> bool:
        """Whether Q says what is good: by Q - V as the advantage, or as what it acts by."""
        return False

    @property
    def sampler(self) -> SamplerFactory:
        """How the method acts now; by sampling from the policy unless it says otherwise.

        One that does also overrides ``save``, see `archer.algorithms.acting`.
        """
        return Sampler

    @abstractmethod
    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """One iteration's updates.

        Args:
            ids: of this iteration's new episodes in the setup's store; empty unless it ``plays``.
            iteration: from 0.
            watch: told what the seconds are spent on.
        """

    def critic_values(self, batch: TurnBatch[Tensor]) -> CriticValues | None:
        """What its critic says of whole episodes, for diagnosis; None without a critic.

        V before and Q after each utterance, NaN for what it has not learned.

        Args:
            batch: as `as_seen` gives it, with one position to spare.

        Must draw nothing from a random stream of the run.
        """
        return None

    def save(self, folder: Path) -> None:
        """Writes what is needed to act."""
        self.policy.save(folder)


def added(total: Info, share: Info) -> Info:
    """Sums by name."""
    return {key: total.get(key, 0.0) + value for key, value in share.items()}


def moments(advantage: Tensor, prefix: str = "") -> Info:
    """Mean and standard deviation (0 of a single one) of the advantages that a policy follows."""
    return {
        f"{prefix}advantage_mean": float(advantage.mean()),
        f"{prefix}advantage_std": float(advantage.std()) if len(advantage) > 1 else 0.0,
    }


def averaged(infos: Sequence[Info], prefix: str = "") -> Info:
    """Means by name, each name with ``prefix``; empty for none."""
    return {
        f"{prefix}{key}": sum(info[key] for info in infos) / len(infos)
        for key in (infos[0] if infos else ())
    }
