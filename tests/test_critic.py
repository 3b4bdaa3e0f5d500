"""The critics: what they read, and that one pass says the same as one row a turn."""

from dataclasses import replace

import pytest
import torch

from archer.config import CriticConfig, PolicyConfig
from archer.critic import load_critic, polyak_update, target_of
from archer.errors import ContextTooLongError, ModelError
from archer.policy import Policy
from archer.types import TurnBatch


@pytest.fixture
def policy():
    return Policy.load(PolicyConfig(device="cpu"))


def episode_batch():
    """Episodes of 2 and 1 turns as rows: openings, utterances, observations of 3, 2, 1 ids."""
    tokens = torch.tensor([[5, 6, 7, 8, 9, 10, 11, 12, 13], [5, 6, 7, 14, 15, 16, 0, 0, 0]])
    return TurnBatch(
        tokens=tokens,
        lengths=torch.tensor([9, 6]),
        turn_of_token=torch.tensor(
            [[-1, -1, -1, 0, 0, -1, 1, 1, -1], [-1, -1, -1, 2, 2, -1, -1, -1, -1]]
        ),
        logprobs=torch.zeros(2, 9),
        row=torch.tensor([0, 0, 1]),
        context_end=torch.tensor([2, 5, 2]),
        utterance_end=torch.tensor([4, 7, 4]),
        next_context_end=torch.tensor([5, 8, 5]),
        reward=torch.tensor([-1.0, 0.0, -1.0]),
        steps=torch.ones(3, dtype=torch.long),
        terminated=torch.tensor([False, True, False]),
        truncated=torch.tensor([False, False, True]),
        trajectory=torch.tensor([0, 0, 1]),
        turn=torch.tensor([0, 1, 0]),
        policy_version=torch.zeros(3, dtype=torch.long),
        weight=torch.ones(3),
    )


def rows_of_their_own(batch):
    """The same turns, each in a row that stops after the observation that answers it."""
    tokens = batch.tokens[batch.row].clone()
    lengths = batch.next_context_end + 1
    tokens[torch.arange(9) >= lengths[:, None]] = 0
    turns = torch.arange(3)
    return replace(
        batch,
        tokens=tokens,
        lengths=lengths,
        row=turns,
        turn_of_token=torch.where(
            batch.turn_of_token[batch.row] == turns[:, None], turns[:, None], -1
        ),
        logprobs=batch.logprobs[batch.row],
    )


