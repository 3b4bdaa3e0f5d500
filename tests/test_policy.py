"""The policy and its sampler, on tiny models of the families that people bring."""

import copy
from types import SimpleNamespace

import pytest
import torch

from archer.algorithms.actor import TokenBaseline
from archer.algorithms.method import Kept
from archer.config import PolicyConfig
from archer.errors import ConfigError, ContextTooLongError, ModelError
from archer.models import resolve_device
from archer.policy import Policy
from archer.sampler import Sampler
from archer.saving import _streams

FAMILIES = ["gpt2", "llama", "qwen2"]


def load(folder, **settings):
    return Policy.load(
        PolicyConfig(model=folder, device="cpu", **({"max_new_tokens": 6} | settings))
    )


def spoken(policy, generator, turns=4):
    """Plays ``turns`` turns on rows of different lengths, dropping one row on the way.

    Returns, for each row that is left, its tokens and (position, log-probability) of its samples.
    """
    openings = ["Questions:\n", "", "Questions:\nand a much longer opening than the others"]
    contexts = [policy.encode_opening(text) for text in openings]
    sampler = Sampler(policy, generator, contexts)
    samples = [[] for _ in contexts]
    for turn in range(turns):
        for row, utterance in enumerate(sampler.speak()):
            start = len(contexts[row])
            contexts[row] += utterance.tokens
            samples[row] += list(enumerate(utterance.logprobs, start))
        heard = [policy.encode_observation("Yes." * (row + turn)) for row in range(len(contexts))]
        sampler.hear(heard)
        for context, observation in zip(contexts, heard, strict=True):
            context.extend(observation)
        if turn == 1:
            sampler.keep([0, 2])
            contexts, samples = [contexts[0], contexts[2]], [samples[0], samples[2]]
    return contexts, samples


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_sampled_logprobs_agree_with_a_fresh_forward_pass(
    family, temperature, model_folder, generator
):
    policy = load(model_folder(family), temperature=temperature)
    contexts, samples = spoken(policy, generator)
    lengths = torch.tensor([len(context) for context in contexts])
    tokens = torch.zeros(len(contexts), int(lengths.max()), dtype=torch.long)
    for row, context in enumerate(contexts):
        tokens[row, : len(context)] = torch.tensor(context)
    with torch.no_grad():
        logprobs, _ = policy(tokens, lengths)
    for row, pairs in enumerate(samples):
        assert len(pairs) >= 4
        for position, logprob in pairs:
            assert logprobs[row, position].item() == pytest.approx(logprob, abs=1e-4)


def test_the_same_stream_gives_the_same_utterances(model_folder):
    policy = load(model_folder("gpt2"))
    first = spoken(policy, torch.Generator().manual_seed(3))
    second = spoken(policy, torch.Generator().manual_seed(3))
    other = spoken(policy, torch.Generator().manual_seed(4))
    assert first == second != other


def test_an_utterance_stops_at_its_end_token_or_at_the_limit(model_folder, generator):
    policy = load(model_folder("gpt2"), max_new_tokens=4)
    tokens = [u.tokens for u in Sampler(policy, generator, [[1]] * 64).speak()]
    assert all(len(said) == 4 or said[-1] == policy.end_token for said in tokens)
    row = next(i for i, said in enumerate(tokens) if len(set(said)) == 4)
    # The same draws again, but now the second of them ends an utterance.
    policy.tokenizer = copy.copy(policy.tokenizer)
    policy.tokenizer.eos_token = policy.tokenizer.convert_ids_to_tokens(tokens[row][1])
    again = Sampler(policy, torch.Generator().manual_seed(0), [[1]] * 64).speak()
    assert again[row].tokens == tokens[row][:2]


def test_saves_a_plain_folder(model_folder, tmp_path):
    policy = load(model_folder("qwen2"))
    policy.save(tmp_path)
    again = load(str(tmp_path))
    for name, value in policy.model.state_dict().items():
        torch.testing.assert_close(again.model.state_dict()[name], value)
    assert again.tokenizer.encode("Is it alive?") == policy.tokenizer.encode("Is it alive?")


