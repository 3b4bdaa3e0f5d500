"""What several test files share: tiny models of real families, saved as folders."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from transformers import (
    AutoTokenizer,
    CohereConfig,
    CohereForCausalLM,
    DebertaV2Config,
    DebertaV2Model,
    Gemma2Config,
    Gemma2ForCausalLM,
    GemmaConfig,
    GemmaForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    ModernBertConfig,
    ModernBertModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    RobertaConfig,
    RobertaModel,
)

settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile(
    "thorough", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("ARCHER_HYPOTHESIS", "quick"))

SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
DECODER = {
    "intermediate_size": 64,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": None,
    "eos_token_id": 0,
    "pad_token_id": 0,
    **SIZE,
}
ENCODER = {"intermediate_size": 64, "max_position_embeddings": 130, "pad_token_id": 0, **SIZE}
# ModernBERT's tokens around a text: none of the built-in tokenizer's has that meaning.
AROUND = {f"{name}_token_id": 0 for name in ("bos", "eos", "cls", "sep")}
CAUSAL = {
    "gpt2": lambda n: GPT2LMHeadModel(
        GPT2Config(vocab_size=n, n_positions=256, n_embd=32, n_layer=2, n_head=4)
    ),
    "llama": lambda n: LlamaForCausalLM(LlamaConfig(vocab_size=n, **DECODER)),
    "qwen2": lambda n: Qwen2ForCausalLM(Qwen2Config(vocab_size=n, **DECODER)),
    "qwen3": lambda n: Qwen3ForCausalLM(Qwen3Config(vocab_size=n, head_dim=8, **DECODER)),
    "mistral": lambda n: MistralForCausalLM(MistralConfig(vocab_size=n, **DECODER)),
    "gemma": lambda n: GemmaForCausalLM(GemmaConfig(vocab_size=n, head_dim=8, **DECODER)),
    # The families that do more to their logits than an output head: a soft cap, a scale.
    "gemma2": lambda n: Gemma2ForCausalLM(
        Gemma2Config(vocab_size=n, head_dim=8, final_logit_softcapping=0.05, **DECODER)
    ),
    "cohere": lambda n: CohereForCausalLM(CohereConfig(vocab_size=n, logit_scale=0.5, **DECODER)),
}
BIDIRECTIONAL = {
    "roberta": lambda n: RobertaModel(RobertaConfig(vocab_size=n, **ENCODER)),
    "deberta": lambda n: DebertaV2Model(
        DebertaV2Config(
            vocab_size=n,
            relative_attention=True,
            position_buckets=16,
            pos_att_type=["p2c", "c2p"],
            **ENCODER,
        )
    ),
    "modernbert": lambda n: ModernBertModel(
        ModernBertConfig(vocab_size=n, local_attention=16, **AROUND, **ENCODER)
    ),
}


@pytest.fixture(scope="session")
def tokenizer():
    """The built-in tokenizer."""
    return AutoTokenizer.from_pretrained(str(files("archer") / "tiny"))


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory, tokenizer):
    """A function from a family's name to a folder with a tiny model of it and a tokenizer."""
    folders: dict[str, Path] = {}

    def folder(family: str) -> str:
        if family not in folders:
            folders[family] = tmp_path_factory.mktemp(family)
            torch.manual_seed(0)
            if family in BIDIRECTIONAL:
                model = BIDIRECTIONAL[family](len(tokenizer))
            else:
                model = CAUSAL[family](len(tokenizer) + 8)
            model.save_pretrained(folders[family])
            tokenizer.save_pretrained(folders[family])
        return str(folders[family])

    return folder


@pytest.fixture
def generator():
    """A random stream with a fixed seed."""
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def small_model(tmp_path_factory, tokenizer):
    """A folder with a model of 48 positions, which episodes soon outgrow."""
    folder = tmp_path_factory.mktemp("small")
    torch.manual_seed(0)
    size = {"n_embd": 16, "n_layer": 1, "n_head": 2}
    GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_positions=48, **size)).save_pretrained(
        folder
    )
    tokenizer.save_pretrained(folder)
    return folder
