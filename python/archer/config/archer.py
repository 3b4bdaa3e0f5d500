"""Settings of ArCHer.

The defaults are those of the paper (arXiv 2402.19446) and of its released configuration for Twenty
Questions; the smaller runs in ``examples/`` change what they need to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archer.config.ranges import Count, Fraction, Natural, NonNegative, Positive, PositiveFinite
from archer.config.steps import ActorConfig, CriticStepConfig, OnlineConfig


@dataclass
class ArcherConfig(ActorConfig, CriticStepConfig, OnlineConfig):
    """ArCHer: an utterance-level critic from replay, a token-level actor inside each utterance."""

    replay_capacity: Count = 100_000
    """Turns."""
    priority_alpha: Fraction = 0.0
    """Exponent of the priorities |δ|^α; 0 samples uniformly."""
    priority_half_life: PositiveFinite | None = None
    """Iterations that trained the policy after which a turn is half as likely to be drawn; null for
    no decay. Importance weights leave this preference for fresh turns as it is."""
    priority_beta: Fraction = 0.4
    """Exponent of the importance weights, which correct for ``priority_alpha`` alone."""
    sample_unit: Literal["turn", "trajectory"] = "turn"
    """What ``critic_batch_size`` counts."""

    target: Literal["one_step", "retrace", "vtrace"] = "one_step"
    """What Q and V move toward: ``r + γ V(s')`` and Q (the paper); or sums over several turns of
    stored episodes, corrected for the policy's change by each utterance's ratio, cut at 1: for Q by
    Retrace(λ), for V by V-trace. With "vtrace", Q is learned only if ``advantage`` reads it."""
    trace_lambda: Fraction = 0.9
    """λ of ``target: retrace`` and ``vtrace``."""
    critic_updates: Natural = 50
    """Critic updates an iteration."""
    critic_batch_size: Count = 256
    """Turns (or trajectories, see ``sample_unit``) an update."""
    value_target: Literal["fresh", "stored"] = "fresh"
    """V moves toward target-Q of an utterance sampled from the current policy (the paper), or of
    the stored one by expectile regression. ``target: vtrace`` is always "stored"."""
    expectile: Fraction = 0.5
    """Of ``value_target: stored``; 0.5 is the mean."""
    truncation_is_terminal: bool = False
    """Whether a truncated episode counts as terminated, as in the paper's released code."""
    critic_from: str | None = None
    """Folder of the policy of a run of archer or archer_offline, whose critic is trained on; null
    for a new one, whose heads start at the mean return of the first episodes."""
    critic_pretraining_updates: Natural = 0
    """Critic updates on demonstrations before the first iteration's. They do not enter the replay.
    Their utterances count as the policy's own: nobody knows their log-probabilities."""
    actor_pretraining_updates: Natural = 0
    """Policy updates on demonstrations after the critic's: advantage-weighted regression on
    ``actor_batch_size`` episodes each, with weights exp(A), at most 20, A normalized."""
    critic_only_iterations: Natural = 20
    """The first iterations leave the actor as it is."""
    critic_only_updates: Natural = 50
    """Critic updates in each of these."""

    advantage: Literal["q_minus_v", "td", "gae", "doubly_robust"] = "q_minus_v"
    """min Q - min V (the paper); r + γ V(s') - V(s); its λ-weighted sum over later turns; or its
    mixture with an episode's success (DigiRL, where success alone is rewarded)."""
    gae_lambda: Fraction = 0.8
    """λ of ``advantage: gae`` and ``doubly_robust``."""
    normalize_advantage: bool = False
    """Whether advantages are brought to mean 0 and standard deviation 1 in each batch."""

    actor_data: Literal["fresh_utterances", "fresh_trajectories", "replayed_trajectories"] = (
        "fresh_utterances"
    )
    """New utterances for contexts from the replay (the paper), this iteration's episodes, or some
    of the newest, whoever of the recent policies played them."""
    actor_epochs: Natural = 3
    """Actor updates an iteration."""
    actor_batch_size: Count = 256
    """Turns of one update with ``actor_data: fresh_utterances``, episodes with
    ``replayed_trajectories``; with ``fresh_trajectories`` it takes all."""
    recent_episodes: Count = 512
    """The newest episodes, which ``actor_data: replayed_trajectories`` draws from."""
    loss: Literal["reinforce", "clipped"] = "reinforce"
    """Policy gradient (the paper), or with the ratio to the behaviour policy clipped."""
    clip: Positive = 0.2
    """Half-width of the clipped ratio's interval around 1."""
    token_baseline: bool = False
    """Whether a learned token-level value is subtracted from the advantage (a variant of the
    paper)."""
    baseline_learning_rate: NonNegative = 2e-5
