"""A comparison from its configuration to its report."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from archer.compare.processes import Outcome, Runner, check_unchanged, settings_of
from archer.compare.settings import WARM_START, Comparison, PlannedRun, planned_runs
from archer.errors import ConfigError
from archer.report.bootstrap import REPLICATES
from archer.report.curves import AXES, draw_comparison
from archer.report.methods import comparison_tables, remarks
from archer.report.page import comparison_page
from archer.report.results import ratio_results, variant_results
from archer.report.runs import FinishedRun, read_run
from archer.report.summary import read_summary

RESULTS, PAGE = "results.json", "report.html"


def compare(
    comparison: Comparison, *, command: str, console: Console | None = None
) -> dict[str, Any]:
    """Carries out what is still to be done of a comparison, and reports on all of it.

    Writes ``results.json``, ``report.html`` and ``figures/`` into its folder, and shows the tables.
    Runs that fail are reported and left out; the others go on.

    Args:
        comparison: As `load_comparison` gives it.
        command: What a person types to do the same, for the report.
        console: Where progress and tables are shown.

    Returns:
        What ``results.json`` holds; ``missing`` of a variant names the seeds that failed.

    Raises:
        ConfigError: A run was begun by another configuration.
    """
    console = console or Console(highlight=False)
    runs = list(planned_runs(comparison))
    check_unchanged(runs)
    runner = Runner(comparison.jobs, lambda line: console.print(line, markup=False, soft_wrap=True))
    outcomes = runner.all(runs)
    results = collect_results(comparison, outcomes)
    folder = Path(comparison.out)
    _write(folder / RESULTS, json.dumps(results, indent=1, allow_nan=False) + "\n")
    _report(folder, comparison, outcomes, results, command, console)
    return results


def collect_results(comparison: Comparison, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All numbers of a comparison as JSON values.

    Everything but what is below ``speed`` depends on the runs alone, not on the clock.
    """
    done = {
        label: {o.run.seed: o.run for o in outcomes if o.run.label == label and not o.failure}
        for label in (WARM_START, *comparison.variants)
    }
    finished: dict[str, dict[int, FinishedRun]] = {
        label: {seed: read_run(run.folder) for seed, run in done[label].items()}
        for label in comparison.variants
    }
    methods = {outcome.run.label: outcome.run.config.method for outcome in outcomes}
    variants: dict[str, Any] = {}
    for label, runs in finished.items():
        variants[label] = {"method": methods[label], **_seeds(comparison, list(runs))}
        if runs:
            variants[label] |= variant_results(runs, comparison.threshold)
        if comparison.threshold is not None and label != comparison.reference:
            reference = finished[comparison.reference]
            variants[label]["ratio"] = ratio_results(
                runs, reference, comparison.threshold, comparison.episodes
            )
    return {
        "env": outcomes[0].run.config.env.id,
        "seeds": comparison.seeds,
        "jobs": comparison.jobs,
        "episodes": comparison.episodes,
        "evaluate_every": comparison.evaluate_every,
        "threshold": comparison.threshold,
        "reference": comparison.reference,
        "replicates": REPLICATES,
        "optimal": _optimum(list(done[WARM_START].values())),
        "warm_start": _seeds(comparison, list(done[WARM_START])),
        "variants": variants,
    }


def _seeds(comparison: Comparison, done: Sequence[int]) -> dict[str, list[int]]:
    missing = [seed for seed in comparison.seeds if seed not in done]
    return {"seeds": list(done), "missing": missing}


def _optimum(warm_starts: Sequence[PlannedRun]) -> float | None:
    """Of the task's scripted optimum, where it has one: the mean return over the warm starts."""
    summaries = [read_summary(run.folder) for run in warm_starts]
    returns = [summary["optimal"]["mean_return"] for summary in summaries if "optimal" in summary]
    return statistics.fmean(returns) if returns else None


def _settings(run: PlannedRun) -> Path:
    """The configuration that a run goes by: its folder's, once it has begun."""
    own = run.folder / "config.yaml"
    return own if own.is_file() else settings_of(run)


def _report(
    folder: Path,
    comparison: Comparison,
    outcomes: Sequence[Outcome],
    results: dict[str, Any],
    command: str,
    console: Console,
) -> None:
    for table in comparison_tables(results):
        console.print(table.for_terminal())
    for line in remarks(results):
        console.print(line, style="yellow", markup=False)
    figures = {}
    for against in AXES:
        try:
            png = draw_comparison(results, against)
        except ConfigError as error:
            console.print(f"no figures: {error}", markup=False)
            break
        (folder / "figures").mkdir(exist_ok=True)
        (folder / "figures" / f"{against}.png").write_bytes(png)
        figures[f"Return against {against}"] = png
    settings = {
        str(outcome.run): file.read_text(encoding="utf-8")
        for outcome in outcomes
        if outcome.run.seed == comparison.seeds[0] and (file := _settings(outcome.run)).is_file()
    }
    failures = {str(outcome.run): outcome.failure for outcome in outcomes if outcome.failure}
    _write(folder / PAGE, comparison_page(results, figures, settings, command, failures))
    console.print(f"numbers: {folder / RESULTS}\nreport: {folder / PAGE}", markup=False)


def _write(path: Path, text: str) -> None:
    """Whole, or not at all."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
