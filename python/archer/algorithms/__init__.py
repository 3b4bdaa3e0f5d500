"""The methods, one readable file each."""

from __future__ import annotations

from archer.algorithms.archer import Archer
from archer.algorithms.chai import Chai
from archer.algorithms.ilql import ILQL
from archer.algorithms.method import Method
from archer.config import Config

METHODS: dict[str, type[Method]] = {
    "archer": Archer,
    "chai": Chai,
    "ilql": ILQL,
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
