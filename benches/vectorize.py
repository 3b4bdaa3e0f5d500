"""Steps a second of tasks in Python, by backend: `python benches/vectorize.py`.

A step is one utterance in one environment. One task waits, as one that asks a server does; the
other one computes in Python, which holds the GIL.
"""

from __future__ import annotations

import os
import time

import numpy as np

from archer import TextEnv, vectorize

NUM_ENVS = 16
SECONDS = 3.0


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


def rate(task: type[TextEnv], backend: str, num_workers: int | None) -> float:
    """Steps a second: the best of five rounds, since others may use the machine too."""
    envs = vectorize(task, NUM_ENVS, backend=backend, num_workers=num_workers)
    said = ["hm"] * NUM_ENVS
    envs.reset()
    envs.step(said)
    rounds = []
    for _ in range(5):
        calls, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < SECONDS / 5:
            envs.step(said)
            calls += 1
        rounds.append(calls * NUM_ENVS / elapsed)
    envs.close()
    return max(rounds)


def main() -> None:
    """Prints the table."""
    cores = os.cpu_count() or 1
    backends = [("sync", None), ("thread", 2), ("thread", NUM_ENVS)]
    backends += [("process", 1), ("process", cores), ("process", NUM_ENVS)]
    tasks = (Waiting, Computing, Trivial)
    print(f"{NUM_ENVS} environments, {cores} cores; steps a second")
    print(f"{'backend':<20}" + "".join(f"{task.__name__.lower():>12}" for task in tasks))
    for backend, workers in backends:
        name = backend if workers is None else f"{backend}, {workers}"
        rates = "".join(f"{rate(task, backend, workers):>12,.0f}" for task in tasks)
        print(f"{name:<20}{rates}", flush=True)


if __name__ == "__main__":
    main()
