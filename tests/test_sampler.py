"""Rows that come, go, grow and overflow: their log-probabilities are those of a fresh pass."""

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)

from archer.errors import ContextTooLongError, ModelError
from archer.policy import Policy
from archer.sampler import Sampler

POSITIONS = 64
VOCABULARY = 12
SIZE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": POSITIONS,
    "tie_word_embeddings": False,
    # Weights large enough for attention to matter.
    "initializer_range": 0.15,
}
SLIDING = {"use_sliding_window": True, "sliding_window": 9}
FAMILIES = {
    "gpt2": lambda n: GPT2Config(
        vocab_size=n,
        n_positions=POSITIONS,
        n_embd=32,
        n_layer=2,
        n_head=4,
        tie_word_embeddings=False,
    ),
    "llama": lambda n: LlamaConfig(vocab_size=n, **SIZE),
    "qwen2": lambda n: Qwen2Config(vocab_size=n, **SIZE),
    "qwen2-sliding": lambda n: Qwen2Config(vocab_size=n, max_window_layers=0, **SLIDING, **SIZE),
    "qwen2-mixed": lambda n: Qwen2Config(vocab_size=n, max_window_layers=1, **SLIDING, **SIZE),
    "qwen3": lambda n: Qwen3Config(vocab_size=n, **SIZE),
    "mistral": lambda n: MistralConfig(vocab_size=n, sliding_window=9, **SIZE),
    "gemma": lambda n: GemmaConfig(vocab_size=n, **SIZE),
    "gemma3": lambda n: Gemma3TextConfig(
        vocab_size=n,
        sliding_window=9,
        layer_types=["sliding_attention", "full_attention"],
        **SIZE,
    ),
}


class Tokenizer:
    """Few tokens, so that utterances end at all lengths."""

    eos_token_id = 3

    def __len__(self):
        return VOCABULARY


def policy_of(family, attention="sdpa", **settings):
    torch.manual_seed(0)
    config = FAMILIES[family](VOCABULARY)
    config.bos_token_id = config.eos_token_id = config.pad_token_id = None
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention)
    settings = {"max_new_tokens": 6, "temperature": 1.0} | settings
    return Policy(model, Tokenizer(), **settings).eval()


def seen(stream, turns, limit):
    """What is left of a stream whose utterances begin at ``turns`` when its oldest turns go."""
    for start in turns or [len(stream)]:
        context = stream[: turns[0]] + stream[start:] if turns else list(stream)
        if len(context) <= limit:
            return context
    raise AssertionError("the newest turn does not fit")


def played(policy, generator, sampler=Sampler):
    """Five rows over nine turns, of which some leave and others come.

    Returns each utterance with the context that it must have been sampled in, and the numbers of
    contexts that were shortened.
    """
    limit = policy.max_context - policy.max_new_tokens
    openings = [[k % VOCABULARY for k in range(n)] for n in (3, 20, 7, 1, 12, 30, 2, 9)]
    streams = [list(opening) for opening in openings[:5]]
    starts = [[] for _ in streams]
    actor = sampler(policy, generator, streams)
    said, shortened = [], 0
    for turn in range(9):
        contexts = [seen(s, t, limit) for s, t in zip(streams, starts, strict=True)]
        shortened += sum(len(c) < len(s) for c, s in zip(contexts, streams, strict=True))
        utterances = actor.speak()
        said += zip(contexts, utterances, strict=True)
        heard = [[4 + row] * ((3 * row + turn) % 11) for row in range(len(streams))]
        for row, (stream, utterance) in enumerate(zip(streams, utterances, strict=True)):
            starts[row].append(len(stream))
            stream.extend(utterance.tokens + heard[row])
        actor.hear(heard)
        if turn in (1, 2, 5):
            kept = [4, 2, 1] if turn == 1 else [1, 2, 3]
            actor.keep(kept)
            streams, starts = [streams[r] for r in kept], [starts[r] for r in kept]
            new = {1: [5], 2: [6, 7, 0], 5: []}[turn]
            actor.add([openings[n] for n in new])
            streams += [list(openings[n]) for n in new]
            starts += [[] for _ in new]
    return said, shortened


def fresh(policy, context, utterance):
    tokens = torch.tensor([context + utterance.tokens])
    with torch.no_grad():
        logprobs, _ = policy(tokens, torch.tensor([tokens.shape[1]]))
    return logprobs[0, len(context) :].tolist()


