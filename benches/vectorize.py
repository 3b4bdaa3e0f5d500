"""Steps a second of tasks in Python, by backend: `python benches/vectorize.py`.

A step is one utterance in one environment. One task waits, as one that asks a server does; the
other one computes in Python, which holds the GIL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np

from archer import TextEnv, vectorize

NUM_ENVS = 16
ROUNDS = 10
SECONDS = 0.5


class Waiting(TextEnv):
    """Answers after 5 ms, in which nothing is computed."""

    max_turns = 1 << 40

    def reset(self, rng: np.random.Generator) -> str:
        """Says nothing."""
        return ""

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Repeats the utterance, late."""
        time.sleep(0.005)
        return utterance, 0.0, False


class Computing(Waiting):
    """Answers after about 2 ms of arithmetic in Python."""

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Says a number."""
        return str(sum(i * i % 7 for i in range(25_000))), 0.0, False


class Trivial(Waiting):
    """Answers at once."""

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Repeats the utterance."""
        return utterance, 0.0, False


def rates(task: type[TextEnv], backends: Sequence[tuple[str, int | None]]) -> list[float]:
    """Steps a second of each: the best of rounds in turns, since others may be at work too."""
    said = ["hm"] * NUM_ENVS
    best = [0.0] * len(backends)
    several = [
        vectorize(task, NUM_ENVS, backend=backend, num_workers=workers)
        for backend, workers in backends
    ]
    for envs in several:
        envs.reset()
        envs.step(said)
    for _ in range(ROUNDS):
        for which, envs in enumerate(several):
            calls, start = 0, time.perf_counter()
            while (elapsed := time.perf_counter() - start) < SECONDS:
                envs.step(said)
                calls += 1
            best[which] = max(best[which], calls * NUM_ENVS / elapsed)
    for envs in several:
        envs.close()
    return best


def main() -> None:
    """Prints the table."""
    cores = os.cpu_count() or 1
    backends = [("sync", None), ("thread", 2), ("thread", NUM_ENVS)]
    backends += [("process", 1), ("process", 2), ("process", NUM_ENVS)]
    tasks = (Waiting, Computing, Trivial)
    print(f"{NUM_ENVS} environments, {cores} cores; steps a second")
    print(f"{'backend':<16}" + "".join(f"{task.__name__.lower():>12}" for task in tasks))
    columns = [rates(task, backends) for task in tasks]
    for (backend, workers), *row in zip(backends, *columns, strict=True):
        name = backend if workers is None else f"{backend}, {workers}"
        print(f"{name:<16}" + "".join(f"{value:>12,.0f}" for value in row))


if __name__ == "__main__":
    main()
