"""A comparison as tables: rows of text that a terminal and a page show alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from archer.speed import SPEEDS

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of texts, the first column to the left and the others to the right."""

    title: str
    headings: list[str]
    rows: list[list[str]]
    note: str = ""

    def for_terminal(self) -> Table:
        """The same for rich."""
        title, note = escape(self.title), escape(self.note)
        table = Table(title=title, title_style="bold", caption=note, caption_justify="left")
        for number, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*map(escape, row))
        return table


def comparison_tables(results: Mapping[str, Any]) -> list[TextTable]:
    """The tables of ``results.json``: returns, efficiency where asked for, speed and cost."""
    budget = f"{results['env']}, {results['episodes']:,} episodes each"
    tables = [
        _returns(results, "final", f"Final return: {budget}"),
        _returns(results, "area", f"Mean return over training: {budget}"),
    ]
    if results["threshold"] is not None:
        tables.append(_efficiency(results))
    return [*tables, _speed(results), _cost(results)]


def remarks(results: Mapping[str, Any]) -> list[str]:
    """What a reader must know before believing the tables, each a sentence or two."""
    seeds = len(results["seeds"])
    lines = []
    if missing := missing_runs(results):
        lines.append(
            f"Incomplete: there is no result of {'; '.join(missing)}. Means are over fewer seeds "
            "there, as the column of seeds says, and ratios over the seeds that both have."
        )
    if seeds == 1:
        lines.append("One seed says nothing about how much training varies: no intervals.")
    elif seeds < 5:
        lines.append(
            f"With {seeds} seeds the intervals are unreliable: a bootstrap over {seeds} numbers "
            "hardly goes beyond the worst and the best of them, and so holds the true mean "
            f"roughly {1 - 0.5 ** (seeds - 1):.0%} of the time, not 95%."
        )
    return lines


def missing_runs(results: Mapping[str, Any]) -> list[str]:
    """The runs without a result, by name."""
    named = {"warm start": results["warm_start"], **results["variants"]}
    return [
        f"{label}, seed {seed}" for label, values in named.items() for seed in values["missing"]
    ]


def _returns(results: Mapping[str, Any], part: str, title: str) -> TextTable:
    rows = []
    for label, values in results["variants"].items():
        row = [label, values["method"], _seeds(values, results)]
        for name in ("mean", "iqm"):
            known = part in values
            row.append(f"{values[part][name]:.2f}" if known else NOTHING)
            row.append(_interval(values[part][f"{name}_ci95"]) if known else NOTHING)
        rows.append(row)
    return TextTable(
        title,
        ["Variant", "Method", "Seeds", "Mean", "95% interval", "IQM", "95% interval"],
        rows,
        "Stratified bootstrap over seeds, and over evaluation episodes within each.",
    )


def _efficiency(results: Mapping[str, Any]) -> TextTable:
    budget, reference = results["episodes"], results["reference"]
    seeds = [str(seed) for seed in results["seeds"]]
    rows = []
    for label, values in results["variants"].items():
        to = values.get("episodes_to_threshold") or {}
        row = [_episodes(to[seed], budget) if seed in to else NOTHING for seed in seeds]
        ratio = [NOTHING] * 2 if label == reference else _ratio(values["ratio"])
        rows.append([label, *row, *ratio])
    return TextTable(
        f"Environment episodes to a return of {results['threshold']:g}",
        ["Variant", *(f"Seed {n}" for n in seeds), f"Times those of {reference}", "95% interval"],
        rows,
        f"> {budget:,}: not within the budget. ≥ and ≤: a bound, as some runs never got there.",
    )


def _speed(results: Mapping[str, Any]) -> TextTable:
    side_by_side = f", {results['jobs']} side by side" if results["jobs"] > 1 else ""
    return TextTable(
        "Speed",
        ["Variant", "Episodes/s", "Turns/s", "New tokens/s", "Learned turns/s"],
        [
            [label, *(_number(values.get("speed", {}).get(name)) for name in SPEEDS)]
            for label, values in results["variants"].items()
        ],
        "The first three: of collection, over its seconds alone. Learned turns: those in the "
        "batches of all optimizer steps, once for each step, over the seconds of learning. Means "
        f"over seeds. One thread a run{side_by_side}.",
    )


def _cost(results: Mapping[str, Any]) -> TextTable:
    rows = []
    for label, values in results["variants"].items():
        speed = values.get("speed")
        if speed is None:
            rows.append([label, *[NOTHING] * 5])
            continue
        shares = (f"{name} {share:.0%}" for name, share in speed["share"].items())
        rows.append(
            [
                label,
                f"{speed['learning_seconds']:,.1f} s",
                f"{speed['training_seconds']:,.1f} s",
                ", ".join(shares) or NOTHING,
                _mebibytes(speed["peak_memory"]),
                _mebibytes(speed["peak_gpu_memory"]),
            ]
        )
    return TextTable(
        "Time and memory",
        ["Variant", "Learning", "Training", "Share", "Memory", "GPU memory"],
        rows,
        "Seconds without evaluation and warm start, means over seeds; of memory the largest.",
    )


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.1f}"


def _mebibytes(count: int | None) -> str:
    return NOTHING if count is None else f"{count / 2**20:,.0f} MiB"


def _seeds(values: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    done, planned = len(values["seeds"]), len(results["seeds"])
    return str(done) if done == planned else f"{done} of {planned}"


def _interval(bounds: Sequence[float | None]) -> str:
    low, high = bounds
    return NOTHING if low is None or high is None else f"[{low:.2f}, {high:.2f}]"


def _episodes(count: float | None, budget: int) -> str:
    return f"> {budget:,}" if count is None else f"{count:,.0f}"


def _ratio(ratio: Mapping[str, Any]) -> list[str]:
    """The estimate and its interval."""
    low, high = ratio["ci95"]
    bottom, top = ("∞" if end is None else f"{end:.2f}" for end in (low, high))
    interval = f"[{bottom}, {top}]" if len(ratio["seeds"]) > 1 else NOTHING
    if ratio["estimate"] is None:
        return [NOTHING, interval]
    sign = {"exact": "", "at least": "≥ ", "at most": "≤ "}[ratio["bound"]]
    return [f"{sign}{ratio['estimate']:.2f}", interval]
