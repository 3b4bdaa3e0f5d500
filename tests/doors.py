"""A task of three turns with one late reward, and whoever plays it at random."""

import numpy as np
import torch

from archer import TextEnv, vectorize
from archer.algorithms.bc import BehaviourCloning
from archer.config import BCConfig, PolicyConfig
from archer.evaluate import evaluate
from archer.policy import Policy
from archer.rollout import collect_scripted
from archer.store import TrajectoryStore

TURNS = 3


class Doors(TextEnv):
    """Each door is passed by saying "yes"; only at the end is that rewarded, with their share."""

    max_turns = TURNS

    def reset(self, rng):
        self.turn = self.passed = 0
        return "one"

    def step(self, utterance):
        self.turn += 1
        self.passed += utterance == "yes"
        over = self.turn == TURNS
        return ("two", "three", "end")[self.turn - 1], self.passed / TURNS if over else 0.0, over


class Guess:
    """Says "yes" or "no", each with probability one half: its mean return is one half."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def begin(self, indices):
        pass

    def act(self, indices, observations):
        return [("yes", "no")[n] for n in self.rng.integers(2, size=len(indices))]


def guesses(policy, episodes=128, path=None):
    """A store of demonstrations at random."""
    store = TrajectoryStore(path)
    played = collect_scripted(Guess(), vectorize(Doors, 16, 0), episodes, policy)
    store.extend([episode.trajectory for episode in played])
    return store


def cloned(steps=120):
    """A policy that guesses, and the demonstrations that it has learned that from."""
    torch.manual_seed(0)
    policy = Policy.load(PolicyConfig(device="cpu", max_new_tokens=4))
    store = guesses(policy)
    learner = BehaviourCloning(policy, store, BCConfig(steps=steps, batch_size=16), seed=0)
    for _ in range(steps):
        learner.update()
    return policy, store


def success(policy):
    """Its mean return; at most 1."""
    return evaluate(policy, vectorize(Doors, 64, 1), 64, seed=1).mean_return
