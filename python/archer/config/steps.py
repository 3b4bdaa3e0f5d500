"""Settings that several methods share."""

from __future__ import annotations

from dataclasses import dataclass

from archer.config.ranges import Count, Fraction, Natural, NonNegative, Positive


@dataclass
class OnlineConfig:
    """Rounds of new episodes and what is learned from them."""

    iterations: Natural = 2000
    """Rounds of collecting and updating."""
    episodes_per_iteration: Count = 128


@dataclass
class CriticStepConfig:
    """An utterance-level critic and its target network."""

    discount: Fraction = 0.95
    """γ, per turn."""
    polyak: Fraction = 0.1
    """τ: the share of the online networks that enters the target networks after an update."""
    critic_learning_rate: NonNegative = 2e-5
    critic_max_grad_norm: Positive = 1.0


@dataclass
class ActorConfig:
    """Steps of a policy."""

    policy_learning_rate: NonNegative = 1e-6
    policy_max_grad_norm: Positive = 1.0
    kl_coefficient: NonNegative = 0.0
    """Weight of the KL divergence to the warm-started policy; 0 leaves it out."""
