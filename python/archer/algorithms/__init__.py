"""The methods, one readable file each."""

from __future__ import annotations

from archer.algorithms.archer import Archer
from archer.algorithms.gigpo import GiGPO
from archer.algorithms.grpo import GRPO
from archer.algorithms.method import Method
from archer.algorithms.ppo import PPO
from archer.algorithms.reinforce import Reinforce
from archer.algorithms.rloo import RLOO
from archer.algorithms.turn_ppo import TurnPPO
from archer.config import Config

METHODS: dict[str, type[Method]] = {
    "archer": Archer,
    "turn_ppo": TurnPPO,
    "ppo": PPO,
    "reinforce": Reinforce,
    "rloo": RLOO,
    "grpo": GRPO,
    "gigpo": GiGPO,
}
"""By ``config.method``; "bc" has none, since it ends with the warm start."""

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
    if config.method in METHODS:
        METHODS[config.method].check(config)
