"""Every critic comes within a twentieth of the exact values of the corridor.

The error is the root mean square over the turns of held-out episodes, relative to the range of the
exact values. See docs/corridor.md, "What methods reach".
"""

import numpy as np
import pytest
import torch

from archer.algorithms import chai as chai_module
from archer.algorithms import respoken as respoken_module
from archer.algorithms.ilql import Tokens
from archer.critic import CriticValues
from archer.stopwatch import Stopwatch
from corridor_reader import said_after
from corridor_truth import best_of, by_token, expectile, mean
from corridor_world import BASIC, BEHAVIOUR, POLICY, World, train

pytestmark = pytest.mark.learning
SEED = 1
TWENTIETH = 0.05


@pytest.fixture(scope="module")
def world():
    return World(SEED)


@pytest.fixture(autouse=True)
def spoken(monkeypatch):
    """The policy says what its table tells."""
    for module in (respoken_module, chai_module):
        monkeypatch.setattr(module, "said_after", said_after)


def cut(seen):
    """The policy whose value is the fixed point of V-trace (arXiv 1802.01561, eq. 2)."""
    least = seen * np.minimum(POLICY / BEHAVIOUR, 1.0)
    return least / least.sum(1, keepdims=True)


STORED = {"value_target": "stored"}
ARCHER = {
    "fresh": ({}, lambda seen: mean(POLICY)),
    "stored": (STORED, mean),
    "expectile": (STORED | {"expectile": 0.8}, lambda seen: expectile(seen, 0.8)),
    "retrace": ({"target": "retrace"}, lambda seen: mean(POLICY)),
    "vtrace": (STORED | {"target": "vtrace"}, lambda seen: mean(cut(seen))),
}


@pytest.mark.parametrize("name", ARCHER)
def test_archer(world, name):
    settings, backup = ARCHER[name]
    method = world.method("archer", world.stored, sample_unit="trajectory", **BASIC | settings)
    method.replay.extend(list(range(len(world.stored))))
    method.critic.start(world.batch)
    train(method.update_critic, method.critic.optimizer)
    assert max(world.errors(backup(world.seen), method.critic_values(world.batch))) < TWENTIETH


@pytest.mark.parametrize("tau", [0.5, 0.8])
def test_archer_offline(world, tau):
    settings = BASIC | {"expectile": tau}
    method = world.method("archer_offline", world.own, world.stored, **settings)
    method.critic.start(world.batch)
    train(method.update_critic, method.critic.optimizer)
    found = world.errors(expectile(world.seen, tau), method.critic_values(world.batch))
    assert max(found) < TWENTIETH


def test_chai_without_its_conservative_term(world):
    settings = BASIC | {"conservative": 0.0, "proposals": 3, "critic_batch_size": 128}
    method = world.method("chai", world.own, world.stored, **settings)
    method.start()
    train(method.update, method.critic.optimizer)
    values = method.critic.values(world.batch)
    assert world.errors(best_of(POLICY, 3), values)[1] < TWENTIETH  # it has no V


@pytest.mark.parametrize("tau", [0.5, 0.7])
def test_ilql_without_its_conservative_term(world, tau):
    """Of the tokens' values those are compared that belong to utterances: the first V, the last Q.

    Expectiles of tokens are nested, from an utterance's end to its beginning.
    """
    settings = BASIC | {"conservative": 0.0, "expectile": tau, "batch_size": 8, "polyak": 0.5}
    del settings["critic_batch_size"]
    method = world.method("ilql", world.own, world.stored, **settings)
    method.start()
    train(method.update, method.optimizer, 2000)  # values travel a token at a time
    batch, tokens = world.batch, Tokens.of(world.batch)
    first = tokens.ends_turn.roll(1)
    with torch.no_grad():
        states = method.values(batch.tokens, batch.lengths)[tokens.row, tokens.column - 1]
        said = batch.tokens[tokens.row, tokens.column][tokens.ends_turn]
        q = method.values.q(states[tokens.ends_turn])
        q = q.gather(-1, said.expand(2, -1)[..., None])[..., 0]
        v = method.values.v(states[first]).expand(2, -1)
    backup = by_token(world.seen, world.places.spelling, tau)
    assert max(world.errors(backup, CriticValues(q, v, v))) < TWENTIETH


ON_POLICY = {
    "turn_ppo": {
        "critic_learning_rate": 3e-3,
        "critic_max_grad_norm": 100.0,
        "critic_epochs": 1,
    },
    "ppo": {"value_learning_rate": 3e-3, "policy_max_grad_norm": 100.0},
}


@pytest.mark.parametrize("name", ON_POLICY)
def test_on_policy(world, name):
    """Of a policy that stays as it is, from episodes of its own."""
    settings = {"policy_learning_rate": 0.0, "actor_epochs": 1, "minibatches": 4}
    settings |= ON_POLICY[name]
    method = world.method(name, world.own, **settings)
    numbers = iter(range(10**6))

    def update():
        n = next(numbers)
        ids = [(n * 64 + k) % len(world.own) for k in range(64)]
        method.learn(ids, n, Stopwatch())

    optimizer = method.actor.optimizer if name == "ppo" else method.critic.optimizer
    train(update, optimizer, 250)
    batch = world.own_batch
    if name == "turn_ppo":
        v, discount = method.critic.values(batch).v.mean(0), 0.95
    else:
        # Per token, so that 1 alone is the same for utterances of all lengths.
        v, discount = method.actor.values(batch)[0][batch.row, batch.context_end + 1], 1.0
    assert world.own_error(mean(world.own_seen), v, discount) < TWENTIETH
