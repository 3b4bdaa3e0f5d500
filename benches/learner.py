"""The learner beside the plain way to do the same: `python benches/learner.py [PART ...]`.

Parts are the files `learner_PART.py` beside this one. Both sides of a row are measured in one run;
the table is printed, and written to `learner.json` with the rows of the parts measured before.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
import tyro
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("learner.json")
Part = Literal["rollout", "critic", "policy"]


@dataclass(frozen=True)
class Arguments:
    """archer's learner beside the plain way to do the same."""

    parts: tyro.conf.Positional[tuple[Part, ...]] = ("rollout", "critic", "policy")
    """What to measure."""
    threads: int = torch.get_num_threads()
    """CPU threads of torch."""
    device: str = "cpu"
    """Where the models are, for example "cuda"."""
    out: Path = RESULTS
    """Where to write the results."""
    models: list[Literal["1M", "10M"]] = field(default_factory=lambda: ["1M", "10M"])
    """Sizes of the models, without their embeddings."""


def main() -> None:
    """Measures, prints the table and writes the results."""
    arguments = tyro.cli(Arguments)
    torch.set_num_threads(arguments.threads)
    results = json.loads(arguments.out.read_text()) if arguments.out.is_file() else {}
    for part in arguments.parts:
        measure = importlib.import_module(f"benches.learner_{part}").measure
        rows = [
            row | {"ratio": round(row["archer"] / row["plain"], 3)}
            for model in arguments.models
            for row in measure(model, arguments.device)
        ]
        results[part] = {
            "device": arguments.device,
            "threads": arguments.threads,
            "cpus": os.cpu_count(),
            "torch": torch.__version__,
            "rows": rows,
        }
        arguments.out.write_text(json.dumps(results, indent=2) + "\n")
        Console().print(_table(part, rows))


def _table(part: str, rows: list[dict[str, Any]]) -> Table:
    """Rows have the keys what, model, unit, archer, plain and ratio."""
    table = Table("what", "model", "unit", "archer", "plain", "ratio", title=part)
    for row in rows:
        numbers = f"{row['archer']:,.0f}", f"{row['plain']:,.0f}"
        ratio = f"{row['ratio']:.1f}×"
        table.add_row(row["what"], row["model"], row["unit"], *numbers, ratio)
    return table


if __name__ == "__main__":
    sys.path.insert(0, str(RESULTS.parent.parent))  # so that `benches` is found from anywhere
    main()
