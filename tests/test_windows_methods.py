"""Every method learns from episodes longer than the policy what it would learn turn by turn."""

import copy
import math

import pytest
import torch

from archer.algorithms import METHODS
from archer.algorithms.actor import Actor
from archer.algorithms.seen import as_seen
from archer.config import Config, config_from_dict
from archer.runlog import read_metrics
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from archer.train import train
from offline_cases import method as offline_method
from on_policy_cases import ALL, CLIPPED, method, weights
from windows_cases import context, every_turn, few_positions, last_context, played, rows_of, said

SMALL = {"critic_updates": 1, "critic_batch_size": 6}
SETTINGS = {
    "archer": {**SMALL, "critic_only_iterations": 0, "actor_batch_size": 4},
    "turn_ppo": {"minibatches": 2, "critic_epochs": 1},
    "ppo": {"minibatches": 2},
    "reinforce": {},
    "rloo": {"group_size": 2},
    "grpo": {"group_size": 2, "minibatches": 2},
    "gigpo": {"group_size": 2, "state": "observation"},
    "chai": {**SMALL, "proposals": 2, "candidates": 2, "episodes_per_iteration": 4},
    "ilql": {"updates": 1, "batch_size": 4},
    "archer_offline": {**SMALL, "actor_updates": 1, "actor_batch_size": 4},
    "filtered_bc": {"updates": 1, "batch_size": 4},
}
FRESH = {
    "actor_data": "fresh_trajectories",
    "loss": "clipped",
    "sample_unit": "trajectory",
    "target": "retrace",
    "value_target": "stored",
    "advantage": "gae",
}
OTHERS = {
    "archer": [FRESH, {**FRESH, "target": "vtrace", "actor_data": "replayed_trajectories"}],
    "archer_offline": [{"actor": "iql_kl", "kl_coefficient": 0.1}],
}
CASES = [
    pytest.param(name, SETTINGS[name] | more, id=f"{name}-{number}")
    for name in METHODS
    for number, more in enumerate([{}, *OTHERS.get(name, [])])
]


@pytest.fixture
def policy(model_folder):
    return few_positions(model_folder("gpt2"))


@pytest.fixture
def store(policy, generator):
    return played(policy, generator)


def gae(delta, decay):
    """Advantages from the errors of one episode."""
    total, advantages = 0.0, []
    for error in reversed(delta):
        total = error + decay * total
        advantages.append(total)
    return advantages[::-1]


def test_turn_ppo_sums_over_turns_in_different_rows(policy, store):
    learner = method("turn_ppo", policy, store, discount=0.9, gae_lambda=0.8)
    ids = range(len(store))
    advantage, target = learner._estimates(learner.setup.gather(ids))
    expected, values = [], []
    for trajectory in store:
        turns = range(trajectory.num_turns)
        states = [context(trajectory, t, policy.max_prompt) for t in turns]
        states.append(last_context(policy, trajectory))
        rows = rows_of(policy, states, [[1]] * len(states))
        v = learner.critic.target_values(rows).v.mean(0).tolist()
        values += v[:-1]
        if trajectory.terminated:
            v[-1] = 0.0
        rewards = trajectory.rewards.tolist()
        expected += gae([rewards[t] + 0.9 * v[t + 1] - v[t] for t in turns], 0.9 * 0.8)
    close(advantage, expected)
    close(target, torch.tensor(expected) + torch.tensor(values))


def test_ppo_sums_over_tokens_in_different_rows(policy, store):
    learner = method("ppo", policy, store, discount=0.9, gae_lambda=0.8, normalize_advantage=False)
    torch.nn.init.normal_(learner.actor.value.last.weight)
    batch = learner.setup.gather(range(len(store)), spare=1)
    advantage, target = learner.estimates(batch)
    action = batch.turn_of_token >= 0
    expected, values = [], []
    for trajectory in store:
        v, rewards = [], []
        for t in range(trajectory.num_turns):
            before, tokens = context(trajectory, t, policy.max_prompt), said(trajectory, t)
            v += value_after(learner, before + tokens)[len(before) - 1 : -1]
            rewards += [*([0.0] * (len(tokens) - 1)), float(trajectory.rewards[t])]
        values += v
        after = value_after(learner, last_context(policy, trajectory, spare=1))[-1]
        v = [*v, 0.0 if trajectory.terminated else after]
        errors = [rewards[k] + 0.9 * v[k + 1] - v[k] for k in range(len(rewards))]
        expected += gae(errors, 0.9 * 0.8)
    close(advantage[action], expected)
    close(target[action], torch.tensor(expected) + torch.tensor(values))


