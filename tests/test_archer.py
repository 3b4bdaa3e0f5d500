"""The learner: what its updates do, and that micro-batches change nothing."""

import numpy as np
import pytest
import torch

from archer import losses
from archer.algorithms import check_method
from archer.algorithms.archer import Archer
from archer.algorithms.bc import BehaviourCloning
from archer.algorithms.method import Setup
from archer.config import ArcherConfig, BCConfig, Config, CriticConfig, PolicyConfig
from archer.env import make_vec, scripted
from archer.errors import ConfigError
from archer.policy import Policy
from archer.rollout import collect, collect_scripted
from archer.store import TrajectoryStore

SMALL = {
    "critic_batch_size": 8,
    "actor_batch_size": 8,
    "critic_learning_rate": 1e-3,
    "policy_learning_rate": 1e-3,
    "critic_max_grad_norm": 100.0,
}
GAE = {
    "advantage": "gae",
    "actor_data": "fresh_trajectories",
    "loss": "clipped",
    "value_target": "stored",
    "sample_unit": "trajectory",
    "normalize_advantage": True,
}


def policy(**settings):
    return Policy.load(PolicyConfig(device="cpu", max_new_tokens=6, **settings))


def learner(episodes=6, critic="causal", actor=None, **settings):
    torch.manual_seed(0)
    actor = actor or policy()
    generator = torch.Generator().manual_seed(0)
    env = make_vec("twenty_questions_subset", 6, seed=0, max_turns=4)
    store = TrajectoryStore()
    store.extend([episode.trajectory for episode in collect(actor, env, episodes, generator)])
    config = Config(critic=CriticConfig(kind=critic), archer=ArcherConfig(**(SMALL | settings)))
    config.run.micro_batch_tokens = None
    archer = Archer(Setup(actor, store, config, generator))
    archer.replay.extend(list(range(len(store))))
    return archer


def fresh(archer):
    return archer.replay.store.gather(list(range(len(archer.replay.store)))).to("cpu")


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


@pytest.mark.parametrize("critic", ["causal", "joint"])
@pytest.mark.parametrize("unit", ["turn", "trajectory"])
@pytest.mark.parametrize("target", ["fresh", "stored"])
def test_a_critic_update_moves_the_critic_and_its_target_alone(critic, unit, target):
    archer = learner(critic=critic, sample_unit=unit, value_target=target)
    before = [weights(m) for m in (archer.policy, archer.critic.critic, archer.critic.target)]
    info = archer.update_critic()
    after = [weights(m) for m in (archer.policy, archer.critic.critic, archer.critic.target)]
    torch.testing.assert_close(after[0], before[0])
    assert not torch.equal(after[1], before[1])
    torch.testing.assert_close(after[2], before[2] + 0.1 * (after[1] - before[2]))
    assert all(np.isfinite(value) for value in info.values())


def test_the_critic_learns_the_values_of_a_fixed_set_of_episodes():
    archer = learner(episodes=12, truncation_is_terminal=True, **GAE)
    batch = fresh(archer)
    archer.critic.start(batch)
    returns = torch.zeros(batch.num_turns)
    for n in reversed(range(batch.num_turns)):
        follows = n + 1 < batch.num_turns and batch.row[n + 1] == batch.row[n]
        returns[n] = batch.reward[n] + (0.95 * returns[n + 1] if follows else 0.0)
    with torch.no_grad():
        start = (archer.critic.critic(batch).v.mean(0) - returns).square().mean()
    for _ in range(150):
        archer.update_critic()
    with torch.no_grad():
        out = archer.critic.critic(batch)
    assert (out.v.mean(0) - returns).square().mean() < 0.2 * start
    assert (out.q.mean(0) - returns).square().mean() < 0.2 * start


def test_priorities_follow_the_td_errors():
    archer = learner(priority_alpha=1.0, sample_unit="turn")
    archer.config.critic_learning_rate = 0.0
    before = archer.replay.state()
    archer.update_critic()
    assert archer.replay.state() != before


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"token_baseline": True, "baseline_learning_rate": 1e-3},
        {"kl_coefficient": 0.1},
        {"actor_data": "fresh_trajectories", "advantage": "td", "actor_epochs": 1},
        GAE,
        GAE | {"advantage": "q_minus_v", "token_baseline": True},
    ],
)
def test_an_actor_update_moves_the_policy_alone(settings):
    archer = learner(**settings)
    before = weights(archer.policy), weights(archer.critic.critic)
    info = archer.update_actor(fresh(archer))
    assert not torch.equal(weights(archer.policy), before[0])
    torch.testing.assert_close(weights(archer.critic.critic), before[1])
    assert all(np.isfinite(value) for value in info.values())
    if "kl_coefficient" in settings:
        assert info["kl"] > 0


def test_what_has_a_positive_advantage_becomes_likelier():
    archer = learner(**GAE)
    batch = fresh(archer)
    advantage = torch.where(torch.arange(batch.num_turns) % 2 == 0, 1.0, -1.0)

    def likelihood():
        with torch.no_grad():
            logprob, _ = archer.policy(batch.tokens, batch.lengths)
        inside = batch.turn_of_token >= 0
        per_turn = torch.zeros(batch.num_turns).index_add_(
            0, batch.turn_of_token[inside], logprob[inside]
        )
        return (per_turn * advantage).sum()

    before = likelihood()
    archer.actor.step(batch, losses.spread(advantage, batch.turn_of_token))
    assert likelihood() > before