def values(critic, batch):
    with torch.no_grad():
        out = critic(batch)
    return torch.stack([out.q, out.v, out.v_next])


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_whole_rows_and_single_turns_agree(kind, policy):
    critic = load_critic(CriticConfig(kind=kind), policy)
    batch = episode_batch()
    whole = values(critic, batch)
    assert whole.shape == (3, 2, 3)
    torch.testing.assert_close(
        values(critic, rows_of_their_own(batch)), whole, atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_v_of_the_next_turn_is_v_next_of_this_one(kind, policy):
    critic = load_critic(CriticConfig(kind=kind), policy)
    _, v, v_next = values(critic, episode_batch())
    torch.testing.assert_close(v[:, 1], v_next[:, 0])


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_v_does_not_see_the_utterance_and_q_does_not_see_what_follows(kind, policy):
    critic = load_critic(CriticConfig(kind=kind), policy)
    batch = episode_batch()
    q, v, v_next = values(critic, batch)
    said = batch.tokens.clone()
    said[0, 7] = 99
    q2, v2, v_next2 = values(critic, replace(batch, tokens=said))
    torch.testing.assert_close(v2, v)
    assert not torch.allclose(q2[:, 1], q[:, 1])
    assert not torch.allclose(v_next2[:, 1], v_next[:, 1])
    heard = batch.tokens.clone()
    heard[0, 8] = 99
    q3, v3, v_next3 = values(critic, replace(batch, tokens=heard))
    torch.testing.assert_close(q3, q)
    torch.testing.assert_close(v3, v)
    assert not torch.allclose(v_next3[:, 1], v_next[:, 1])


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_twins_differ_and_all_parameters_learn(kind, policy):
    critic = load_critic(CriticConfig(kind=kind), policy)
    out = critic(episode_batch())
    assert not torch.allclose(out.q[0], out.q[1])
    assert not torch.allclose(out.v[0], out.v[1])
    (out.q.square().sum() + out.v.square().sum()).backward()
    # Position and word embeddings included; nothing of the trunk is left out of the heads' reach.
    missing = [name for name, p in critic.named_parameters() if p.grad is None]
    assert missing == []


def test_start_at_moves_every_head(policy):
    critic = load_critic(CriticConfig(), policy)
    before = values(critic, episode_batch())
    critic.start_at(-7.0)
    torch.testing.assert_close(
        values(critic, episode_batch()).mean(), torch.tensor(-7.0), atol=0.5, rtol=0
    )
    assert abs(before.mean()) < 0.5


def test_the_trunk_is_a_copy_of_the_policys(policy):
    critic = load_critic(CriticConfig(), policy)
    torch.testing.assert_close(critic.trunk.wte.weight, policy.model.transformer.wte.weight)
    with torch.no_grad():
        critic.trunk.wte.weight.add_(1.0)
    assert not torch.allclose(critic.trunk.wte.weight, policy.model.transformer.wte.weight)


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen2", "roberta"])
def test_joint_critics_of_other_families(family, policy, model_folder):
    critic = load_critic(CriticConfig(kind="joint", model=model_folder(family)), policy)
    assert values(critic, episode_batch()).isfinite().all()


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_causal_critics_of_other_families(family, policy, model_folder):
    critic = load_critic(CriticConfig(model=model_folder(family)), policy)
    assert values(critic, episode_batch()).isfinite().all()


def test_a_roberta_critic_cuts_long_contexts_on_the_left(policy, model_folder):
    critic = load_critic(CriticConfig(kind="joint", model=model_folder("roberta")), policy)
    end = policy.encode_opening("Is it alive?")
    long = policy.encode_opening("xq " * 200) + end
    other = policy.encode_opening("zv " * 200) + policy.encode_opening("xq " * 60) + end
    assert len(long) > 130
    with torch.no_grad():
        features = critic._encode([long, other])
    assert features.isfinite().all()
    assert critic._ids(long) == critic._ids(long[-150:])


def test_the_target_network_follows(policy):
    critic = load_critic(CriticConfig(), policy)
    target = target_of(critic)
    assert not any(p.requires_grad for p in target.parameters())
    with torch.no_grad():
        critic.q_head.heads[0][0].weight.fill_(1.0)
        target.q_head.heads[0][0].weight.fill_(0.0)
    polyak_update(target, critic, 0.1)
    torch.testing.assert_close(
        target.q_head.heads[0][0].weight, torch.full_like(critic.q_head.heads[0][0].weight, 0.1)
    )


def test_a_causal_critic_refuses_another_vocabulary(policy, model_folder, tmp_path):
    other = Policy.load(PolicyConfig(model=model_folder("gpt2"), device="cpu"))
    other.tokenizer.add_tokens(["unheard-of"])
    other.save(tmp_path)
    with pytest.raises(ModelError, match=r"another vocabulary; set critic.kind to joint"):
        load_critic(CriticConfig(model=str(tmp_path)), policy)


def test_a_causal_critic_refuses_a_bidirectional_trunk(policy, model_folder):
    with pytest.raises(ModelError, match=r"RobertaModel reads in both .*set critic.kind to joint"):
        load_critic(CriticConfig(model=model_folder("roberta")), policy)


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_bfloat16_trains_float32_weights_by_passes_in_mixed_precision(kind, policy):
    exact = load_critic(CriticConfig(kind=kind), policy)
    critic = load_critic(CriticConfig(kind=kind, dtype="bfloat16"), policy)
    target = target_of(critic)
    for network in (critic, target):
        assert {p.dtype for p in network.parameters()} == {torch.float32}
    seen = []
    for network in (exact, critic, target):
        for part in (network.trunk, network.q_head, network.v_head):
            part.register_forward_pre_hook(lambda *_: seen.append(torch.is_autocast_enabled("cpu")))
    close = values(critic, episode_batch())
    trunk, heads = ([True], [False, False]) if kind == "causal" else ([True, True], [False, False])
    assert sorted(seen) == sorted(trunk + heads)
    seen.clear()
    torch.testing.assert_close(close, values(exact, episode_batch()), atol=0.02, rtol=0.02)
    assert set(seen) == {False}
    assert close.dtype == torch.float32
    assert not torch.equal(close, values(exact, episode_batch()))
    optimizer = torch.optim.AdamW(critic.parameters(), lr=3e-6, weight_decay=0.0)
    for _ in range(3):
        optimizer.zero_grad()
        out = critic(episode_batch())
        (out.q.square().sum() + out.v.square().sum()).backward()
        optimizer.step()
        polyak_update(target, critic, 0.1)
    for before in (exact, target):
        pairs = zip(before.named_parameters(), critic.parameters(), strict=True)
        assert [name for (name, old), new in pairs if torch.equal(old, new)] == []
    pairs = zip(exact.named_parameters(), target.parameters(), strict=True)
    assert [name for (name, old), new in pairs if torch.equal(old, new)] == []


def test_the_trunk_of_an_adapted_policy_is_merged_where_its_base_is_built_in():
    pytest.importorskip("peft")
    policy = Policy.load(PolicyConfig(device="cpu", lora_rank=4, dtype="bfloat16"))
    for name, parameter in policy.named_parameters():
        if "lora_B" in name:
            torch.nn.init.ones_(parameter)
    plain = Policy.load(PolicyConfig(device="cpu"))
    trunk = load_critic(CriticConfig(), policy).trunk
    assert all(p.dtype == torch.float32 and p.requires_grad for p in trunk.parameters())
    names = [name for name, _ in trunk.named_parameters()]
    assert names == [name for name, _ in plain.model.base_model.named_parameters()]
    trunk_c, plain_c = (m.h[0].attn.c_attn.weight for m in (trunk, plain.model.transformer))
    assert not torch.allclose(trunk_c, plain_c, atol=0.02)


def test_a_row_that_is_too_long_for_a_causal_critic(policy, model_folder):
    critic = load_critic(CriticConfig(model=model_folder("gpt2")), policy)
    batch = replace(episode_batch(), tokens=torch.ones(2, 300, dtype=torch.long))
    with pytest.raises(ContextTooLongError, match=r"300 tokens .* 256 positions"):
        critic(batch)


def test_a_missing_critic_folder(policy):
    with pytest.raises(ModelError, match="no model folder"):
        load_critic(CriticConfig(model="./nowhere"), policy)