def value_after(learner, tokens):
    """V after each of some tokens."""
    with torch.no_grad():
        output = learner.policy.model(torch.tensor([tokens]), output_hidden_states=True)
        return learner.actor.value(output.hidden_states[-1])[0].tolist()


def close(actual, expected):
    torch.testing.assert_close(actual, torch.as_tensor(expected), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["reinforce", "rloo", "grpo", "gigpo"])
def test_returns_and_groups_do_not_depend_on_the_positions(policy, store, name, model_folder):
    roomy = few_positions(model_folder("gpt2"), 256)
    settings = {key: value for key, value in SETTINGS[name].items() if key == "group_size"}
    advantages = []
    for actor in (policy, roomy):
        learner = method(name, actor, store, **settings)
        advantages.append(learner.advantages(learner.setup.gather(range(len(store)))))
    assert torch.equal(*advantages)
    assert advantages[0].abs().sum() > 0


@pytest.mark.parametrize("name", [*ALL, "archer"])
def test_the_first_ratios_are_one(policy, store, name, monkeypatch):
    settings = {"actor_epochs": 1} if name in CLIPPED else {}
    if name == "archer":
        settings = SETTINGS[name] | FRESH
    learner = method(name, policy, store, **settings)
    seen, policy_loss = [], Actor._policy_loss

    def spy(self, batch, logprob, *others):
        seen.append((logprob - batch.logprobs)[batch.turn_of_token >= 0].abs().max())
        return policy_loss(self, batch, logprob, *others)

    monkeypatch.setattr(Actor, "_policy_loss", spy)
    learner.learn(list(range(len(store))), 0, Stopwatch())
    assert seen[0] < 1e-4


@pytest.mark.parametrize("name", ALL)
def test_micro_batches_give_the_same_steps(policy, store, name):
    ends = []
    for tokens in (None, 2 * policy.max_context):
        learner = method(name, copy.deepcopy(policy), store)
        for part in (learner, learner.actor, getattr(learner, "critic", learner)):
            part.micro_batch_tokens = tokens
        learner.learn(list(range(len(store))), 0, Stopwatch())
        ends.append(weights(learner.policy))
    assert not torch.equal(ends[0], weights(policy))
    torch.testing.assert_close(*ends, atol=2e-5, rtol=1e-3)


def test_token_values_of_the_next_state_are_those_of_its_own_row(policy, store):
    learner = offline_method("ilql", policy, store)
    batch = as_seen(policy, store, store.gather(range(len(store))))
    for learner.micro_batch_tokens in (None, 400):
        v_next = learner._next_values(batch)
        for n, (trajectory, t) in enumerate(every_turn(store, range(len(store)))):
            if t + 1 < trajectory.num_turns:
                after = context(trajectory, t + 1, policy.max_prompt)
            elif trajectory.truncated:
                after = last_context(policy, trajectory)
            else:
                continue
            tokens = torch.tensor([after])
            with torch.no_grad():
                states = learner.values(tokens, torch.tensor([len(after)]))
                close(v_next[n], float(learner.values.v(states[0, -1:])))


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_run_learns_from_episodes_that_outgrow_the_model(name, settings, small_model, tmp_path):
    out = tmp_path / "run"
    plays = {"episodes_per_iteration": 4} if METHODS[name].plays(Config(method=name)) else {}
    config = config_from_dict(
        {
            "method": name,
            "env": {"id": "twenty_questions_subset", "num_envs": 4, "options": {"max_turns": 10}},
            "policy": {"model": str(small_model), "max_new_tokens": 6, "device": "cpu"},
            "bc": {"steps": 2, "batch_size": 4, "demonstrations": 12},
            name: {"iterations": 2} | plays | settings,
            "eval": {"episodes": 4, "every": 0, "final_episodes": 4, "num_envs": 4},
            "run": {"out": str(out), "threads": 1, "micro_batch_tokens": 2000},
        }
    )
    train(config, quiet=True)
    learned = read_metrics(out, name)
    assert len(learned) == 2
    assert all(math.isfinite(v) for line in learned for v in line.values() if type(v) is float)
    for folder in ("demonstrations", *(["trajectories"] if plays else [])):
        with TrajectoryStore(out / folder, read_only=True) as store:
            assert max(len(trajectory.tokens) for trajectory in store) > 60
    if name in {"archer", "turn_ppo", "archer_offline"}:
        assert "v_bias" in read_metrics(out, "evaluation")[-1]
