"""What settings of ArCHer mean together, and which contradict each other."""

from __future__ import annotations

from archer.config import ArcherConfig
from archer.errors import ConfigError


def check_settings(config: ArcherConfig) -> None:
    """Refuses settings that contradict each other.

    Raises:
        ConfigError: names the two settings and what to change.
    """
    _check_critic(config)
    _check_actor(config)


def learns_q(config: ArcherConfig) -> bool:
    """Whether Q has targets; with V-trace only where the advantage reads it."""
    return config.target != "vtrace" or config.advantage == "q_minus_v"


def _check_critic(config: ArcherConfig) -> None:
    prioritized = config.priority_alpha or config.priority_half_life is not None
    if prioritized and config.sample_unit == "trajectory":
        raise ConfigError(
            f"archer.priority_alpha {config.priority_alpha} and priority_half_life "
            f"{config.priority_half_life} have no effect with archer.sample_unit "
            "'trajectory', which samples uniformly; set sample_unit to 'turn', or 0 and null"
        )
    if config.target != "one_step" and config.sample_unit == "turn":
        raise ConfigError(
            f"archer.target {config.target!r} needs the turns that followed, but "
            "archer.sample_unit 'turn' draws single ones; set sample_unit to 'trajectory' or "
            "target to 'one_step'"
        )
    if config.value_target == "fresh" and config.target == "vtrace":
        raise ConfigError(
            "archer.target 'vtrace' learns V from stored utterances, so archer.value_target "
            "'fresh' has no effect; set value_target to 'stored' or target to 'retrace'"
        )
    if config.expectile != 0.5 and (config.value_target == "fresh" or config.target == "vtrace"):
        raise ConfigError(
            f"archer.expectile {config.expectile} is of value_target 'stored' with target "
            f"'one_step' or 'retrace', but they are {config.value_target!r} and "
            f"{config.target!r}; set expectile to 0.5 or change them"
        )


def _check_actor(config: ArcherConfig) -> None:
    _check_actor_pretraining(config)
    if config.actor_data == "fresh_utterances" and config.advantage != "q_minus_v":
        raise ConfigError(
            f"archer.advantage {config.advantage!r} needs the reward that followed an utterance, "
            "but with archer.actor_data 'fresh_utterances' none has; set actor_data to "
            "'fresh_trajectories' or advantage to 'q_minus_v'"
        )
    if config.actor_data == "fresh_utterances" and config.loss == "clipped":
        raise ConfigError(
            "archer.loss 'clipped' has no effect with archer.actor_data 'fresh_utterances': they "
            "are new at each step, so that every ratio is 1; set loss to 'reinforce' or actor_data "
            "to 'fresh_trajectories'"
        )
    if config.actor_data == "replayed_trajectories" and config.loss == "reinforce":
        raise ConfigError(
            "archer.loss 'reinforce' is for utterances of the current policy, but "
            "archer.actor_data 'replayed_trajectories' gives those of older ones; set loss to "
            "'clipped' or actor_data to 'fresh_trajectories'"
        )
    replayed = config.actor_data == "replayed_trajectories"
    if replayed and config.recent_episodes < config.actor_batch_size:
        raise ConfigError(
            f"archer.actor_batch_size is {config.actor_batch_size} episodes, but archer."
            f"recent_episodes lets an update draw from {config.recent_episodes}; set "
            "recent_episodes to at least as many"
        )
    fresh = config.actor_data == "fresh_trajectories"
    if config.loss == "reinforce" and fresh and config.actor_epochs > 1:
        raise ConfigError(
            f"archer.actor_epochs {config.actor_epochs} with loss 'reinforce' would reuse episodes "
            "that the updated policy did not sample; set actor_epochs to 1 or loss to 'clipped'"
        )


def _check_actor_pretraining(config: ArcherConfig) -> None:
    if config.actor_pretraining_updates == 0:
        return
    if config.critic_pretraining_updates == 0 and config.critic_from is None:
        raise ConfigError(
            f"archer.actor_pretraining_updates {config.actor_pretraining_updates} would follow a "
            "critic that has learned nothing; set archer.critic_pretraining_updates or critic_from"
        )
    if config.token_baseline:
        raise ConfigError(
            f"archer.actor_pretraining_updates {config.actor_pretraining_updates} regresses with "
            "weights, which archer.token_baseline would take for advantages; set one of them to 0 "
            "or false"
        )
    if config.kl_coefficient > 0.0:
        raise ConfigError(
            f"archer.actor_pretraining_updates {config.actor_pretraining_updates} says nothing new "
            f"to estimate the divergence of archer.kl_coefficient {config.kl_coefficient} from; "
            "set one of them to 0"
        )
