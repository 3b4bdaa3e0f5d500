"""Hyper-parameters: the dataclasses of a run, and YAML files that hold them."""

from archer.config.archer import ArcherConfig
from archer.config.load import (
    check_config,
    config_from_dict,
    dump_config,
    load_config,
    nearest,
    read_yaml,
    section_from_dict,
    used_sections,
)
from archer.config.offline import ArcherOfflineConfig, ChaiConfig, FilteredBCConfig, ILQLConfig
from archer.config.on_policy import (
    EpochsConfig,
    GiGPOConfig,
    GRPOConfig,
    PPOConfig,
    ReinforceConfig,
    RLOOConfig,
    TurnPPOConfig,
)
from archer.config.sections import (
    BCConfig,
    Config,
    CriticConfig,
    EnvConfig,
    EvalConfig,
    MethodName,
    PolicyConfig,
    RunConfig,
)
from archer.config.steps import ActorConfig, CriticStepConfig, OnlineConfig

__all__ = [
    "ActorConfig",
    "ArcherConfig",
    "ArcherOfflineConfig",
    "BCConfig",
    "ChaiConfig",
    "Config",
    "CriticConfig",
    "CriticStepConfig",
    "EnvConfig",
    "EpochsConfig",
    "EvalConfig",
    "FilteredBCConfig",
    "GRPOConfig",
    "GiGPOConfig",
    "ILQLConfig",
    "MethodName",
    "OnlineConfig",
    "PPOConfig",
    "PolicyConfig",
    "RLOOConfig",
    "ReinforceConfig",
    "RunConfig",
    "TurnPPOConfig",
    "check_config",
    "config_from_dict",
    "dump_config",
    "load_config",
    "nearest",
    "read_yaml",
    "section_from_dict",
    "used_sections",
]
