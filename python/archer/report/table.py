"""Summaries as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from archer.report.intervals import mean_interval
from archer.report.summary import POLICIES, gap_closed, mean_summary, trained


def summary_table(summary: Mapping[str, Any]) -> Table:
    """One run: each policy's mean return, 95% interval, win rate, episodes and training time."""
    table = _table(f"{summary['env']}, seed {summary['seed']}", "Episodes")
    for name, label in POLICIES.items():
        if name not in summary:
            continue
        row = summary[name]
        table.add_row(
            label,
            f"{row['mean_return']:.2f}",
            _interval(row["ci95"]),
            _percent(row["win_rate"]),
            f"{row['episodes']:,}",
            _seconds(row.get("train_seconds")),
        )
    _caption(table, [summary], summary)
    return table


def seeds_table(summaries: Sequence[Mapping[str, Any]]) -> Table:
    """Several seeds of one setting: means over seeds, their 95% intervals by Student's t.

    Below it, shares of time and speeds are means too, and the peak of memory the largest.
    """
    mean = mean_summary(summaries)
    table = _table(f"{mean['env']}, mean over {len(summaries)} seeds", "Seeds")
    for name, label in POLICIES.items():
        if name not in mean:
            continue
        row = mean[name]
        table.add_row(
            label,
            f"{row['mean_return']:.2f}",
            _interval(row["ci95"]),
            _percent(row["win_rate"]),
            str(sum(name in summary for summary in summaries)),
            _seconds(row.get("train_seconds")),
        )
    _caption(table, summaries, mean)
    return table


def _table(title: str, count: str) -> Table:
    table = Table(title=title, title_style="bold", caption_justify="left")
    table.add_column("Policy")
    for heading in ("Mean return", "95% interval", "Win rate", count, "Training"):
        table.add_column(heading, justify="right")
    return table


def _caption(
    table: Table, summaries: Sequence[Mapping[str, Any]], whole: Mapping[str, Any]
) -> None:
    closed = [share for share in map(gap_closed, summaries) if share is not None]
    name = trained(summaries[0])
    lines = [cost] if (cost := _cost(whole)) else []
    if closed and name is not None:
        mean, _ = mean_interval(closed)
        lines.append(
            f"{POLICIES[name]} closed {mean:.0%} of the gap from behaviour cloning to the optimum."
        )
    table.caption = "\n".join(lines) or None


def _cost(summary: Mapping[str, Any]) -> str:
    """Shares of the method's time, its speed, and peak memory."""
    spent = summary.get("spent") or {}
    total = math.fsum(spent.values())
    shares = [f"{name} {seconds / total:.0%}" for name, seconds in spent.items() if total]
    speed = summary.get("speed") or {}
    collection = [
        f"{speed[name]:,.1f} {label}/s"
        for name, label in (
            ("episodes_per_second", "episodes"),
            ("turns_per_second", "turns"),
            ("new_tokens_per_second", "new tokens"),
        )
        if name in speed
    ]
    learned = speed.get("learned_turns_per_second")
    learning = [] if learned is None else [f"{learned:,.1f} turns/s"]
    memory = [
        f"{label} {summary[name] / 2**20:,.0f} MiB"
        for name, label in (("peak_memory", "memory"), ("peak_gpu_memory", "GPU"))
        if summary.get(name)
    ]
    return "\n".join(
        f"{label}: {', '.join(parts)}"
        for label, parts in (
            ("Time", shares),
            ("Collection", collection),
            ("Learning", learning),
            ("Peak", memory),
        )
        if parts
    )


def _interval(bounds: Sequence[float | None]) -> str:
    low, high = bounds
    if low is None or high is None or math.isnan(low + high):
        return "–"
    return f"[{low:.2f}, {high:.2f}]"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.0f} s"
