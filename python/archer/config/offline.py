"""Settings of the methods that learn from stored episodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archer.config.ranges import Count, Fraction, Natural, NonNegative, Positive
from archer.config.steps import ActorConfig, CriticStepConfig, OnlineConfig


@dataclass
class ArcherOfflineConfig(ActorConfig, CriticStepConfig):
    """ArCHer from a store of demonstrations, with no environment."""

    discount: Fraction = 0.99
    """γ, per turn."""
    polyak: Fraction = 0.05
    """τ: the share of the online networks that enters the target networks after an update."""
    iterations: Natural = 50
    """Rounds of critic and actor updates."""
    critic_updates: Natural = 50
    """Critic updates an iteration."""
    critic_batch_size: Count = 32
    """Episodes an update."""
    expectile: Fraction = 0.9
    """Of V's regression toward Q (IQL)."""
    actor_updates: Natural = 20
    """Actor updates an iteration."""
    actor_batch_size: Count = 32
    """Episodes an update; turns with ``actor: iql_kl``."""
    actor: Literal["awr", "iql_kl"] = "awr"
    """Regression on the demonstrated utterances, weighted by their advantage; or the policy
    gradient on new ones, whose distance to the warm start ``kl_coefficient`` holds."""
    inverse_temperature: Positive = 1.0
    """β of the weights exp(β A) of ``actor: awr``."""
    max_weight: Positive = 20.0
    """What a weight of ``actor: awr`` is cut at."""


@dataclass
class FilteredBCConfig(OnlineConfig):
    """Behaviour cloning on the best episodes so far, again and again."""

    fraction: Fraction = 0.1
    """Of the newest episodes, by return, that is cloned."""
    replay_episodes: Count = 1024
    """The newest episodes, which the best are chosen from."""
    updates: Natural = 20
    """Cloning updates an iteration."""
    batch_size: Count = 32
    """Episodes an update, drawn with replacement."""
    learning_rate: NonNegative = 3e-4
    max_grad_norm: Positive = 1.0


@dataclass
class ChaiConfig(CriticStepConfig):
    """CHAI: an offline critic that chooses among what the language model proposes."""

    iterations: Natural = 50
    """Rounds of critic updates."""
    critic_updates: Natural = 20
    """Critic updates an iteration."""
    critic_batch_size: Count = 32
    """Turns an update; each costs ``proposals`` new utterances in its context and as many in the
    next."""
    proposals: Count = 5
    """Utterances that the language model proposes in a context while the critic learns."""
    conservative: NonNegative = 0.1
    """Weight of the conservative term; 0 leaves the proposals' maximum alone (CHAI-prop)."""
    candidates: Count = 5
    """Utterances that the best is taken of at each turn when it acts."""
    episodes_per_iteration: Natural = 0
    """Episodes of its own before each round of updates, which turns are then drawn from too; 0
    needs no environment (the paper)."""


@dataclass
class ILQLConfig(CriticStepConfig):
    """Implicit language Q-learning: token-level Q and V that perturb the language model."""

    iterations: Natural = 50
    """Rounds of updates."""
    updates: Natural = 20
    """Updates an iteration."""
    batch_size: Count = 32
    """Episodes an update."""
    expectile: Fraction = 0.7
    """Of V's regression toward Q."""
    conservative: NonNegative = 0.1
    """Weight of the conservative term."""
    perturbation: NonNegative = 4.0
    """β: how much Q - V moves the logits at decoding."""
