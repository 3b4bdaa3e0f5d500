"""Configurations from YAML and back, with an error that names the key where something is wrong."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

import yaml

from archer.config.convert import Mismatch, convert
from archer.config.sections import Config, MethodName
from archer.errors import ConfigError

Section = TypeVar("Section")


def load_config(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Config:
    """Reads a YAML file over the defaults.

    Args:
        path: The file. Sections and keys that it leaves out keep their defaults.
        overrides: Values that win over the file's, by dotted key: ``{"run.seed": 3}``.

    Raises:
        ConfigError: The file is missing or no YAML, a key is unknown, or a value has the wrong type
            or lies outside its range.
    """
    data = read_yaml(path)
    for key, value in (overrides or {}).items():
        _override(data, key, value)
    return _build(Config, data, "", str(path))


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping that a YAML file holds; an empty file holds an empty one.

    Raises:
        ConfigError: The file is missing, no YAML, or holds something else.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"cannot read the configuration {path}: {reason}") from error
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds {_show(data)}; expected sections such as 'env:'")
    return data


def section_from_dict(section: type[Section], data: Mapping[str, Any], source: str) -> Section:
    """One dataclass of settings from a mapping, its own sections among them.

    Args:
        section: A dataclass whose fields all have defaults.
        data: What it leaves out keeps its default.
        source: Where ``data`` is from, for the message of an error.

    Raises:
        ConfigError: As `load_config`.
    """
    return _build(section, data, "", source)


def config_from_dict(data: Mapping[str, Any]) -> Config:
    """A configuration from nested mappings, as `dataclasses.asdict` makes them.

    Raises:
        ConfigError: As `load_config`.
    """
    return _build(Config, data, "", "the configuration")


def check_config(config: Config) -> Config:
    """Returns ``config`` when every value has its type and range.

    Raises:
        ConfigError: Naming the key, what was given and what was expected.
    """
    return config_from_dict(dataclasses.asdict(config))


def dump_config(config: Config, path: str | Path) -> None:
    """Writes ``config`` as YAML; `load_config` reads it back to an equal one.

    The sections of methods other than ``config.method`` are left out.
    """
    # Other than ASCII is escaped: written as it is, U+0085 would be read back as a space.
    text = yaml.dump(used_sections(config), Dumper=_Dumper, sort_keys=False)
    Path(path).write_text(text, encoding="utf-8")


def used_sections(config: Config) -> dict[str, Any]:
    """``config`` as nested mappings, without the sections of methods that it does not use."""
    unused = set(get_args(MethodName)) - {config.method, "bc"}
    return {key: value for key, value in dataclasses.asdict(config).items() if key not in unused}


def nearest(given: str, known: Iterable[str]) -> str:
    """The end of a message: the names closest to ``given``, or all of them."""
    known = list(known)
    close = difflib.get_close_matches(given, known, n=3, cutoff=0.6)
    names = ", ".join(repr(name) for name in close or known)
    return f"did you mean {names}?" if close else f"expected one of {names}"


class _Loader(yaml.SafeLoader):
    """SafeLoader that reads 1e-5 as a number, as YAML 1.2 does, and refuses a repeated key."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} is given twice", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes the texts that `_Loader` would read as numbers."""


for _side in (_Loader, _Dumper):
    _side.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)[eE][-+]?\d+$"),
        list("-+.0123456789"),
    )


def _override(data: dict[str, Any], dotted: str, value: Any) -> None:
    *sections, key = dotted.split(".")
    for section in sections:
        data = data.setdefault(section, {})
        if not isinstance(data, dict):
            raise ConfigError(f"cannot set {dotted!r}: {section!r} holds {_show(data)}")
    data[key] = value


def _build(section: type[Section], data: Any, prefix: str, source: str) -> Section:
    """One dataclass from one mapping; ``prefix`` is its dotted path, "" at the root."""
    if not isinstance(data, Mapping):
        raise ConfigError(f"{prefix} in {source} is {_show(data)}; expected a section of keys")
    hints = get_type_hints(section, include_extras=True)
    values = {}
    for key, value in data.items():
        dotted = f"{prefix}.{key}" if prefix else str(key)
        if key not in hints:
            raise ConfigError(f"unknown key {dotted!r} in {source}; {nearest(str(key), hints)}")
        if dataclasses.is_dataclass(hints[key]):
            values[key] = _build(cast(type[Any], hints[key]), value, dotted, source)
        else:
            values[key] = _check(hints[key], value, dotted, source)
    return section(**values)


def _check(hint: Any, value: Any, dotted: str, source: str) -> Any:
    try:
        return convert(hint, value)
    except Mismatch as mismatch:
        raise ConfigError(f"{dotted} in {source} is {_show(value)}; expected {mismatch}") from None


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
