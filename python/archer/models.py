"""Loading models: transformers and peft, with errors that say what was looked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from archer.config import PolicyConfig
from archer.errors import ModelError

BUILT_IN = "tiny"


def load_built_in(seed: int, dtype: torch.dtype) -> tuple[Any, Any]:
    """The tiny causal model that ships with archer, initialised by ``seed``, and its tokenizer."""
    folder = str(files("archer") / BUILT_IN)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    return model.to(dtype), AutoTokenizer.from_pretrained(folder)


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keeps transformers' bars for reading and writing weights out of archer's own display."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def load_pretrained(auto: Any, name: str, dtype: torch.dtype) -> tuple[Any, Any]:
    """Loads a model by ``auto`` (an Auto class) and its tokenizer, by hub name or folder.

    Returns:
        The model and its tokenizer, the latter None where there is none.

    Raises:
        ModelError: nothing can be loaded from there.
    """
    if (name.startswith((".", "/", "~")) or name.count("/") > 1) and not Path(name).is_dir():
        raise ModelError(
            f"no model folder at {name!r}; expected a folder with config.json and weights, "
            "or the name of a model on the hub"
        )
    try:
        with no_progress_bars():
            model = auto.from_pretrained(name, dtype=dtype)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot load a model from {name!r}: {error}; expected a folder with config.json and "
            f"weights, the name of a model on the hub, or {BUILT_IN!r}"
        ) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError):
        tokenizer = None
    return model, tokenizer


def resolve_device(name: str) -> torch.device:
    """``"auto"`` is the first GPU if there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


def resolve_dtype(name: str) -> torch.dtype:
    """The torch dtype called ``name``; configurations allow float32, bfloat16 and float16."""
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def with_lora(model: Any, config: PolicyConfig, seed: int) -> Any:
    """Wraps ``model`` in low-rank adapters; only these are trained."""
    try:
        from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ModelError("lora_rank needs the peft extra: pip install 'archer[peft]'") from error
    lora = LoraConfig(
        r=config.lora_rank or 0,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=config.lora_targets,
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return get_peft_model(model, lora)
