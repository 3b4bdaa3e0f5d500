"""A task of one's own, from the class to a trained policy.

The agent finds a number from 1 to 20; it hears "higher" or "lower". The class is all that a task
needs. The rest plays demonstrations into a store, clones them and improves on them by ArCHer:

    python examples/guess_number.py
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tyro

from archer import Policy, TextEnv, TrajectoryStore, collect_scripted, load_config, vectorize
from archer.train import train

NUMBERS = 20
CONFIG = Path(__file__).with_suffix(".yaml")
OUT = Path("runs/guess_number")


class GuessNumber(TextEnv):
    """Minus one a turn until the number is said."""

    max_turns = 10

    def reset(self, rng: np.random.Generator) -> str:
        """Hides a number."""
        self.number = int(rng.integers(1, NUMBERS + 1))
        return f"A number from 1 to {NUMBERS}:\n"

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Answers a guess with the observation, the reward, and whether the task is done."""
        if not utterance.strip().isdecimal():
            return "a number, please", -1.0, False
        guess = int(utterance)
        if guess == self.number:
            return "yes", 0.0, True
        return "higher" if guess < self.number else "lower", -1.0, False


class Guesser:
    """A demonstrator: any number that is still possible, which is far from the best."""

    def begin(self, indices: Sequence[int]) -> None:
        """Forgets the episodes that these environments played before."""
        for index in indices:
            self.state[index] = (1, NUMBERS, 0)

    def act(self, indices: Sequence[int], observations: Sequence[str]) -> list[str]:
        """One guess for each environment, from what it has just said."""
        guesses = []
        for index, heard in zip(indices, observations, strict=True):
            low, high, guess = self.state[index]
            low, high = {"higher": (guess + 1, high), "lower": (low, guess - 1)}.get(
                heard, (low, high)
            )
            guess = self.rng.randint(low, high)
            self.state[index] = (low, high, guess)
            guesses.append(str(guess))
        return guesses

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.state: dict[int, tuple[int, int, int]] = {}


def main(config: Path = CONFIG, out: Path = OUT) -> None:
    """Makes the demonstrations, then trains as the configuration says."""
    settings = load_config(
        config, {"run.out": str(out / "run"), "bc.store": str(out / "demonstrations")}
    )
    policy = Policy.load(settings.policy)
    env = vectorize(GuessNumber, num_envs=50, seed=1)
    with TrajectoryStore(out / "demonstrations") as store:
        for episode in collect_scripted(Guesser(seed=1), env, 1000, policy):
            store.append(episode.trajectory)
    train(settings)


if __name__ == "__main__":
    tyro.cli(main)