@pytest.mark.parametrize(
    "settings",
    [
        GAE | {"normalize_advantage": False},
        GAE | {"token_baseline": True, "kl_coefficient": 0.1},
        {"sample_unit": "turn", "value_target": "fresh", "actor_data": "fresh_utterances"},
        {
            "sample_unit": "turn",
            "value_target": "stored",
            "actor_data": "fresh_trajectories",
            "actor_epochs": 1,
        },
    ],
)
def test_micro_batches_give_the_same_gradients(settings):
    whole, pieces = learner(**settings), learner(**settings)
    for part in (pieces, pieces.actor, pieces.critic, pieces.targets):
        part.micro_batch_tokens = 150
    batch = fresh(whole)
    advantage = torch.linspace(-1, 1, batch.num_turns)
    for archer in (whole, pieces):
        archer.actor.optimizer = torch.optim.SGD(archer.actor.parameters, lr=1.0)
        archer.critic.optimizer = torch.optim.SGD(archer.critic.critic.parameters(), lr=1.0)
        archer.config.policy_max_grad_norm = archer.config.critic_max_grad_norm = 1e9
        archer.actor.step(batch, losses.spread(advantage, batch.turn_of_token))
        archer.update_critic()
        if archer.config.actor_data == "fresh_utterances":
            archer.update_actor(batch)
    torch.testing.assert_close(weights(pieces.policy), weights(whole.policy), atol=1e-5, rtol=1e-4)
    critics = weights(pieces.critic.critic), weights(whole.critic.critic)
    torch.testing.assert_close(*critics, atol=1e-4, rtol=1e-4)


def test_lora_policies_learn_through_their_adapters(model_folder):
    pytest.importorskip("peft")
    actor = policy(
        model=model_folder("llama"), lora_rank=4, lora_alpha=8, lora_targets=["q_proj", "v_proj"]
    )
    archer = learner(actor=actor, **GAE)
    before = {name: p.detach().clone() for name, p in actor.named_parameters()}
    archer.update_critic()
    archer.update_actor(fresh(archer))
    moved = {name for name, p in actor.named_parameters() if not torch.equal(p, before[name])}
    assert moved
    assert all("lora_" in name for name in moved)


def test_cloning_makes_demonstrations_likelier():
    actor = policy()
    env = make_vec("twenty_questions_subset", 8, seed=0)
    store = TrajectoryStore()
    script = scripted("twenty_questions_subset", "noisy", seed=0)
    store.extend([e.trajectory for e in collect_scripted(script, env, 32, actor)])
    learner = BehaviourCloning(actor, store, BCConfig(batch_size=16), seed=0)
    first = learner.update()["loss"]
    for _ in range(30):
        last = learner.update()["loss"]
    assert last < 0.6 * first


def test_cloning_in_micro_batches_gives_the_same_step():
    env = make_vec("twenty_questions_subset", 8, seed=0)
    store = TrajectoryStore()
    script = scripted("twenty_questions_subset", "noisy", seed=0)
    actors = policy(), policy()
    store.extend([e.trajectory for e in collect_scripted(script, env, 16, actors[0])])
    norms = []
    for actor, tokens in zip(actors, (None, 400), strict=True):
        norms.append(BehaviourCloning(actor, store, BCConfig(batch_size=8), 0, tokens).update())
    assert norms[0]["loss"] == pytest.approx(norms[1]["loss"], rel=1e-5)
    assert norms[0]["grad_norm"] == pytest.approx(norms[1]["grad_norm"], rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"advantage": "gae"}, "needs the reward that followed"),
        ({"priority_alpha": 0.6, "sample_unit": "trajectory"}, "set sample_unit to 'turn'"),
        ({"priority_half_life": 3.0, "sample_unit": "trajectory"}, "set sample_unit to 'turn'"),
        ({"actor_data": "fresh_trajectories", "actor_epochs": 3}, "set actor_epochs to 1 or loss"),
        ({"loss": "clipped"}, "every ratio is 1; set loss to 'reinforce'"),
    ],
)
def test_settings_that_contradict_each_other(settings, message):
    with pytest.raises(ConfigError, match=message):
        check_method(Config(archer=ArcherConfig(**settings)))


def test_the_papers_settings_are_the_defaults_and_fit_together():
    check_method(Config())


def test_twins_that_err_on_both_sides_have_an_error():
    archer = learner(**GAE)
    batch = fresh(archer)
    apart = torch.stack([torch.full((batch.num_turns,), side) for side in (50.0, -50.0)])
    error, info = archer.critic.regress(batch, apart, apart)
    assert (error > 10.0).all()
    assert info["td_error"] > 10.0


def test_a_joint_critic_keeps_to_the_budget_of_a_pass():
    archer = learner(critic="joint", **GAE)
    archer.critic.micro_batch_tokens = 120
    sizes = []
    archer.critic.critic.trunk.register_forward_pre_hook(
        lambda _, args: sizes.append(args[0].numel())
    )
    batch = fresh(archer)
    whole = batch.tokens.numel()
    archer.critic.values(batch)
    assert sum(sizes) > whole
    longest = int(batch.lengths.max())
    assert max(sizes) <= max(120, 2 * longest)
