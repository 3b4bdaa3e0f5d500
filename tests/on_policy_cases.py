"""What the tests of the on-policy methods share: episodes made by hand, and a method on a store."""

from dataclasses import replace

import numpy as np
import torch

from archer.algorithms import METHODS
from archer.algorithms.method import Setup
from archer.config import Config, PolicyConfig
from archer.env import GroupedStarts, make_vec
from archer.policy import Policy
from archer.rollout import assemble, collect
from archer.store import TrajectoryStore

CLIPPED = ("turn_ppo", "ppo", "grpo", "gigpo")
ALL = (*CLIPPED, "reinforce", "rloo")


def policy(**settings):
    return Policy.load(PolicyConfig(device="cpu", max_new_tokens=6, **settings))


def method(name, actor, store, seed=0, **settings):
    """A method on the episodes of ``store``, without limits of gradients or memory."""
    torch.manual_seed(seed)
    config = Config(method=name)
    section = getattr(config, name)
    for key, value in settings.items():
        assert hasattr(section, key), key
        setattr(section, key, value)
    config.run.micro_batch_tokens = None
    return METHODS[name](Setup(actor, store, config, torch.Generator().manual_seed(seed)))


def episode(environment, rewards, *pieces, terminated=True):
    """The first episode of an environment, from the tokens of ``o_0, a_0, …, o_T``."""
    return assemble(
        pieces,
        rewards,
        [-1.0] * sum(len(piece) for piece in pieces[1::2]),
        terminated=terminated,
        truncated=not terminated,
        extra={"environment": environment, "episode": 0},
    )


def four_episodes():
    """Two groups of two, whose histories part at the first utterance, or at the second."""
    store = TrajectoryStore()
    store.extend(
        [
            episode(0, [0, 1], [5], [7], [6], [8], [9]),
            episode(1, [0, 3], [5], [7], [6], [9], [9]),
            episode(2, [0, 0], [5], [7], [6], [8], [9]),
            episode(3, [1, 1], [5], [8], [6], [8], [9]),
        ]
    )
    return store


def played(actor, episodes=8, num_envs=8, size=4, seed=0):
    """Episodes of the ten-word game with rewards at random, ``size`` from each start."""
    env = GroupedStarts(make_vec("twenty_questions_subset", num_envs, seed, max_turns=4), size)
    generator = torch.Generator().manual_seed(seed)
    store = TrajectoryStore()
    rewards = np.random.default_rng(seed)
    store.extend(
        [
            replace(e.trajectory, rewards=rewards.normal(size=e.trajectory.num_turns).astype("f4"))
            for e in collect(actor, env, episodes, generator)
        ]
    )
    return store


def fresh(store):
    return store.gather(list(range(len(store)))).to("cpu")


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])
