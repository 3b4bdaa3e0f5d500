"""Hyper-parameters: the dataclasses of a run, and YAML files that hold them."""

from archer.config.load import (
    check_config,
    config_from_dict,
    dump_config,
    load_config,
    nearest,
    read_yaml,
    section_from_dict,
)
from archer.config.sections import (
    ArcherConfig,
    BCConfig,
    Config,
    CriticConfig,
    EnvConfig,
    EvalConfig,
    PolicyConfig,
    RunConfig,
)

__all__ = [
    "ArcherConfig",
    "BCConfig",
    "Config",
    "CriticConfig",
    "EnvConfig",
    "EvalConfig",
    "PolicyConfig",
    "RunConfig",
    "check_config",
    "config_from_dict",
    "dump_config",
    "load_config",
    "nearest",
    "read_yaml",
    "section_from_dict",
]