def test_tiny_is_built_in_and_seeded():
    first, same = (Policy.load(PolicyConfig(device="cpu"), seed=1) for _ in range(2))
    other = Policy.load(PolicyConfig(device="cpu"), seed=2)
    weights = [p.model.get_input_embeddings().weight for p in (first, same, other)]
    torch.testing.assert_close(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_loading_leaves_the_global_random_stream_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    Policy.load(PolicyConfig(device="cpu"), seed=5)
    torch.testing.assert_close(torch.rand(1), expected)


@pytest.mark.parametrize("text", ["Is it alive?", "naïve café ☕ 🎉", "a\nb\tc", ""])
def test_any_text_survives_the_built_in_tokenizer(text):
    policy = Policy.load(PolicyConfig(device="cpu"))
    tokens = policy.encode_utterance(text)
    assert tokens[-1] == policy.end_token
    assert policy.decode(tokens) == text.strip()


def test_an_empty_opening_still_gives_a_context():
    policy = Policy.load(PolicyConfig(device="cpu"))
    assert policy.encode_opening("") == [policy.end_token]


def test_a_fingerprint_tells_vocabularies_apart(model_folder):
    policy, same = Policy.load(PolicyConfig(device="cpu")), load(model_folder("llama"))
    assert policy.fingerprint == same.fingerprint
    other = load(model_folder("gpt2"))
    other.tokenizer.add_tokens(["unheard-of"])
    assert other.fingerprint != policy.fingerprint


def test_token_baseline_shapes_and_no_gradient_to_the_policy(model_folder):
    policy = load(model_folder("gpt2"))
    logprob, hidden = policy(torch.ones(2, 5, dtype=torch.long), torch.tensor([5, 3]))
    assert logprob.shape == (2, 5)
    baseline = TokenBaseline(hidden.shape[-1])
    value = baseline(hidden)
    assert value.shape == (2, 5)
    value.sum().backward()
    assert all(p.grad is None for p in policy.parameters())
    assert all(p.grad is not None for p in baseline.parameters())


def logprobs(policy):
    with torch.no_grad():
        return policy(torch.arange(3, 13).reshape(2, 5), torch.tensor([5, 4]))[0]


def bfloat16_run(policy):
    """Whether each forward pass of the model ran in mixed precision."""
    seen = []
    policy.model.register_forward_pre_hook(lambda *_: seen.append(torch.is_autocast_enabled("cpu")))
    logprobs(policy)
    Sampler(policy, torch.Generator().manual_seed(0), [[1], [2, 3]]).speak()
    return set(seen)


@pytest.mark.parametrize("family", FAMILIES)
def test_bfloat16_trains_float32_weights_by_passes_in_mixed_precision(family, model_folder):
    exact = load(model_folder(family))
    policy = load(model_folder(family), dtype="bfloat16")
    assert {p.dtype for p in policy.parameters()} == {torch.float32}
    assert bfloat16_run(exact) == {False}
    assert bfloat16_run(policy) == {True}
    assert logprobs(policy).dtype == torch.float32
    assert not torch.equal(logprobs(policy), logprobs(exact))
    torch.testing.assert_close(logprobs(policy), logprobs(exact), atol=0.05, rtol=0.02)
    before = copy.deepcopy(policy)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=3e-6, weight_decay=0.0)
    for _ in range(3):
        optimizer.zero_grad()
        policy(torch.arange(3, 13).reshape(2, 5), torch.tensor([5, 4]))[0].sum().backward()
        optimizer.step()
    pairs = zip(before.named_parameters(), policy.parameters(), strict=True)
    assert [name for (name, old), new in pairs if torch.equal(old, new)] == []


@pytest.mark.parametrize("name", ["foo", "cuda"])
def test_a_device_that_is_not_there(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        ConfigError, match=rf"policy.device is '{name}'; expected one of auto, cpu "
    ):
        Policy.load(PolicyConfig(device=name))


def test_a_gpu_beyond_those_that_are_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resolve_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(ConfigError, match=r"expected one of auto, cpu, cuda, cuda:0, cuda:1$"):
        resolve_device("cuda:2")


