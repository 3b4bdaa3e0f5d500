"""Settings of the methods that learn from the episodes of the current policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from archer.config.ranges import Count, Fraction, NonNegative, Positive, Range
from archer.config.steps import ActorConfig, CriticStepConfig, OnlineConfig

GroupSize = Annotated[int, Range(2)]


@dataclass
class EpochsConfig(ActorConfig):
    """Several steps on the same episodes, with the ratio to the policy that played them clipped."""

    actor_epochs: Count = 4
    """Passes of the policy over each iteration's episodes."""
    minibatches: Count = 1
    """Steps of a pass, each on its share of the episodes, which are dealt at random."""
    clip: Positive = 0.2
    """Half-width of the interval around 1 that a ratio is held in."""


@dataclass
class TurnPPOConfig(EpochsConfig, CriticStepConfig, OnlineConfig):
    """Proximal policy optimization whose action is an utterance."""

    polyak: Fraction = 1.0
    """τ: the share of the critic that enters its target network after an update. Advantages and
    targets are the target network's, which with 1 is the critic itself."""
    gae_lambda: Fraction = 0.95
    """λ of the advantages and of the critic's targets, per turn."""
    normalize_advantage: bool = True
    """Whether advantages are brought to mean 0 and standard deviation 1 in each iteration."""
    critic_epochs: Count = 4
    """Passes of the critic over each iteration's episodes, each in ``minibatches`` steps."""


@dataclass
class PPOConfig(EpochsConfig, OnlineConfig):
    """Proximal policy optimization whose action is a token."""

    discount: Fraction = 1.0
    """γ, per token."""
    gae_lambda: Fraction = 0.95
    """λ, per token."""
    normalize_advantage: bool = True
    """Whether advantages are brought to mean 0 and standard deviation 1 in each iteration."""
    value_learning_rate: NonNegative = 1e-3
    """Of the value head, which reads the policy's hidden states."""
    value_coefficient: NonNegative = 0.1
    """Weight of the value's error in what moves the policy's weights below the head."""


@dataclass
class ReinforceConfig(ActorConfig, OnlineConfig):
    """The policy gradient with the return that follows an utterance."""

    discount: Fraction = 1.0
    """γ, per turn."""
    baseline: Literal["batch", "none"] = "batch"
    """Whether the mean over all turns of the iteration is subtracted."""
    normalize_advantage: bool = True
    """Whether the advantage is divided by its standard deviation over the iteration's turns."""


@dataclass
class RLOOConfig(ActorConfig, OnlineConfig):
    """The policy gradient with a return, less the mean of the other episodes' of its group."""

    group_size: GroupSize = 4
    """Episodes that begin in the same state, and are each other's baseline."""
    returns: Literal["turn", "episode"] = "turn"
    """What follows an utterance, or what the whole episode gave, for each of its utterances."""
    discount: Fraction = 1.0
    """γ, per turn."""
    normalize_advantage: bool = True
    """Whether the advantage is divided by its standard deviation over the iteration's turns."""


@dataclass
class GRPOConfig(EpochsConfig, OnlineConfig):
    """Group-relative policy optimization over whole episodes."""

    group_size: GroupSize = 8
    """Episodes that begin in the same state."""
    normalize_advantage: bool = True
    """Whether the advantage is divided by the group's standard deviation."""


@dataclass
class GiGPOConfig(GRPOConfig):
    """Group-in-group policy optimization: groups of episodes, and of equal states within them."""

    discount: Fraction = 0.95
    """γ, per turn, of the return that follows a state."""
    step_weight: NonNegative = 1.0
    """ω: weight of the advantage among equal states."""
    state: Literal["history", "observation"] = "history"
    """What must be equal: all tokens up to the turn, or those of the last observation alone."""
