"""Policies of the methods that learn from a store come within a twentieth of the corridor's best.

What a policy's table says in each state is read off it, and its mean return is exact. The methods
that play their own episodes are in test_on_policy_learning.py.
"""

import numpy as np
import pytest
import torch

from archer.algorithms import chai as chai_module
from archer.algorithms import respoken as respoken_module
from archer.algorithms.bc import BehaviourCloning
from archer.config import BCConfig
from archer.stopwatch import Stopwatch
from corridor_reader import probabilities, reader, said_after
from corridor_truth import TABLE, chosen, habits, played_return
from corridor_world import BASIC, BEHAVIOUR, POLICY, World, train

pytestmark = pytest.mark.learning
SEED = 1
BEST = 0.95 * TABLE.optimal_return


@pytest.fixture(scope="module")
def world():
    return World(SEED)


@pytest.fixture(autouse=True)
def spoken(monkeypatch):
    """The policy says what its table tells."""
    for module in (respoken_module, chai_module):
        monkeypatch.setattr(module, "said_after", said_after)


def reached(world, logits):
    found = played_return(probabilities(world.places, logits.detach()))
    print(f"return {found:.3f} of {TABLE.optimal_return:.3f}")
    return found


def test_who_was_shown_is_far_from_it():
    assert played_return(BEHAVIOUR) < 0.55 * BEST
    assert played_return(POLICY) < 0.8 * BEST


def test_archer(world):
    """The paper's way, from replayed contexts alone."""
    method = world.method(
        "archer",
        world.stored,
        sample_unit="trajectory",
        policy_learning_rate=0.1,
        policy_max_grad_norm=100.0,
        **BASIC,
    )
    method.replay.extend(list(range(len(world.stored))))
    method.critic.start(world.batch)
    train(method.update_critic, method.critic.optimizer, 300)
    for _ in range(20):
        method.update_actor(world.batch)
    assert reached(world, method.policy.model.logits) > BEST


def test_archer_offline(world):
    method = world.method(
        "archer_offline",
        world.own,
        world.stored,
        inverse_temperature=30.0,
        policy_learning_rate=0.1,
        policy_max_grad_norm=100.0,
        **BASIC,
    )
    method.critic.start(world.batch)
    train(method.update_critic, method.critic.optimizer)
    train(method.update_actor, method.actor.optimizer, 100)
    assert reached(world, method.policy.model.logits) > BEST


def test_bc_comes_within_a_twentieth_of_what_it_was_shown(world):
    actor = reader(world.tokenizer, world.places, habits(1.0))
    settings = BCConfig(steps=150, batch_size=32, learning_rate=0.1, weight_decay=0.0)
    learner = BehaviourCloning(actor, world.own, settings, seed=0)
    for _ in range(150):
        learner.update()
    shown = played_return(world.own_seen)
    assert played_return(habits(1.0)) < 0.5 * shown
    assert reached(world, actor.model.logits) == pytest.approx(shown, rel=0.05)


def test_filtered_bc(world):
    settings = {"fraction": 0.05, "replay_episodes": 2000, "updates": 100}
    method = world.method("filtered_bc", world.stored, learning_rate=0.1, **settings)
    method.learn([], 0, Stopwatch())
    assert reached(world, method.policy.model.logits) > BEST


def test_chai_says_the_best_of_many(world):
    settings = BASIC | {"conservative": 0.0, "proposals": 3, "critic_batch_size": 128}
    method = world.method("chai", world.own, world.stored, **settings)
    method.start()
    train(method.update, method.critic.optimizer, 300)
    critic, places = method.critic.critic, world.places
    q = np.zeros(TABLE.rewards.shape)
    for state, command in np.ndindex(q.shape):
        place = torch.tensor([places.named["after", state, command]])
        with torch.no_grad():
            q[state, command] = critic.q_head(critic.trunk.vectors(place)).amin()
    found = played_return(chosen(POLICY, q, 20))
    print(f"return {found:.3f}")
    assert found > BEST


def test_ilql_is_steered(world):
    settings = BASIC | {"conservative": 0.0, "batch_size": 32}
    del settings["critic_batch_size"]
    method = world.method("ilql", world.own, world.stored, **settings)
    method.start()
    train(method.update, method.optimizer, 250)
    with torch.no_grad():
        q = method.target.q(method.target.trunk.vectors.weight).amin(0)
    assert reached(world, method.policy.model.logits + 30.0 * q) > BEST
