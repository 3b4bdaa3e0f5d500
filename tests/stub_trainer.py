"""Stands for `archer train` in tests of comparisons: writes what a run writes, learns nothing.

python stub_trainer.py CONFIG.yaml | --resume RUN

The name of the variant says how it behaves: "broken…" fails, as does the warm start of seed 7;
"slow…" stops half way until there is a file ``go`` in the folder of the comparison.
"""

import json
import os
import random
import shutil
import sys
import time
from pathlib import Path

import yaml


def main(config_file: Path, folder: Path, *, resumed: bool) -> None:
    config = yaml.safe_load(config_file.read_text())
    seed, label = config["run"]["seed"], folder.parent.name
    section = {"iterations": 0, "episodes_per_iteration": 1} | config[config["method"]]
    if not resumed:
        folder.mkdir(parents=True)
        shutil.copy(config_file, folder / "config.yaml")
    (folder / "pid").write_text(str(os.getpid()))
    if label.startswith("broken") or (seed == 7 and label == "warm_start"):
        print(*(f"line {number}" for number in range(20)), sep="\n")
        sys.exit("the stub is broken")
    lines = len((folder / "metrics.jsonl").read_text().splitlines()) if resumed else 0
    metrics, timings = (folder / f"{name}.jsonl" for name in ("metrics", "timings"))
    every = config["eval"]["every"] or 1
    for number, iteration in enumerate(range(0, section["iterations"] + 1, every)):
        if number < lines:
            continue
        if label.startswith("slow") and iteration >= section["iterations"] / 2:
            while not (folder.parents[2] / "go").exists():
                time.sleep(0.01)
        chance = random.Random(f"{label} {seed} {iteration}")
        returns = [-10 + 2 * number + chance.random() for _ in range(4)]
        line = {
            "phase": "evaluation", "iteration": iteration, "mean_return": sum(returns) / 4,
            "episodes": iteration * section["episodes_per_iteration"], "returns": returns,
        }  # fmt: skip
        with metrics.open("a") as file:
            print(json.dumps(line), file=file)
        spent = {"phase": "archer", "iteration": iteration, "collect": time.time() % 7, "critic": 2}
        with timings.open("a") as file:
            print(json.dumps(spent), file=file)
    summary = {"env": "game", "seed": seed, "optimal": {"mean_return": -3.0}, "peak_memory": 2**20}
    (folder / "summary.json").write_text(json.dumps(summary))
    print("resumed" if resumed else "trained", *sys.argv[1:])


if __name__ == "__main__":
    if sys.argv[1] == "--resume":
        run = Path(sys.argv[2])
        main(run / "config.yaml", run, resumed=True)
    else:
        given = Path(sys.argv[1])
        main(given, Path(yaml.safe_load(given.read_text())["run"]["out"]), resumed=False)
