"""What a comparison is made of, and the runs that follow from it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from archer.algorithms import METHODS, check_method
from archer.config import Config, PolicyConfig, nearest, read_yaml, section_from_dict
from archer.config.ranges import Count, Seed
from archer.errors import ConfigError
from archer.models import BUILT_IN

if TYPE_CHECKING:
    Sections: TypeAlias = dict[str, Any]
else:
    Sections = dict[str, object]

WARM_START = "warm_start"
"""The name under which the common warm starts lie beside the variants."""

_SET_BY_THE_COMPARISON = {
    "run.out": "each run has its own folder below 'out'",
    "run.seed": "set 'seeds'",
    "run.threads": "every process has one thread; set 'jobs'",
    "eval.every": "set 'evaluate_every', in episodes",
}
_THE_SAME_FOR_ALL = (
    *("env", "bc", "eval"),
    *(f"policy.{key}" for key in ("model", "temperature", "top_p", "max_new_tokens", "chat")),
)


@dataclass
class Comparison:
    """Variants of a base configuration, on the same seeds, from the same warm starts."""

    out: str = "runs/compare"
    """The folder of the comparison."""
    seeds: list[Seed] = field(default_factory=lambda: [0, 1, 2])
    """Each variant is run once a seed."""
    jobs: Count = 1
    """Runs side by side, each a process with one thread."""
    episodes: Count = 2048
    """Environment episodes that each run may collect."""
    evaluate_every: Count = 256
    """Environment episodes from one evaluation to the next."""
    threshold: float | None = None
    """A return; how many episodes each run needs to reach it is reported."""
    reference: str = "archer"
    """The variant that the others are compared with."""
    base: Sections = field(default_factory=dict)
    """What all have in common: sections as in the configuration of a run."""
    variants: dict[str, Sections] = field(default_factory=dict)
    """By label: ``method``, and what differs from the base, key by key."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a comparison."""

    label: str
    """Of its variant, or `WARM_START`."""
    seed: int
    config: Config

    @property
    def folder(self) -> Path:
        """The run folder."""
        return Path(self.config.run.out)

    def __str__(self) -> str:
        """As a person calls it."""
        return f"{self.label}, seed {self.seed}"


def load_comparison(
    path: str | Path, *, out: str | None = None, jobs: int | None = None
) -> Comparison:
    """Reads the configuration of a comparison, and checks it and all the runs that it describes.

    Args:
        path: A YAML file.
        out: Wins over the file's.
        jobs: Wins over the file's.

    Raises:
        ConfigError: A key is unknown or its value cannot be used, or the runs would not be
            comparable: with other tasks, warm starts, evaluations or numbers of episodes.
    """
    given = {"out": out, "jobs": jobs}
    data = read_yaml(path) | {key: value for key, value in given.items() if value is not None}
    if not data.keys() & {"base", "variants"} and data.keys() & {f.name for f in fields(Config)}:
        raise ConfigError(
            f"{path} is the configuration of one run (archer train {path}); a comparison has such "
            "sections below 'base', and what differs from them below 'variants'"
        )
    comparison = section_from_dict(Comparison, data, str(path))
    _check(comparison, str(path))
    for _ in planned_runs(comparison, str(path)):
        pass  # each is checked while it is planned
    return comparison


def planned_runs(comparison: Comparison, source: str = "the comparison") -> Iterator[PlannedRun]:
    """All runs: the warm starts, then the variants seed by seed.

    Raises:
        ConfigError: See `load_comparison`; ``source`` is where the comparison is from.
    """
    base = _base_of(comparison, source)
    for seed in comparison.seeds:
        yield PlannedRun(WARM_START, seed, _placed(base, comparison, WARM_START, seed))
    variants = {
        label: _variant_of(comparison, base, label, source) for label in comparison.variants
    }
    for seed in comparison.seeds:
        for label, config in variants.items():
            yield PlannedRun(label, seed, _warm_started(config, base, comparison, label, seed))


def _check(comparison: Comparison, source: str) -> None:
    labels = comparison.variants
    if not labels:
        raise ConfigError(f"variants in {source} is empty; expected at least one, by its label")
    for label in labels:
        if label == WARM_START or not re.fullmatch(r"\w[\w .+-]{0,63}", label, re.ASCII):
            raise ConfigError(
                f"the label {label!r} of variants in {source} cannot be the name of a folder; "
                f"expected letters, digits, spaces and '_.+-', and not {WARM_START!r}"
            )
    if comparison.reference not in labels:
        raise ConfigError(
            f"reference in {source} is {comparison.reference!r}, which is no label of variants; "
            f"{nearest(comparison.reference, labels)}"
        )
    if not comparison.seeds or len(set(comparison.seeds)) < len(comparison.seeds):
        raise ConfigError(
            f"seeds in {source} is {comparison.seeds}; expected at least one, and none twice"
        )
    if comparison.threshold is not None and not math.isfinite(comparison.threshold):
        raise ConfigError(
            f"threshold in {source} is {comparison.threshold}; expected a return, or null"
        )


