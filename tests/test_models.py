"""Models of many families: saved and loaded, trained, and what their passes compute and keep."""

import copy

import pytest
import torch
from transformers.modeling_layers import GradientCheckpointingLayer

from archer.algorithms.actor import Actor
from archer.algorithms.utterance_critic import UtteranceCritic
from archer.config import ArcherConfig, CriticConfig, PolicyConfig, load_config
from archer.critic import load_critic
from archer.errors import ModelError
from archer.passes import recompute_layers
from archer.policy import Policy
from archer.train import train
from test_critic import episode_batch, values

SPEAKERS = ["gpt2", "llama", "qwen2", "qwen3", "mistral", "gemma"]
ENCODERS = ["roberta", "deberta", "modernbert"]
SETTINGS = ArcherConfig(policy_learning_rate=0.01, critic_learning_rate=0.01, kl_coefficient=0.1)
SAID = episode_batch().turn_of_token >= 0


def load(folder, **settings):
    return Policy.load(PolicyConfig(model=folder, device="cpu", **settings))


def logprobs(policy):
    with torch.no_grad():
        return policy(episode_batch().tokens, episode_batch().lengths)[0]


@pytest.mark.parametrize("family", SPEAKERS)
def test_a_policy_learns_and_is_saved_and_loaded(family, model_folder, tmp_path):
    policy = load(model_folder(family))
    before = logprobs(policy)
    Actor(policy, SETTINGS, "archer").step(episode_batch(), SAID.float())
    after = logprobs(policy)
    assert after[SAID].sum() > before[SAID].sum() + 0.1
    policy.save(tmp_path)
    assert torch.equal(logprobs(load(str(tmp_path))), after)