def test_the_stream_of_a_policys_gpu_is_saved(monkeypatch):
    gpus = (torch.Generator(), torch.Generator())
    monkeypatch.setattr(torch.cuda, "default_generators", gpus)
    policy = SimpleNamespace(device=torch.device("cuda", 1))
    trainer = SimpleNamespace(sampling=torch.Generator(), policy=policy)
    assert _streams(trainer, Kept())["cuda"] is gpus[1]
    policy.device = torch.device("cpu")
    assert _streams(trainer, Kept()).keys() == {"sampling", "torch"}


def test_a_folder_that_is_not_there():
    with pytest.raises(ModelError, match=r"no model folder at '\./nowhere'"):
        load("./nowhere")


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ModelError, match="cannot load a model from"):
        load(str(tmp_path))


def test_a_tokenizer_without_end_token(model_folder, tmp_path, tokenizer):
    load(model_folder("gpt2")).save(tmp_path)
    config = tmp_path / "tokenizer_config.json"
    config.write_text(config.read_text().replace('"eos_token"', '"unused_token"'))
    with pytest.raises(ModelError, match="no end token"):
        load(str(tmp_path))


def test_a_tokenizer_that_is_too_large_for_the_model(model_folder, tokenizer):
    policy = load(model_folder("gpt2"))
    policy.model.resize_token_embeddings(100)
    with pytest.raises(ModelError, match="embeds 100"):
        Policy(policy.model, tokenizer, 4, 1.0)


def test_too_long_a_context_is_refused_before_anything_is_sampled(model_folder, generator):
    policy = load(model_folder("gpt2"))
    sampler = Sampler(policy, generator, [[1] * 251])
    state = generator.get_state()
    with pytest.raises(ContextTooLongError, match=r"257 tokens .* 256 positions; lower"):
        sampler.speak()
    assert torch.equal(generator.get_state(), state)
    assert len(Sampler(policy, generator, [[1] * 250]).speak()) == 1


def nucleus(probabilities, top_p):
    model = SimpleNamespace(get_input_embeddings=lambda: SimpleNamespace(num_embeddings=4))
    policy = Policy(model, Four(), 1, 1.0, top_p=top_p)
    return policy.distribution(torch.tensor(probabilities).log()).exp()


class Four:
    eos_token_id = 0

    def __len__(self):
        return 4


def test_the_nucleus_is_the_smallest_set_that_reaches_the_mass():
    exact = {"atol": 1e-6, "rtol": 0}
    rows = [[0.1, 0.5, 0.1, 0.3], [0.97, 0.01, 0.01, 0.01]]
    expected = torch.tensor([[0, 0.625, 0, 0.375], [1.0, 0, 0, 0]])
    torch.testing.assert_close(nucleus(rows, 0.75), expected, **exact)
    torch.testing.assert_close(nucleus(rows, 0.5)[0], torch.tensor([0.0, 1, 0, 0]), **exact)
    torch.testing.assert_close(nucleus(rows, 1.0), torch.tensor(rows), **exact)
    torch.testing.assert_close(nucleus(rows, 1e-9)[1], torch.tensor([1.0, 0, 0, 0]), **exact)


def test_a_token_outside_the_nucleus_has_a_finite_logprob_that_can_rise(model_folder):
    tokens, lengths = torch.arange(3, 13).reshape(2, 5), torch.tensor([5, 5])
    all_of_it = load(model_folder("gpt2"))
    narrow = load(model_folder("gpt2"), top_p=0.01)
    wide, _ = all_of_it(tokens, lengths)
    logprob, _ = narrow(tokens, lengths)
    assert torch.isfinite(logprob).all()
    assert (logprob >= wide).all()
    logprob[:, 1:].sum().backward()
    gradients = [p.grad for p in narrow.parameters()]
    assert all(torch.isfinite(g).all() for g in gradients)
    assert any(g.abs().max() > 0 for g in gradients)
    # By hand at one place: the token beside a nucleus.
    with torch.no_grad():
        logits = narrow.model(tokens).logits[0, 0]
        p = logits.softmax(-1)
        inside = narrow.distribution(logits).isfinite()
        expected = (p[4] / (p[inside].sum() + p[4] * ~inside[4])).log()
    assert logprob[0, 1].item() == pytest.approx(expected.item(), abs=1e-5)
