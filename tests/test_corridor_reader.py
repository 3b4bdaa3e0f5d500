"""The stand-in that slow tests on the corridor train is asked as models are: quick, so that they do
not break unseen."""

import torch

from archer.algorithms import respoken as respoken_module
from corridor_reader import said_after
from corridor_world import BASIC, World


def test_critic_and_policy_learn_by_it(monkeypatch):
    monkeypatch.setattr(respoken_module, "said_after", said_after)
    world = World(1)
    method = world.method("archer", world.stored, sample_unit="trajectory", **BASIC)
    method.replay.extend(list(range(len(world.stored))))
    method.critic.start(world.batch)
    heads = [weights.detach().clone() for weights in method.critic.critic.parameters()]
    logits = method.policy.model.logits.detach().clone()
    method.update_critic()
    method.update_actor(world.batch)
    assert not torch.equal(method.policy.model.logits, logits)
    changed = zip(method.critic.critic.parameters(), heads, strict=True)
    assert any(not torch.equal(now, before) for now, before in changed)
