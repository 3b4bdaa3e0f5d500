"""What the options of ArCHer do: targets of several steps, replayed steps, a critic's beginning."""

import copy
from dataclasses import asdict

import pytest
import torch

from archer import losses, vectorize
from archer.algorithms import check_method
from archer.algorithms.archer import Archer
from archer.algorithms.method import Setup, moments
from archer.config import ArcherConfig, Config, CriticConfig, EnvConfig
from archer.errors import ConfigError
from archer.rollout import collect
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from doors import Doors, cloned, success

REPLAYED = {
    "sample_unit": "trajectory",
    "target": "vtrace",
    "value_target": "stored",
    "critic_updates": 6,
    "critic_batch_size": 16,
    "critic_learning_rate": 1e-3,
    "critic_max_grad_norm": 100.0,
    "critic_only_iterations": 0,
    "critic_pretraining_updates": 20,
    "advantage": "gae",
    "normalize_advantage": True,
    "actor_data": "replayed_trajectories",
    "actor_epochs": 4,
    "actor_batch_size": 16,
    "recent_episodes": 64,
    "loss": "clipped",
    "policy_learning_rate": 5e-4,
}


@pytest.fixture(scope="module")
def start():
    """A policy that guesses, with its demonstrations."""
    return cloned()


def method_of(start, micro_batch_tokens=None, critic="causal", resumed=False, **settings):
    policy, demonstrations = copy.deepcopy(start[0]), start[1]
    config = Config(
        env=EnvConfig(id="doors:Doors"),
        critic=CriticConfig(kind=critic),
        archer=ArcherConfig(**(REPLAYED | settings)),
    )
    config.run.micro_batch_tokens = micro_batch_tokens
    store, generator = TrajectoryStore(), torch.Generator().manual_seed(0)
    return Archer(Setup(policy, store, config, generator, demonstrations, resumed=resumed))


def play(method, episodes=16, seed=0):
    """New episodes of the method's policy, in its store and its replay."""
    env = vectorize(Doors, 8, seed)
    played = collect(method.policy, env, episodes, method.generator, policy_version=method.version)
    return method.setup.store.extend([episode.trajectory for episode in played])


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_the_ratio_is_one_until_the_policy_changes_and_the_utterances_own_after(start):
    method = method_of(start)
    ids = play(method)
    batch = method.setup.gather(ids)
    torch.testing.assert_close(
        method.targets.ratios(batch), torch.ones(batch.num_turns), atol=1e-4, rtol=0
    )
    with torch.no_grad():
        for parameter in method.policy.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
        logprob, _ = method.policy(batch.tokens, batch.lengths)
    ratio = method.targets.ratios(batch)
    for n in range(batch.num_turns):
        said = batch.turn_of_token == n
        product = (logprob[said] - batch.logprobs[said]).sum().exp()
        assert ratio[n] == pytest.approx(min(float(product), 1.0), abs=1e-5)
    assert ((ratio > 0) & (ratio < 1)).any()
    pieces = method_of(start, micro_batch_tokens=60)
    pieces.policy.load_state_dict(method.policy.state_dict())
    torch.testing.assert_close(pieces.targets.ratios(batch), ratio, atol=1e-5, rtol=1e-4)


def test_demonstrations_count_as_the_policys_own(start):
    method = method_of(start)
    batch = start[1].gather([0, 1]).to("cpu")
    assert batch.logprobs[batch.turn_of_token >= 0].isnan().all()
    assert method.targets.ratios(batch).tolist() == [1.0] * batch.num_turns
    method.replay = None  # not touched by an update from elsewhere
    target = method.targets.of(batch, method.critic)[1]
    assert target.isfinite().all()


@pytest.mark.parametrize("target", ["retrace", "vtrace"])
def test_the_targets_are_those_of_the_equations(start, target):
    method = method_of(start, target=target, advantage="q_minus_v", trace_lambda=0.7)
    batch = method.setup.gather(play(method))
    slow = method.critic.target_values(batch)
    known = (method.targets.ratios(batch), batch.terminated)
    known += (losses.follows(batch.trajectory, batch.turn), 0.95)
    q, v, info = method.targets.of(batch, method.critic)
    if target == "retrace":
        expected = losses.retrace(batch.reward, slow.q, slow.v_next, *known, 0.7)
        torch.testing.assert_close(v, slow.q)
    else:
        torch.testing.assert_close(v, losses.vtrace(batch.reward, slow.v, slow.v_next, *known, 0.7))
        expected = losses.vtrace_q(batch.reward, slow.v_next, v, *known[1:])
    torch.testing.assert_close(q, expected)
    assert info["ratio"] == pytest.approx(1.0, abs=1e-4)


def test_with_vtrace_q_is_left_alone_unless_it_is_read(start):
    method = method_of(start)
    method.replay.extend(play(method))
    before = weights(method.critic.critic.q_head), weights(method.critic.critic.v_head)
    info = method.update_critic()
    assert torch.equal(weights(method.critic.critic.q_head), before[0])
    assert not torch.equal(weights(method.critic.critic.v_head), before[1])
    assert "q_loss" not in info


def test_replayed_steps_draw_from_the_newest_episodes_each_once(start):
    method = method_of(start, recent_episodes=8, actor_batch_size=6)
    play(method, 16)
    drawn = [method._recent(n).trajectory.unique().tolist() for n in range(6)]
    assert all(len(ids) == 6 and set(ids) <= set(range(8, 16)) for ids in drawn)
    assert len({tuple(ids) for ids in drawn}) > 1
    before = weights(method.policy)
    info = method.update_actor(method.setup.gather([15]))
    assert not torch.equal(weights(method.policy), before)
    assert info["clip_fraction"] >= 0


