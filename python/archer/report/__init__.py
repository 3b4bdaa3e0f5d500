"""What a run shows at its end: numbers, tables, figures and dialogues."""

from archer.report.dialogue import compare, dialogue
from archer.report.figure import Curve, curve_of, draw_returns
from archer.report.intervals import mean_interval
from archer.report.summary import (
    POLICIES,
    gap_closed,
    mean_summary,
    read_summary,
    summary_of,
    write_summary,
)
from archer.report.table import seeds_table, summary_table

__all__ = [
    "POLICIES",
    "Curve",
    "compare",
    "curve_of",
    "dialogue",
    "draw_returns",
    "gap_closed",
    "mean_interval",
    "mean_summary",
    "read_summary",
    "seeds_table",
    "summary_of",
    "summary_table",
    "write_summary",
]