@pytest.mark.parametrize(
    ("kind", "family"),
    [("joint", family) for family in ENCODERS] + [("causal", family) for family in SPEAKERS],
)
def test_a_critic_learns_and_its_trunk_is_saved_and_loaded(kind, family, model_folder, tmp_path):
    policy = load("tiny")
    if kind == "causal":
        policy = load(model_folder(family))
    config = CriticConfig(kind=kind, model=model_folder(family))
    critic = load_critic(config, policy)
    batch = episode_batch()
    before = values(critic, batch)
    assert before.isfinite().all()
    learner = UtteranceCritic(critic, SETTINGS, "archer")
    learner.regress(batch, torch.ones(2, 3), torch.ones(2, 3))
    # A pooler that no head reads, or the embedding of a mask that no text holds, stays without.
    reached = [name for name, p in critic.trunk.named_parameters() if p.grad is not None]
    assert any("embed" in name or "wte" in name for name in reached)
    after = values(critic, batch)
    assert (after - 1).abs().mean() < (before - 1).abs().mean()
    critic.trunk.save_pretrained(tmp_path)
    policy.tokenizer.save_pretrained(tmp_path)
    again = load_critic(CriticConfig(kind=kind, model=str(tmp_path)), policy)
    again.q_head, again.v_head = critic.q_head, critic.v_head
    torch.testing.assert_close(values(again, batch), after, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("family", ENCODERS)
def test_a_joint_critic_reads_padding_and_long_texts(family, model_folder):
    policy = load("tiny", max_new_tokens=4)
    critic = load_critic(CriticConfig(kind="joint", model=model_folder(family)), policy)
    short = policy.encode_opening("Is it alive?")
    long = policy.encode_opening("xq " * 200) + short
    assert len(long) > 130
    with torch.no_grad():
        alone, both = critic._encode([short]), critic._encode([short, long])
    assert both.isfinite().all()
    torch.testing.assert_close(both[0], alone[0], atol=1e-5, rtol=1e-4)


def read(policy, wanted=None):
    """What a pass says, and the gradients of what is said."""
    policy.zero_grad()
    logprob, hidden = policy(episode_batch().tokens, episode_batch().lengths, wanted)
    logprob[SAID].sum().backward()
    return logprob.detach(), hidden.detach(), [p.grad.clone() for p in policy.parameters()]


@pytest.mark.parametrize("family", [*SPEAKERS, "gemma2", "cohere"])
def test_wanted_logprobs_are_those_of_the_models_own_logits(family, model_folder):
    policy = load(model_folder(family), temperature=0.7)
    batch = episode_batch()
    logprob, hidden, gradients = read(policy, SAID)
    assert not logprob[~SAID].any()
    whole, everywhere, expected = read(policy)
    torch.testing.assert_close(logprob[SAID], whole[SAID], atol=1e-6, rtol=1e-6)
    assert torch.equal(hidden, everywhere)
    for own, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(own, other, atol=1e-5, rtol=1e-4)
    with torch.no_grad():
        mask = (torch.arange(9) < batch.lengths[:, None]).long()
        output = policy.model(batch.tokens, attention_mask=mask, output_hidden_states=True)
        own = (output.logits[:, :-1] / 0.7).log_softmax(-1).gather(-1, batch.tokens[:, 1:, None])
    inside = mask[:, 1:].bool()
    torch.testing.assert_close(whole[:, 1:][inside], own[..., 0][inside], atol=2e-6, rtol=1e-6)
    torch.testing.assert_close(
        hidden[:, 1:][inside], output.hidden_states[-1][:, :-1][inside], atol=1e-6, rtol=1e-6
    )


def test_logits_are_made_where_they_are_wanted_alone(model_folder):
    policy = load(model_folder("gpt2"))
    seen = []
    policy.model.lm_head.register_forward_hook(lambda _m, _i, logits: seen.append(logits.shape[:2]))
    batch = episode_batch()
    policy(batch.tokens, batch.lengths, SAID)
    _, hidden = policy(batch.tokens, batch.lengths, torch.zeros_like(SAID))
    assert seen == [(1, int(SAID.sum())), (1, 0)]
    assert hidden.shape == (2, 9, 32)


def test_a_family_without_an_output_head_of_its_own_makes_all_logits(model_folder, monkeypatch):
    policy = load(model_folder("gpt2"))
    expected = read(policy, SAID)
    for head in (None, torch.nn.Identity()):
        monkeypatch.setattr(policy.model, "get_output_embeddings", lambda head=head: head)
        logprob, hidden, gradients = read(policy, SAID)
        torch.testing.assert_close(logprob, expected[0], atol=1e-6, rtol=1e-6)
        assert torch.equal(hidden, expected[1])
        for own, other in zip(gradients, expected[2], strict=True):
            torch.testing.assert_close(own, other, atol=1e-5, rtol=1e-4)


def counted(model):
    """Counts how often the first layer of ``model`` computes."""
    calls = []
    layer = next(part for part in model.modules() if isinstance(part, GradientCheckpointingLayer))
    part = next(part for part in layer.modules() if isinstance(part, torch.nn.LayerNorm))
    part.register_forward_hook(lambda *_: calls.append(None))
    return calls


@pytest.mark.parametrize("training", [False, True])
def test_layers_that_are_computed_anew_give_equal_gradients(training, model_folder):
    policy = load(model_folder("gpt2")).train(training)
    anew = copy.deepcopy(policy)
    anew.recompute_layers()
    anew.recompute_layers()  # does nothing
    calls = counted(anew.model)
    results = []
    for network in (policy, anew):
        torch.manual_seed(0)  # of dropout
        results.append(read(network, SAID))
    assert len(calls) == 2
    for one, other in zip(results[0][2], results[1][2], strict=True):
        assert torch.equal(one, other)
    assert torch.equal(results[0][0], results[1][0])
    calls.clear()
    logprobs(anew)
    assert len(calls) == 1


@pytest.mark.parametrize("kind", ["causal", "joint"])
@pytest.mark.parametrize("trunk", ["policy", "other"])
def test_a_critics_layers_are_computed_anew_where_the_policys_are(kind, trunk, model_folder):
    family = "gpt2" if kind == "causal" else "roberta"
    model = "policy" if trunk == "policy" else model_folder(family)
    gradients = []
    for anew in (False, True):
        policy = load(model_folder("gpt2"))
        if anew:
            policy.recompute_layers()
        critic = load_critic(CriticConfig(kind=kind, model=model), policy)
        calls = counted(critic.trunk)
        out = critic(episode_batch())
        passes = len(calls)
        (out.q.square().sum() + out.v.square().sum()).backward()
        assert len(calls) == (2 * passes if anew else passes)
        gradients.append([p.grad for p in critic.parameters()])
    for one, other in zip(*gradients, strict=True):
        assert (one is None and other is None) or torch.equal(one, other)


def test_copies_compute_their_own_layers_anew(model_folder):
    policy = load(model_folder("gpt2"))
    policy.recompute_layers()
    other = copy.deepcopy(policy)
    before = logprobs(policy)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(0.1)
    assert torch.equal(logprobs(policy), before)
    assert not torch.allclose(logprobs(other), before)
    policy.model.zero_grad()
    read(other, SAID)
    assert all(p.grad is None for p in policy.parameters())


def test_a_model_without_layers_cannot_compute_them_anew():
    with pytest.raises(ModelError, match=r"Linear has no layers .*run\.gradient_checkpointing"):
        recompute_layers(torch.nn.Linear(2, 2))


CONFIG = """
env: {{id: twenty_questions_subset, num_envs: 4, options: {{max_turns: 3}}}}
policy: {{model: {model}, max_new_tokens: 4, device: cpu{lora}}}
critic: {{kind: {kind}, model: {critic}}}
bc: {{demonstrations: 8, steps: 2, batch_size: 4}}
archer:
  iterations: 1
  episodes_per_iteration: 4
  critic_updates: 1
  critic_only_iterations: 0
  critic_batch_size: 4
  actor_batch_size: 4
eval: {{episodes: 4, every: 0, final_episodes: 4, num_envs: 4}}
run: {{out: {out}, threads: 1, gradient_checkpointing: {anew}}}
"""


@pytest.mark.parametrize(
    ("speaker", "kind", "critic"),
    [
        ("gpt2", "joint", "roberta"),
        ("llama", "causal", "policy"),
        ("qwen3", "joint", "deberta"),
        ("mistral", "causal", "policy"),
        ("gemma", "joint", "modernbert"),
    ],
)
def test_a_run_ends_and_gradient_checkpointing_changes_no_byte(
    speaker, kind, critic, model_folder, tmp_path
):
    weights = []
    lora = ", lora_rank: 2, lora_dropout: 0.5" if speaker == "mistral" else ""
    for anew in ("false", "true"):
        path = tmp_path / "config.yaml"
        settings = {
            "model": model_folder(speaker),
            "kind": kind,
            "critic": "policy" if critic == "policy" else model_folder(critic),
        }
        path.write_text(CONFIG.format(**settings, lora=lora, anew=anew, out=tmp_path / anew))
        folder = train(load_config(path), quiet=True)
        weights.append([p.read_bytes() for p in sorted((folder / "policy").glob("*.safetensors"))])
    assert len(weights[0]) == 2  # policy and critic
    assert weights[0] == weights[1]
