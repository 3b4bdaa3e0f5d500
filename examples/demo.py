"""The README's demo: ten-word Twenty Questions, one run a seed, and their mean.

python examples/demo.py --seeds 0 1 2 3 4
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import tyro
from rich.console import Console

from archer.config import load_config
from archer.report import curve_of, draw_returns, mean_summary, read_summary, seeds_table
from archer.runlog import read_metrics
from archer.train import train


@dataclass
class Demo:
    """Trains the built-in tiny policy by ArCHer on a CPU."""

    seeds: tuple[int, ...] = (0,)
    """One run each."""
    config: Path = Path(__file__).parent / "twenty_questions_subset.yaml"
    out: Path = Path("runs/demo")
    """What an earlier demo left there is replaced."""


def main(demo: Demo) -> None:
    """Runs the seeds one after another, and puts them together if there are several."""
    if any(demo.out.glob("config.yaml")) or any(demo.out.glob("seed-*/config.yaml")):
        shutil.rmtree(demo.out)  # an earlier demo; anything else is left for `train` to refuse
    single = len(demo.seeds) == 1
    folders = [demo.out if single else demo.out / f"seed-{seed}" for seed in demo.seeds]
    for seed, folder in zip(demo.seeds, folders, strict=True):
        train(load_config(demo.config, {"run.seed": seed, "run.out": str(folder)}))
    if single:
        return
    summaries = [read_summary(folder) for folder in folders]
    console = Console()
    console.print(seeds_table(summaries))
    mean = mean_summary(summaries)
    (demo.out / "summary.json").write_text(json.dumps(mean, indent=2) + "\n", encoding="utf-8")
    figure = draw_returns(
        [curve_of(read_metrics(folder)) for folder in folders],
        {name: mean[name]["mean_return"] for name in ("optimal", "demonstrations", "bc")},
        demo.out / "figures" / "returns.png",
        title=f"{mean['env']}, seeds {', '.join(map(str, demo.seeds))}",
    )
    console.print(f"figure: {figure}")


if __name__ == "__main__":
    main(tyro.cli(Demo))