def _base_of(comparison: Comparison, source: str) -> Config:
    """What the warm starts are run by: the base, without iterations."""
    where = f"base of {source}"
    _refuse(comparison.base, where)
    config = section_from_dict(Config, comparison.base, where)
    if config.eval.seed in comparison.seeds:
        raise ConfigError(
            f"seeds in {source} holds eval.seed ({config.eval.seed}), so that training would meet "
            "the episodes of the evaluation; choose different ones"
        )
    return replace(config, method="bc", eval=replace(config.eval, every=0))


def _variant_of(comparison: Comparison, base: Config, label: str, source: str) -> Config:
    """A variant's configuration, but for its seed, folder and warm start."""
    where = f"variant {label!r} of {source}"
    sections = comparison.variants[label]
    _refuse(sections, where)
    for key in _THE_SAME_FOR_ALL:
        if key in _keys(sections):
            raise ConfigError(
                f"{key} in {where} would differ from the other variants', which would not be a "
                "fair comparison; set it in base"
            )
    config = section_from_dict(Config, _merged(comparison.base, sections), where)
    _check_adapters(base.policy, sections, where)
    if config.method not in METHODS or not METHODS[config.method].plays(config):
        raise ConfigError(
            f"method in {where} is {config.method!r}, which plays no episodes, so that there is no "
            "number of them to compare; train it by itself (archer train), from the same warm start"
        )
    try:
        check_method(config)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    batch = getattr(config, config.method).episodes_per_iteration
    for key, value in [
        ("episodes", comparison.episodes),
        ("evaluate_every", comparison.evaluate_every),
    ]:
        if value % batch:
            raise ConfigError(
                f"{key} in {source} is {value}, which is no multiple of the {batch} of "
                f"{config.method}.episodes_per_iteration in {where}; change one of them"
            )
    section = replace(getattr(config, config.method), iterations=comparison.episodes // batch)
    every = replace(config.eval, every=comparison.evaluate_every // batch)
    return replace(config, eval=every, **{config.method: section})


def _placed(config: Config, comparison: Comparison, label: str, seed: int) -> Config:
    folder = Path(comparison.out) / "runs" / label / f"seed-{seed}"
    return replace(config, run=replace(config.run, out=str(folder), seed=seed, threads=1))


def _check_adapters(base: PolicyConfig, sections: Sections, where: str) -> None:
    """Refuses other adapters than those of the warm start, which every variant goes on with.

    Those on the built-in model are saved merged into it, so that a variant may have others.
    """
    changed = sorted(key for key in _keys(sections) if key.startswith("policy.lora_"))
    if changed and base.lora_rank is not None and base.model != BUILT_IN:
        raise ConfigError(
            f"{changed[0]} in {where} would have no effect: every variant trains the adapters that "
            "the warm start has cloned; set it in base"
        )


def _warm_started(
    config: Config, base: Config, comparison: Comparison, label: str, seed: int
) -> Config:
    """The policy, and the demonstrations for methods that learn from them, of the warm start."""
    warm = Path(_placed(base, comparison, WARM_START, seed).run.out)
    store = base.bc.store
    if store is None and base.bc.steps > 0:
        store = str(warm / "demonstrations")
    config = replace(
        config,
        policy=replace(config.policy, model=str(warm / "warm_start")),
        bc=replace(config.bc, steps=0, store=store),
    )
    return _placed(config, comparison, label, seed)


def _merged(base: Sections, override: Sections) -> Sections:
    """The base with the keys of ``override``, one by one, in each section."""
    both = dict(base)
    for name, value in override.items():
        section = base.get(name)
        if isinstance(section, Mapping) and isinstance(value, Mapping):
            both[name] = {**section, **value}
        else:
            both[name] = value
    return both


def _refuse(sections: Sections, where: str) -> None:
    """Refuses what the comparison itself sets."""
    for key in _keys(sections):
        reason = _SET_BY_THE_COMPARISON.get(key)
        if key.endswith(".iterations"):
            reason = "set 'episodes'; iterations follow from it"
        if reason:
            raise ConfigError(f"{key} in {where} is set by the comparison: {reason}")


def _keys(sections: Sections) -> set[str]:
    """Every section, and every key in it as "section.key"."""
    return set(sections) | {
        f"{name}.{key}"
        for name, section in sections.items()
        if isinstance(section, Mapping)
        for key in section
    }
