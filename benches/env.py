"""Steps a second of Twenty Questions through Gymnasium's interface: `python benches/env.py`.

A step is one utterance in one environment. Sampling, tokenizing and models are not in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

import archer
from archer.env import TextEnv

QUESTIONS = [
    "Is it alive?",
    "Is it a mammal?",
    "Does it have four legs?",
    "Can you eat it?",
    "Is it bigger than a microwave?",
    "Is it made of metal?",
    "What is it made of?",
    "Is it a helicopter?",
]


class Echo(TextEnv):
    """The smallest task in Python."""

    max_turns = 1 << 40

    def reset(self, rng: np.random.Generator) -> str:
        """Says nothing."""
        return ""

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Repeats the utterance."""
        return utterance, 0.0, False


def rate(call: Callable[[], object], items: int, seconds: float = 1.0) -> float:
    """Items a second: the best of five rounds, since others may use the machine too."""
    call()
    rounds = []
    for _ in range(5):
        calls, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds / 5:
            call()
            calls += 1
        rounds.append(calls * items / elapsed)
    return max(rounds)


def measure(num_envs: int) -> dict[str, float]:
    """The rates for one number of environments."""
    everyone = list(range(num_envs))
    native = archer.make_vec("twenty_questions", num_envs, max_turns=2**32 - 1)
    native.reset(options={"object": "dog"})
    python = archer.vectorize(Echo, num_envs)
    python.reset()
    trivial = ["hm"] * num_envs
    questions = (QUESTIONS * num_envs)[:num_envs]
    calls: dict[str, Callable[[], object]] = {
        "step, trivial utterance": lambda: native.step(trivial),
        "step, real questions": lambda: native.step(questions),
        "step, a task in Python": lambda: python.step(trivial),
        "snapshot and restore": lambda: native.restore(native.snapshot(everyone), everyone),
        "reset": native.reset,
    }
    return {what: rate(call, num_envs) for what, call in calls.items()}


def main() -> None:
    """Prints the table."""
    print(f"{'what':<34}{'environments':>13}{'a second':>12}")
    for num_envs in (1, 64, 1024):
        for what, a_second in measure(num_envs).items():
            print(f"{what:<34}{num_envs:>13}{a_second:>12,.0f}")


if __name__ == "__main__":
    main()
