"""Settings of the methods that learn from the episodes of the current policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archer.config.ranges import Count, Fraction, Natural, NonNegative, Positive
from archer.config.steps import ActorConfig, CriticStepConfig, OnlineConfig


@dataclass
class TurnPPOConfig(ActorConfig, CriticStepConfig, OnlineConfig):
    """Proximal policy optimization whose action is an utterance."""

    critic_updates: Natural = 4
    """Passes of the critic over each iteration's episodes."""
    gae_lambda: Fraction = 0.95
    normalize_advantage: bool = True
    """Whether advantages are brought to mean 0 and standard deviation 1 in each iteration."""
    actor_epochs: Count = 4
    """Policy steps an iteration."""
    clip: Positive = 0.2
    """Half-width of the interval around 1 that an utterance's ratio is held in."""


@dataclass
class PPOConfig(ActorConfig, OnlineConfig):
    """Proximal policy optimization whose action is a token."""

    discount: Fraction = 1.0
    """Per token."""
    gae_lambda: Fraction = 0.95
    """Per token."""
    normalize_advantage: bool = True
    actor_epochs: Count = 4
    """Policy steps an iteration."""
    clip: Positive = 0.2
    value_learning_rate: NonNegative = 1e-3
    """Of the value head, which reads the policy's hidden states."""


@dataclass
class ReinforceConfig(ActorConfig, OnlineConfig):
    """The policy gradient with the return that follows an utterance."""

    discount: Fraction = 1.0
    """Per turn."""
    baseline: Literal["batch", "none"] = "batch"
    """Whether the mean over all turns of the iteration is subtracted."""
    normalize_advantage: bool = True


@dataclass
class RLOOConfig(ActorConfig, OnlineConfig):
    """The policy gradient with the return of an episode, less the mean of the others' return."""

    group_size: Count = 4
    """Episodes that begin in the same state, and are each other's baseline."""


@dataclass
class GRPOConfig(ActorConfig, OnlineConfig):
    """Group-relative policy optimization over whole episodes."""

    group_size: Count = 8
    """Episodes that begin in the same state."""
    normalize_advantage: bool = True
    """Whether the advantage is divided by the group's standard deviation."""
    actor_epochs: Count = 2
    """Policy steps an iteration."""
    clip: Positive = 0.2


@dataclass
class GiGPOConfig(GRPOConfig):
    """Group-in-group policy optimization: groups of episodes, and of equal states within them."""

    discount: Fraction = 0.95
    """Per turn, of the return that follows a state."""
    step_weight: NonNegative = 1.0
    """Of the advantage among equal states."""
