"""Low-rank adapters over one frozen base: policy, reference, critic and target network share it."""

import copy

import pytest
import torch

from archer.adapters import load_adapter_weights, own_tensors
from archer.algorithms import check_method
from archer.algorithms.actor import Actor
from archer.algorithms.utterance_critic import UtteranceCritic
from archer.config import ArcherConfig, Config, CriticConfig, PolicyConfig
from archer.critic import load_critic, polyak_update, target_of
from archer.errors import ConfigError, ModelError
from archer.policy import Policy
from test_critic import episode_batch, values

pytest.importorskip("peft")

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj"]
SETTINGS = ArcherConfig(
    policy_learning_rate=0.05, critic_learning_rate=0.05, kl_coefficient=0.1, polyak=0.25
)


@pytest.fixture
def policy(model_folder):
    """With adapters that say something, as after a warm start."""
    config = PolicyConfig(
        model=model_folder("llama"), device="cpu", lora_rank=2, lora_targets=TARGETS
    )
    policy = Policy.load(config)
    torch.manual_seed(1)
    for name, parameter in policy.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    return policy


def logprobs(policy):
    with torch.no_grad():
        return policy(episode_batch().tokens, episode_batch().lengths)[0]


def storages(*modules):
    """Bytes of the distinct storages behind the parameters of ``modules``."""
    parts = [p.untyped_storage() for module in modules for p in module.parameters()]
    return sum({part.data_ptr(): part.nbytes() for part in parts}.values())


def trained(module):
    return {name: p for name, p in module.named_parameters() if p.requires_grad}


def size(parameters):
    return sum(p.nbytes for p in parameters)


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_the_base_is_in_memory_once(kind, policy):
    base = size(p for p in policy.parameters() if not p.requires_grad)
    adapters = size(trained(policy).values())
    actor = Actor(policy, SETTINGS, "archer")
    critic = UtteranceCritic(load_critic(CriticConfig(kind=kind), policy), SETTINGS, "archer")
    heads = size([*critic.critic.q_head.parameters(), *critic.critic.v_head.parameters()])
    whole = storages(policy, actor.reference, critic.critic, critic.target)
    # The adapters of the output head, which no critic has, do not exist for these targets.
    assert whole == base + 4 * adapters + 2 * heads
    assert adapters < base / 10
    optimized = [p for group in critic.optimizer.param_groups for p in group["params"]]
    assert size(optimized) == adapters + heads


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_the_critic_begins_with_the_adapters_of_the_policy(kind, policy):
    critic = load_critic(CriticConfig(kind=kind), policy)
    tokens = episode_batch().tokens[:1]
    with torch.no_grad():
        expected = policy.model(tokens, output_hidden_states=True).hidden_states[-1]
        states = critic.trunk(tokens).last_hidden_state
    assert torch.equal(states, expected)


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_neither_policy_nor_critic_moves_the_other(kind, policy):
    actor = Actor(policy, SETTINGS, "archer")
    learner = UtteranceCritic(load_critic(CriticConfig(kind=kind), policy), SETTINGS, "archer")
    batch, target = episode_batch(), torch.ones(2, 3)
    before, reference = logprobs(policy), logprobs(actor.reference)
    v, slow = values(learner.critic, batch), values(learner.target, batch)

    learner.regress(batch, target, target)
    assert not torch.equal(values(learner.critic, batch), v)
    assert not torch.equal(values(learner.target, batch), slow)
    assert torch.equal(logprobs(policy), before)
    assert torch.equal(logprobs(actor.reference), reference)
    v, slow = values(learner.critic, batch), values(learner.target, batch)

    actor.step(batch, (batch.turn_of_token >= 0).float())
    assert not torch.equal(logprobs(policy), before)
    assert torch.equal(logprobs(actor.reference), reference)
    assert torch.equal(values(learner.critic, batch), v)
    assert torch.equal(values(learner.target, batch), slow)


def test_gradients_reach_the_adapters_that_are_trained_and_nothing_else(policy):
    critic = load_critic(CriticConfig(), policy)
    target, reference = target_of(critic), policy.frozen_copy()
    out = critic(episode_batch())
    (out.q.square().sum() + out.v.square().sum()).backward()
    assert {name for name, p in critic.named_parameters() if p.grad is not None} == set(
        trained(critic)
    )
    others = [*policy.parameters(), *target.parameters(), *reference.parameters()]
    assert all(p.grad is None for p in others)
    critic.zero_grad()
    policy(episode_batch().tokens, episode_batch().lengths)[0].sum().backward()
    assert {name for name, p in policy.named_parameters() if p.grad is not None} == set(
        trained(policy)
    )
    assert all(p.grad is None for p in [*critic.parameters(), *target.parameters()])


