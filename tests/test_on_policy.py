"""The on-policy methods: whose advantage is what, what their steps do, and micro-batches."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import tensor

from archer.algorithms import check_method
from archer.algorithms.actor import Actor
from archer.batching import minibatches
from archer.config import Config, PPOConfig
from archer.critic import CriticValues
from archer.env import make_vec, scripted
from archer.errors import ConfigError
from archer.rollout import collect_scripted
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from on_policy_cases import ALL, CLIPPED, four_episodes, fresh, method, played, policy, weights

HALF = 0.5**0.5


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        # Returns .5 1, 1.5 3, 0 0, 1.5 1 with the mean 8.5 / 8.
        (
            "reinforce",
            {"discount": 0.5},
            [-0.5625, -0.0625, 0.4375, 1.9375, -1.0625, -1.0625, 0.4375, -0.0625],
        ),
        ("reinforce", {"discount": 0.5, "baseline": "none"}, [0.5, 1, 1.5, 3, 0, 0, 1.5, 1]),
        # The other of the group has the mean 3, 1; 1.5, 0.
        ("rloo", {"group_size": 2}, [-2, -2, 2, 2, -1.5, -1.5, 2, 1]),
        ("rloo", {"group_size": 2, "returns": "episode"}, [-2, -2, 2, 2, -2, -2, 2, 2]),
        ("grpo", {"group_size": 2}, [-1, -1, 1, 1, -1, -1, 1, 1]),
        # Equal are both first states of a group, and of the first group the second ones too.
        (
            "gigpo",
            {"group_size": 2, "discount": 0.5, "step_weight": 2.0},
            [-1 - 1, -1 - 2, 1 + 1, 1 + 2, -1 - 1.5, -1, 1 + 1.5, 1],
        ),
        # By the last observation, the second ones of the second group as well.
        (
            "gigpo",
            {"group_size": 2, "discount": 0.5, "step_weight": 2.0, "state": "observation"},
            [-1 - 1, -1 - 2, 1 + 1, 1 + 2, -1 - 1.5, -1 - 1, 1 + 1.5, 1 + 1],
        ),
    ],
)
def test_advantages_of_four_episodes(name, settings, expected):
    store = four_episodes()
    learner = method(name, policy(), store, normalize_advantage=False, **settings)
    torch.testing.assert_close(learner.advantages(fresh(store)), tensor(expected).float())


def test_normalized_groups_count_alike():
    store = four_episodes()
    for name in ("grpo", "gigpo"):
        learner = method(name, policy(), store, group_size=2)
        if name == "gigpo":
            learner.setup.config.gigpo.step_weight = 0.0
        expected = tensor([-HALF, -HALF, HALF, HALF, -HALF, -HALF, HALF, HALF])
        advantage = learner.advantages(fresh(store))
        torch.testing.assert_close(advantage, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("terminated", [True, False])
def test_turn_ppo_bootstraps_where_an_episode_was_cut_off(terminated, monkeypatch):
    store = four_episodes()
    batch = fresh(store)
    learner = method("turn_ppo", policy(), store, discount=0.5, gae_lambda=0.5)
    v = tensor([1.0, 2.0] * 4).expand(2, -1)
    values = CriticValues(v, v, tensor([2.0, 4.0] * 4).expand(2, -1))
    monkeypatch.setattr(learner.critic, "target_values", lambda _: values)
    batch.terminated[1] = terminated
    advantage, target = learner._estimates(batch)
    # The first episode: 1 + 4/2 - 2 = 1 or 1 - 2 = -1, and 0 + 2/2 - 1 = 0 before it.
    last = -1.0 if terminated else 1.0
    torch.testing.assert_close(advantage[:2], tensor([0.25 * last, last]))
    torch.testing.assert_close(target[:2], tensor([1 + 0.25 * last, 2 + last]))


def test_the_value_before_a_token_and_after_a_row():
    actor = policy()
    store = played(actor)
    batch = fresh(store)
    learner = method("ppo", actor, store)
    v, v_last = learner.actor.values(batch)
    _, hidden = actor(batch.tokens, batch.lengths)
    torch.testing.assert_close(v, learner.actor.value(hidden).detach(), atol=1e-5, rtol=1e-5)
    for row in (0, int(batch.lengths.argmax())):
        end = int(batch.lengths[row])
        longer = torch.cat([batch.tokens[row, :end], tensor([3])])[None]
        _, hidden = actor(longer, tensor([end + 1]))
        after = learner.actor.value(hidden)[0, end].detach()
        torch.testing.assert_close(v_last[row], after, atol=1e-5, rtol=1e-5)


def test_values_of_ppo_learn_the_returns_of_fixed_episodes():
    actor = policy()
    store = played(actor, 16)
    batch = fresh(store)
    batch.terminated[:] |= batch.truncated
    learner = method("ppo", actor, store, gae_lambda=1.0, value_learning_rate=1e-2)
    learner.actor.config.policy_learning_rate = 0.0
    learner._start_values(batch)
    action = batch.turn_of_token >= 0
    per_token = torch.zeros_like(batch.logprobs)
    errors = []
    for _ in range(60):
        _, target = learner.estimates(batch)
        v, _ = learner.actor.values(batch)
        errors.append(float((v - target)[action].square().mean()))
        learner.actor.step_toward(batch, per_token, target)
    assert errors[-1] < 0.3 * errors[0]


@pytest.mark.parametrize("coefficient", [0.0, 0.5])
def test_the_values_error_moves_the_policy_by_its_coefficient(coefficient):
    actor = policy()
    store = played(actor)
    batch = fresh(store)
    learner = method("ppo", actor, store, value_coefficient=coefficient)
    before = weights(actor), weights(learner.actor.value)
    learner.actor.step_toward(
        batch, torch.zeros_like(batch.logprobs), torch.ones_like(batch.logprobs)
    )
    assert torch.equal(weights(actor), before[0]) == (coefficient == 0.0)
    assert not torch.equal(weights(learner.actor.value), before[1])


@pytest.mark.parametrize("name", ALL)
def test_an_iteration_moves_the_policy_and_counts_a_version(name):
    actor = policy()
    store = played(actor)
    settings = {"group_size": 4} if hasattr(getattr(Config(), name), "group_size") else {}
    if name in CLIPPED:
        settings |= {"minibatches": 2, "actor_epochs": 2}
    learner = method(name, actor, store, policy_learning_rate=1e-3, kl_coefficient=0.1, **settings)
    before = weights(actor)
    info = learner.learn(list(range(8)), 0, Stopwatch())
    assert not torch.equal(weights(actor), before)
    assert learner.version == 1
    assert all(np.isfinite(value) for value in info.values())
    assert info["actor_kl"] >= 0


@pytest.mark.parametrize("name", ALL)
def test_micro_batches_give_the_same_steps(name):
    ends, clipped = [], []
    for tokens in (None, 150):
        actor = policy()
        store = played(actor)
        if name in CLIPPED:
            moved_on(actor)
        settings = {"group_size": 4} if hasattr(getattr(Config(), name), "group_size") else {}
        if name in CLIPPED:
            settings["actor_epochs"] = 1  # as with plain descent below, one step shows its gradient
        learner = method(name, actor, store, policy_max_grad_norm=1e9, **settings)
        learner.micro_batch_tokens = learner.actor.micro_batch_tokens = tokens
        learner.actor.optimizer = torch.optim.SGD(learner.actor.parameters, lr=0.1)
        networks = [actor]
        if name == "turn_ppo":
            learner.config.critic_epochs, learner.config.critic_max_grad_norm = 1, 1e9
            learner.critic.micro_batch_tokens = tokens
            critic = learner.critic.critic
            learner.critic.optimizer = torch.optim.SGD(critic.parameters(), lr=1e-3)
            networks.append(critic)
        clipped.append(learner.learn(list(range(8)), 0, Stopwatch()).get("actor_clip_fraction"))
        ends.append(torch.cat([weights(network) for network in networks]))
    torch.testing.assert_close(ends[1], ends[0], atol=1e-4, rtol=1e-4)
    if name in CLIPPED:
        assert 0.1 < clipped[0] < 0.9
        assert clipped[1] == pytest.approx(clipped[0], abs=1e-6)


def test_the_clip_fraction_is_of_all_tokens_whatever_the_pieces():
    actor = policy()
    env = make_vec("twenty_questions_subset", 8, seed=0)
    script = scripted("twenty_questions_subset", "noisy", seed=0)
    store = TrajectoryStore()
    store.extend([e.trajectory for e in collect_scripted(script, env, 8, actor)])
    batch = fresh(store)
    with torch.no_grad():
        logprob, _ = actor(batch.tokens, batch.lengths)
    batch = replace(batch, logprobs=torch.where(batch.turn_of_token >= 0, logprob, 0.0))
    moved_on(actor)
    fractions = []
    for tokens in (None, 150):
        config = PPOConfig(policy_learning_rate=0.0)
        learner = Actor(actor, config, "ppo", loss="clipped", micro_batch_tokens=tokens)
        fractions.append(learner.step(batch, torch.ones_like(batch.logprobs))["clip_fraction"])
    assert 0.1 < fractions[0] < 0.9
    assert fractions[1] == pytest.approx(fractions[0], abs=1e-6)


def moved_on(actor):
    """Gives it other weights than those that its episodes were played with."""
    torch.manual_seed(1)
    with torch.no_grad():
        for p in actor.parameters():
            p.add_(0.03 * torch.randn_like(p))


def test_minibatches_deal_every_row_once(generator):
    batch = fresh(played(policy()))
    pieces = list(minibatches(batch, 3, generator))
    assert sorted(torch.cat([piece.rows for piece in pieces]).tolist()) == list(range(8))
    assert sorted(torch.cat([piece.turns for piece in pieces]).tolist()) == list(
        range(batch.num_turns)
    )
    for piece in pieces:
        assert (piece.batch.row.diff() >= 0).all()
        torch.testing.assert_close(piece.batch.reward, batch.reward[piece.turns])
    assert len(list(minibatches(batch, 99, generator))) == 8


def test_a_discount_that_would_do_nothing_is_refused():
    config = Config(method="rloo")
    config.rloo.returns, config.rloo.discount = "episode", 0.9
    with pytest.raises(
        ConfigError, match=r"rloo\.discount 0\.9 has no effect .* set discount to 1"
    ):
        check_method(config)


@pytest.mark.parametrize("name", ["rloo", "grpo", "gigpo"])
@pytest.mark.parametrize("key", ["env.num_envs", "episodes_per_iteration"])
def test_an_iteration_of_broken_groups_is_refused(name, key):
    config = Config(method=name)
    section = getattr(config, name)
    check_method(config)
    if key == "env.num_envs":
        config.env.num_envs = 3 * section.group_size // 2
    else:
        section.episodes_per_iteration = section.group_size + 1
    with pytest.raises(ConfigError, match=rf"{key} is .* set .*{key} to a multiple"):
        check_method(config)