def test_pretraining_is_on_the_demonstrations_which_do_not_enter_the_replay(start):
    method = method_of(start, critic_updates=0, actor_epochs=0)
    config = Config(archer=method.config)
    assert Archer.learns_from_demonstrations(config)
    method.setup.store.extend([])
    info = method.learn(play(method), 0, Stopwatch())
    assert {"pretraining_v_loss", "pretraining_grad_norm"} <= info.keys()
    assert method.replay.num_trajectories == len(method.setup.store) == 16
    later = method.learn(play(method, seed=1), 1, Stopwatch())
    assert not any(name.startswith("pretraining") for name in later)
    # The demonstrations' mean return is one half, so V of their beginnings is near 0.5 * 0.95**2.
    batch = start[1].gather(list(range(32))).to("cpu")
    first = method.critic.values(batch).v.mean(0)[batch.turn == 0]
    assert float(first.mean()) == pytest.approx(0.45, abs=0.1)


def test_the_actor_is_pretrained_on_what_the_critic_prefers(start):
    settings = {"critic_updates": 0, "actor_epochs": 0, "critic_pretraining_updates": 60}
    method = method_of(start, **settings, actor_pretraining_updates=30)
    assert success(method.policy) < 0.6
    before = method.version
    info = method.learn(play(method), 0, Stopwatch())
    assert {"actor_pretraining_policy_loss", "actor_pretraining_grad_norm"} <= info.keys()
    assert method.version == before + 1
    assert success(method.policy) > 0.7  # without a step on any episode of its own
    moved = weights(method.policy)
    later = method.learn(play(method, seed=1), 1, Stopwatch())
    assert not any("pretraining" in name for name in later)
    assert torch.equal(weights(method.policy), moved)


def test_pretraining_is_a_regression_with_weights_whatever_the_loss(start):
    method = method_of(start)
    batch = start[1].gather([0, 1, 2]).to("cpu")
    weight = torch.linspace(0.5, 2.0, batch.num_turns)
    logprob, _ = method.policy(batch.tokens, batch.lengths)
    per_token = weight[batch.turn_of_token.clamp(min=0)] * (batch.turn_of_token >= 0)
    expected = -(per_token * logprob).sum() / batch.num_turns
    info = method.actor.regress(batch, weight)
    assert info["policy_loss"] == pytest.approx(expected.item(), rel=1e-5)
    assert "clip_fraction" not in info


@pytest.mark.parametrize(
    ("settings", "learned"),
    [({}, False), ({"advantage": "q_minus_v"}, True), ({"target": "retrace"}, True)],
)
def test_q_is_shown_only_where_it_is_learned(start, settings, learned):
    method = method_of(start, **settings)
    values = method.critic_values(method.setup.gather(play(method, 4)))
    assert values.q.isfinite().all() == learned
    assert learned or values.q.isnan().all()
    assert values.v.isfinite().all()


def test_one_advantage_has_no_spread(start, recwarn):
    method = method_of(start)
    ids = play(method, 1)
    batch = method.setup.gather(ids)
    info = method._actor_step(batch, method.advantages(batch))
    one = moments(torch.tensor([2.0]))
    assert one == {"advantage_mean": 2.0, "advantage_std": 0.0}
    assert info["advantage_std"] == moments(method.advantages(batch))["advantage_std"]
    assert not recwarn.list


def test_doubly_robust_is_refused_where_more_than_success_is_rewarded(start):
    method = method_of(start, advantage="doubly_robust")
    batch = method.setup.gather(play(method))
    assert method.advantages(batch).isfinite().all()
    for place, reward, message in [(0, -1.0, "-1 before the last"), (2, 3.0, "3 in the last turn")]:
        batch.reward[:3] = 0.0
        batch.reward[place] = reward
        with pytest.raises(ConfigError, match=rf"a reward is {message}.*Set advantage to 'gae'"):
            method.advantages(batch)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_unit": "turn"}, "set sample_unit to 'trajectory' or target to 'one_step'"),
        ({"value_target": "fresh"}, "set value_target to 'stored' or target to 'retrace'"),
        ({"expectile": 0.9}, "set expectile to 0.5 or change them"),
        ({"loss": "reinforce"}, "gives those of older ones; set loss to 'clipped'"),
        ({"recent_episodes": 8}, "is 16 episodes, but archer.recent_episodes"),
        ({"actor_data": "fresh_utterances"}, "needs the reward that followed"),
        (
            {"actor_pretraining_updates": 1, "critic_pretraining_updates": 0},
            "a critic that has learned nothing; set archer.critic_pretraining_updates",
        ),
        (
            {"actor_pretraining_updates": 1, "token_baseline": True},
            "which archer.token_baseline would take for advantages",
        ),
        (
            {"actor_pretraining_updates": 1, "kl_coefficient": 0.1},
            "nothing new to estimate the divergence of archer.kl_coefficient 0.1 from",
        ),
    ],
)
def test_settings_that_contradict_each_other(settings, message):
    config = Config(archer=ArcherConfig(**(REPLAYED | settings)))
    with pytest.raises(ConfigError, match=message):
        check_method(config)
    assert asdict(config.archer) == asdict(ArcherConfig(**(REPLAYED | settings)))


@pytest.mark.learning
@pytest.mark.parametrize(
    ("settings", "enough"),
    [({}, 0.85), ({"target": "retrace"}, 0.85), ({"advantage": "doubly_robust"}, 0.6)],
    ids=["vtrace", "retrace", "doubly_robust"],
)
def test_it_learns_a_task_with_a_late_reward(start, settings, enough):
    method = method_of(start, **settings)
    assert success(method.policy) < 0.5
    for iteration in range(20):
        method.learn(play(method, seed=iteration), iteration, Stopwatch())
    assert success(method.policy) > enough