def test_gradients_over_a_shared_base_are_those_over_a_copy(policy):
    critic, alone = (load_critic(CriticConfig(), policy) for _ in range(2))
    alone = copy.deepcopy(alone)  # of the base too
    for network in (critic, alone):
        out = network(episode_batch())
        (out.q.square().sum() + out.v.square().sum()).backward()
    for own, other in zip(trained(critic).values(), trained(alone).values(), strict=True):
        assert own is not other
        assert torch.equal(own.grad, other.grad)


def test_the_target_network_follows_by_its_own_adapters(policy):
    critic = load_critic(CriticConfig(), policy)
    target = target_of(critic)
    names = list(trained(critic))
    slow = dict(target.named_parameters())
    with torch.no_grad():
        for parameter in trained(critic).values():
            parameter.fill_(1.0)
        for name in names:
            slow[name].fill_(0.0)
    base = {name: p.clone() for name, p in slow.items() if name not in names}
    polyak_update(target, critic, 0.25)
    assert any("lora_" in name for name in names)
    assert all(torch.equal(slow[name], torch.full_like(slow[name], 0.25)) for name in names)
    assert base
    assert all(torch.equal(slow[name], kept) for name, kept in base.items())


def test_dropout_of_adapters_acts_in_training_mode_alone(model_folder):
    config = PolicyConfig(
        model=model_folder("llama"), device="cpu", lora_rank=2, lora_dropout=0.5,
        lora_targets=TARGETS,
    )  # fmt: skip
    policy = Policy.load(config)
    for name, parameter in policy.named_parameters():
        if "lora_B" in name:
            torch.nn.init.ones_(parameter)
    critic = load_critic(CriticConfig(), policy)
    assert torch.equal(logprobs(policy), logprobs(policy))
    assert torch.equal(values(critic, episode_batch()), values(critic, episode_batch()))
    policy.train()
    assert not torch.equal(logprobs(policy), logprobs(policy))
    # The mode of one is not that of the other, though the base is.
    assert torch.equal(values(critic, episode_batch()), values(critic, episode_batch()))


def test_a_bfloat16_base_is_read_in_bfloat16(model_folder):
    settings = {"lora_rank": 2, "lora_targets": TARGETS, "dtype": "bfloat16"}
    policy = Policy.load(PolicyConfig(model=model_folder("llama"), device="cpu", **settings))
    with pytest.raises(ConfigError, match=r"critic\.dtype is float32; set critic\.dtype"):
        load_critic(CriticConfig(), policy)
    critic = load_critic(CriticConfig(dtype="bfloat16"), policy)
    dtypes = {(p.requires_grad, p.dtype) for p in critic.parameters()}
    assert dtypes == {(True, torch.float32), (False, torch.bfloat16)}
    out = critic(episode_batch())
    assert out.q.isfinite().all()
    (out.q.square().sum() + out.v.square().sum()).backward()
    assert all(p.grad is not None for p in trained(critic).values())


@pytest.mark.parametrize("method", ["archer", "archer_offline", "chai", "turn_ppo"])
def test_dtypes_that_contradict_are_refused_before_anything_is_loaded(method):
    config = Config(method=method, policy=PolicyConfig(lora_rank=4, dtype="bfloat16"))
    with pytest.raises(ConfigError, match=r"set critic\.dtype to bfloat16"):
        check_method(config)
    config.critic.dtype = "bfloat16"
    check_method(config)
    config.critic.dtype = "float32"
    config.critic.model = "roberta-base"
    check_method(config)


def test_saved_adapters_are_read_onto_the_base_that_is_there(policy, tmp_path):
    policy.save(tmp_path)
    saved = logprobs(policy)
    with torch.no_grad():
        for parameter in trained(policy).values():
            parameter.add_(0.1)
    now = logprobs(policy)
    start = policy.frozen_copy()
    load_adapter_weights(start.model, tmp_path)
    assert torch.equal(logprobs(start), saved)
    assert torch.equal(logprobs(policy), now)
    assert storages(policy, start) < 1.5 * storages(policy)
    with pytest.raises(ModelError, match="there are no adapters in"):
        load_adapter_weights(start.model, tmp_path / "nowhere")


def test_what_a_critic_writes_to_a_file_is_without_the_base(policy):
    critic = load_critic(CriticConfig(), policy)
    assert set(own_tensors(critic)) == set(trained(critic))
    assert set(own_tensors(target_of(critic))) == set(critic.state_dict())
