"""Which settings of ArCHer contradict each other."""

from __future__ import annotations

from archer.config import ArcherConfig
from archer.errors import ConfigError


def check_settings(config: ArcherConfig) -> None:
    """Refuses settings that contradict each other.

    Raises:
        ConfigError: names the two settings and what to change.
    """
    if config.actor_data == "fresh_utterances" and config.advantage != "q_minus_v":
        raise ConfigError(
            f"archer.advantage {config.advantage!r} needs the reward that followed an utterance, "
            "but with archer.actor_data 'fresh_utterances' none has; set actor_data to "
            "'fresh_trajectories' or advantage to 'q_minus_v'"
        )
    prioritized = config.priority_alpha or config.priority_half_life is not None
    if prioritized and config.sample_unit == "trajectory":
        raise ConfigError(
            f"archer.priority_alpha {config.priority_alpha} and priority_half_life "
            f"{config.priority_half_life} have no effect with archer.sample_unit "
            "'trajectory', which samples uniformly; set sample_unit to 'turn', or 0 and null"
        )
    if (
        config.loss == "reinforce"
        and config.actor_data == "fresh_trajectories"
        and config.actor_epochs > 1
    ):
        raise ConfigError(
            f"archer.actor_epochs {config.actor_epochs} with loss 'reinforce' would reuse episodes "
            "that the updated policy did not sample; set actor_epochs to 1 or loss to 'clipped'"
        )
