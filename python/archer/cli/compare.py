"""`archer compare`."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import tyro

from archer.compare import compare, load_comparison
from archer.errors import ConfigError


def main(arguments: list[str]) -> int:
    """Parses and runs; 1 where a run has failed."""
    return tyro.cli(_compare, args=arguments, prog="archer compare")


def _compare(
    config: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="CONFIG.yaml")],
    /,
    *,
    out: Path | None = None,
    jobs: int | None = None,
) -> int:
    """Trains variants of one configuration on the same seeds, and reports on them.

    For each seed the demonstrations and the behaviour cloning are done once; every variant begins
    from that warm start, has the same budget of episodes and is evaluated after the same numbers of
    them. It ends with tables, two figures, report.html and results.json in the folder of the
    comparison. What is done is skipped and what was interrupted is resumed: after a crash, give the
    same command again. docs/compare.md describes the configuration.

    Args:
        config: What is compared: seeds, episodes, evaluate_every, threshold, reference, base,
            variants.
        out: Folder of the comparison; wins over the configuration's.
        jobs: Runs side by side, each one process with one thread; wins over the configuration's.
    """
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs is {jobs}; expected at least 1")
    comparison = load_comparison(config, out=None if out is None else str(out), jobs=jobs)
    command = ["archer", "compare", str(config), "--out", comparison.out]
    with _terminable():
        results = compare(
            comparison, command=shlex.join([*command, "--jobs", str(comparison.jobs)])
        )
    missing = [seed for variant in results["variants"].values() for seed in variant["missing"]]
    return 1 if missing else 0


@contextmanager
def _terminable() -> Iterator[None]:
    """Lets SIGTERM be what Ctrl-C is, so that the runs do not outlive the command."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