def assert_fresh(policy, said):
    for context, utterance in said:
        expected = fresh(policy, context, utterance)
        assert utterance.logprobs == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("settings", [{}, {"temperature": 1.6, "top_p": 0.9}], ids=str)
@pytest.mark.parametrize("family", FAMILIES)
def test_logprobs_are_those_of_a_fresh_pass(family, settings, generator):
    policy = policy_of(family, **settings)
    said, shortened = played(policy, generator)
    assert shortened >= 5
    assert len({len(utterance.tokens) for _, utterance in said}) >= 4
    assert_fresh(policy, said)


@pytest.mark.parametrize("family", ["gpt2", "gemma3"])
def test_eager_attention_takes_the_same_masks(family, generator):
    policy = policy_of(family, attention="eager")
    assert_fresh(policy, played(policy, generator)[0])


def test_rows_are_fed_their_new_tokens_alone(generator):
    policy = policy_of("gpt2")
    shapes = []
    policy.model.register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape)))
    sampler = Sampler(policy, generator, [[1] * 20, [2] * 9])
    utterances = sampler.speak()
    assert shapes[0] == (2, 20)
    # A row that has ended its utterance is not fed again.
    lengths = [len(utterance.tokens) for utterance in utterances]
    steps = range(1, max(lengths))
    assert shapes[1:] == [(sum(n > step for n in lengths), 1) for step in steps]
    shapes.clear()
    sampler.hear([[4, 5], [6]])
    sampler.add([[7] * 15])
    sampler.speak()
    assert shapes[:2] == [(2, 3), (1, 15)]


class InParts(Sampler):
    pass_tokens = 24


@pytest.mark.parametrize("family", ["gpt2", "gemma3"])
def test_new_rows_may_be_read_in_parts(family, generator):
    policy = policy_of(family)
    shapes = []
    policy.model.register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape)))
    said, _ = played(policy, generator, InParts)
    # The openings of 1, 3, 7, 12 and 20 tokens.
    assert [rows for rows, width in shapes[:3]] == [2, 2, 1]
    assert_fresh(policy, said)


def test_what_rollouts_cannot_keep(generator):
    policy = policy_of("llama")
    policy.model.config.layer_types = ["chunked_attention"] * 2
    policy.model.config.attention_chunk_size = 8
    with pytest.raises(ModelError, match=r"kinds \['chunked_attention'\]; rollouts keep"):
        Sampler(policy, generator, [[1]])
    policy = policy_of("llama")
    policy.model.config._attn_implementation = "flash_attention_2"
    with pytest.raises(ModelError, match="'flash_attention_2'; rollouts give it masks"):
        Sampler(policy, generator, [[1]])


def test_no_rows(generator):
    sampler = Sampler(policy_of("gpt2"), generator, [])
    assert sampler.speak() == []
    sampler.add([[1, 2]])
    assert len(sampler.speak()) == 1
    sampler.keep([])
    assert sampler.speak() == []


def test_rows_may_go_before_they_were_fed(generator):
    policy = policy_of("gpt2")
    sampler = Sampler(policy, generator, [[1, 2], [3]])
    first = sampler.speak()
    sampler.hear([[4], [5]])
    sampler.add([[6, 7, 8], [9], [10]])
    sampler.keep([4, 1, 3])
    contexts = [[10], [3, *first[1].tokens, 5], [9]]
    assert_fresh(policy, zip(contexts, sampler.speak(), strict=True))


def test_what_rows_refuse(generator):
    sampler = Sampler(policy_of("gpt2"), generator, [[1, 2], [3]])
    for rows in ([2], [-1], [0, 0]):
        with pytest.raises(ModelError, match=r"rows to keep are .*below 2, none twice"):
            sampler.keep(rows)
    with pytest.raises(ModelError, match="1 observations were given for 2 rows"):
        sampler.hear([[4]])
    with pytest.raises(ModelError, match="a context holds no token"):
        sampler.add([[4], []])
    assert len(sampler.speak()) == 2


def test_the_newest_turn_must_fit(generator):
    sampler = Sampler(policy_of("gpt2"), generator, [[1] * 10])
    sampler.speak()
    sampler.hear([[2] * 50])
    with pytest.raises(ContextTooLongError, match="64 positions"):
        sampler.speak()
