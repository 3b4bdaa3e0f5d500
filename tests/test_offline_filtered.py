"""Filtered cloning: which episodes it chooses, and that it learns from them."""

import copy
from dataclasses import replace

import pytest
import torch

from archer import vectorize
from archer.algorithms import check_method
from archer.algorithms.filtered_bc import FilteredBC
from archer.algorithms.method import Setup
from archer.config import Config, FilteredBCConfig
from archer.errors import ConfigError
from archer.rollout import collect
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from doors import Doors, cloned, success


@pytest.fixture(scope="module")
def start():
    """A policy that guesses, with its demonstrations."""
    return cloned()


def method_of(start, returns=(), **settings):
    """The method over a store whose episodes have these returns."""
    config = Config(method="filtered_bc", filtered_bc=FilteredBCConfig(**settings))
    config.run.micro_batch_tokens = None
    store, (policy, shown) = TrajectoryStore(), start
    for value in returns:
        rewards = shown[0].rewards * 0
        rewards[-1] = value
        store.append(replace(shown[0], rewards=rewards))
    generator = torch.Generator().manual_seed(0)
    return FilteredBC(Setup(copy.deepcopy(policy), store, config, generator))


def test_the_best_of_the_newest_are_chosen_and_of_equal_ones_the_newest(start):
    method = method_of(start, [9.0, 1.0, 3.0, 2.0, 3.0, 0.0], fraction=0.4, replay_episodes=5)
    best, threshold = method.best()
    assert best.tolist() == [4, 2]
    assert threshold == 3.0
    method.config.fraction = 0.01
    assert method.best()[0].tolist() == [4]
    method.config.replay_episodes = 100
    assert method.best()[0].tolist() == [0]


def test_micro_batches_give_the_same_step(start):
    moved = []
    for tokens in (None, 60):
        method = method_of(start, [1.0] * 4, updates=1, batch_size=8)
        method.micro_batch_tokens = tokens
        method.optimizer = torch.optim.SGD(method.policy.parameters(), lr=1.0)
        method.learn([], 0, Stopwatch())
        moved.append(torch.cat([p.detach().flatten() for p in method.policy.parameters()]))
    torch.testing.assert_close(*moved, atol=1e-5, rtol=1e-4)


def test_nothing_to_clone_is_refused():
    config = Config(method="filtered_bc", filtered_bc=FilteredBCConfig(fraction=0.0))
    with pytest.raises(ConfigError, match="leaves nothing to clone; set it above 0"):
        check_method(config)


@pytest.mark.learning
def test_it_learns_a_task_with_a_late_reward(start):
    method = method_of(start, fraction=0.2, replay_episodes=96, updates=8, learning_rate=1e-3)
    generator, env = torch.Generator().manual_seed(1), vectorize(Doors, 16, 5)
    for iteration in range(8):
        played = collect(method.policy, env, 32, generator, policy_version=method.version)
        ids = method.setup.store.extend([episode.trajectory for episode in played])
        info = method.learn(ids, iteration, Stopwatch())
    assert info["threshold"] == 1.0
    assert method.version == 8
    assert success(method.policy) > 0.85
