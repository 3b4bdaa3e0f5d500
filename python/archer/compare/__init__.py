"""`archer compare`: variants of a configuration, side by side on the same seeds and warm starts."""

from archer.compare.conclude import collect_results, compare
from archer.compare.processes import Outcome, Runner, check_unchanged
from archer.compare.settings import (
    WARM_START,
    Comparison,
    PlannedRun,
    load_comparison,
    planned_runs,
)

__all__ = [
    "WARM_START",
    "Comparison",
    "Outcome",
    "PlannedRun",
    "Runner",
    "check_unchanged",
    "collect_results",
    "compare",
    "load_comparison",
    "planned_runs",
]
