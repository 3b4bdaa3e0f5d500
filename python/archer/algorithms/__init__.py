"""The methods, one readable file each, and the parts that they are composed of.

Parts: `method` says what a method is; `actor` and `utterance_critic` take the steps of a policy and
of a critic; `critic_targets`, `critic_file`, `respoken` (new utterances in stored contexts),
`demonstrated` and `on_policy` serve several methods; `best_of` and `steered` are ways to act, which
`acting` saves beside a policy. All other files are methods.
"""

from __future__ import annotations

from archer.algorithms.archer import Archer
from archer.algorithms.archer_offline import ArcherOffline
from archer.algorithms.chai import Chai
from archer.algorithms.filtered_bc import FilteredBC
from archer.algorithms.gigpo import GiGPO
from archer.algorithms.grpo import GRPO
from archer.algorithms.ilql import ILQL
from archer.algorithms.method import Method
from archer.algorithms.ppo import PPO
from archer.algorithms.reinforce import Reinforce
from archer.algorithms.rloo import RLOO
from archer.algorithms.turn_ppo import TurnPPO
from archer.config import Config
from archer.critic import check_shared_base
from archer.errors import ConfigError
from archer.models import resolve_dtype

METHODS: dict[str, type[Method]] = {
    "archer": Archer,
    "turn_ppo": TurnPPO,
    "ppo": PPO,
    "reinforce": Reinforce,
    "rloo": RLOO,
    "grpo": GRPO,
    "gigpo": GiGPO,
    "chai": Chai,
    "ilql": ILQL,
    "archer_offline": ArcherOffline,
    "filtered_bc": FilteredBC,
}
"""By ``config.method``; "bc" has none, since it ends with the warm start."""

USE_CRITIC = {"archer", "archer_offline", "chai", "turn_ppo"}
"""The methods that read the section ``critic``."""

TITLES = {
    "archer": "ArCHer",
    "archer_offline": "ArCHer, offline",
    "bc": "Behaviour cloning",
    "filtered_bc": "Filtered cloning",
    "chai": "CHAI",
    "turn_ppo": "Turn-level PPO",
    "ppo": "PPO",
    "reinforce": "REINFORCE",
    "rloo": "RLOO",
    "ilql": "ILQL",
    "grpo": "GRPO",
    "gigpo": "GiGPO",
}
"""What people call them."""


def check_method(config: Config) -> None:
    """Refuses settings of ``config.method`` that contradict each other.

    Raises:
        ConfigError: names the settings and what to change.
    """
    if config.run.compile and config.run.gradient_checkpointing:
        raise ConfigError(
            "run.compile and run.gradient_checkpointing exclude each other: compiled passes decide "
            "by themselves what they keep; set one of them to false"
        )
    method = METHODS.get(config.method)
    if method is None:
        return
    if method.plays(config) and config.env.id is None:
        offline = [name for name, other in METHODS.items() if not other.plays(Config())]
        raise ConfigError(
            f"method {config.method!r} plays episodes, but env.id is null; name an environment "
            f"(archer envs), or a method that needs none: {', '.join(['bc', *offline])}"
        )
    if config.method in USE_CRITIC and config.critic.model == "policy" and config.policy.lora_rank:
        check_shared_base(config.critic, resolve_dtype(config.policy.dtype))
    method.check(config)
