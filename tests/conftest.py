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
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    RobertaConfig,
    RobertaModel,
)

settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile(
    "thorough", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("ARCHER_HYPOTHESIS", "quick"))

SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
CAUSAL = {
    "gpt2": lambda n: GPT2LMHeadModel(
        GPT2Config(vocab_size=n, n_positions=256, n_embd=32, n_layer=2, n_head=4)
    ),
    "llama": lambda n: LlamaForCausalLM(
        LlamaConfig(
            vocab_size=n,
            intermediate_size=64,
            num_key_value_heads=2,
            max_position_embeddings=256,
            **SIZE,
        )
    ),
    "qwen2": lambda n: Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=n,
            intermediate_size=64,
            num_key_value_heads=2,
            max_position_embeddings=256,
            **SIZE,
        )
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
            if family == "roberta":
                config = RobertaConfig(
                    vocab_size=len(tokenizer),
                    intermediate_size=64,
                    max_position_embeddings=130,
                    pad_token_id=0,
                    **SIZE,
                )
                RobertaModel(config).save_pretrained(folders[family])
            else:
                CAUSAL[family](len(tokenizer) + 8).save_pretrained(folders[family])
            tokenizer.save_pretrained(folders[family])
        return str(folders[family])

    return folder


@pytest.fixture
def generator():
    """A random stream with a fixed seed."""
    return torch.Generator().manual_seed(0)
