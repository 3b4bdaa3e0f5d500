"""Loading models: transformers and peft, with errors that say what was looked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging as transformers_logging

from archer.config import PolicyConfig
from archer.errors import ConfigError, ModelError
from archer.hub import is_path, out_of_reach

BUILT_IN = "tiny"


def load_language_model(config: PolicyConfig, seed: int) -> tuple[Any, Any]:
    """The causal language model that ``config`` describes, with its adapters, and its tokenizer.

    What is trained is in float32; only a base that adapters keep frozen is in ``config.dtype``. The
    adapters of a saved folder are trained on as they are, whatever ``config.lora_rank`` says.

    Returns:
        The model and its tokenizer, the latter None where there is none.

    Raises:
        ModelError: no such model or folder, or peft is missing for LoRA.
    """
    dtype = resolve_dtype(config.dtype)
    if (Path(config.model) / "adapter_config.json").is_file():
        return load_adapters(config.model, dtype)
    if config.lora_rank is None:
        dtype = torch.float32
    if config.model == BUILT_IN:
        model, tokenizer = load_built_in(seed, dtype)
    else:
        model, tokenizer = load_pretrained(AutoModelForCausalLM, config.model, dtype)
    return model if config.lora_rank is None else with_lora(model, config, seed), tokenizer


def load_built_in(seed: int, dtype: torch.dtype) -> tuple[Any, Any]:
    """The tiny causal model that ships with archer, initialised by ``seed``, and its tokenizer."""
    folder = built_in_folder()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    return model.to(dtype), AutoTokenizer.from_pretrained(folder)


def built_in_folder() -> str:
    """Where the built-in model's configuration and tokenizer are; it has no weights there."""
    return str(files("archer") / BUILT_IN)


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
    if is_path(name) and not Path(name).is_dir():
        raise ModelError(
            f"no model folder at {name!r}; expected a folder with config.json and weights, "
            "or the name of a model on the hub"
        )
    unreachable = out_of_reach(name)
    cached = {"local_files_only": unreachable is not None}
    try:
        with no_progress_bars():
            # Auto classes look for adapters first, with arguments of their own.
            model = auto.from_pretrained(name, dtype=dtype, adapter_kwargs=cached, **cached)
    except (OSError, ValueError) as error:
        wrong = unreachable or (
            f"{error}; expected a folder with config.json and weights, the name of a model on the "
            f"hub, or {BUILT_IN!r}"
        )
        raise ModelError(f"cannot load a model from {name!r}: {wrong}") from error
    return model, _load_tokenizer(name, **cached)


def _load_tokenizer(name: str, local_files_only: bool = False) -> Any | None:
    try:
        return AutoTokenizer.from_pretrained(name, local_files_only=local_files_only)
    except (OSError, ValueError):
        return None


def check_tokenizer(model: Any, tokenizer: Any) -> None:
    """Refuses a tokenizer that a policy cannot speak by.

    Raises:
        ModelError: it has no end token, or more tokens than the model embeds.
    """
    if tokenizer.eos_token_id is None:
        raise ModelError(
            "the policy's tokenizer has no end token, so an utterance could never end; "
            "set one (tokenizer.eos_token = ...) and save it beside the model"
        )
    vocabulary = model.get_input_embeddings().num_embeddings
    if len(tokenizer) > vocabulary:
        raise ModelError(
            f"the tokenizer has {len(tokenizer)} tokens but the model embeds {vocabulary}; "
            "use the model's own tokenizer, or resize its embeddings"
        )


def resolve_device(name: str) -> torch.device:
    """``"auto"`` is the first GPU if there is one, else the CPU.

    Raises:
        ConfigError: no such device here.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if gpus else "cpu")
    possible = ["auto", "cpu", *(["cuda"] if gpus else []), *(f"cuda:{n}" for n in range(gpus))]
    if name not in possible:
        raise ConfigError(
            f"policy.device is {name!r}; expected one of {', '.join(possible)}"
            + ("" if gpus else " (torch finds no CUDA GPU here)")
        )
    return torch.device(name)


def resolve_dtype(name: str) -> torch.dtype:
    """The torch dtype called ``name``; configurations allow float32 and bfloat16."""
    dtype: torch.dtype = getattr(torch, name)
    return dtype


@contextmanager
def head_at(model: Any, places: tuple[Tensor, Tensor]) -> Iterator[list[Tensor]]:
    """Lets the output head of a causal language model read some of a pass's hidden states alone.

    What a family does to its logits after the head (a scale, a soft cap) it does as ever.

    Args:
        model: its logits are (1, M, V) in this context.
        places: rows and columns, each (M,).

    Yields:
        A list, to which the pass adds the (B, L, H) hidden states that the head was given; it stays
        empty, and logits are of every place, where the family has no such head.
    """
    given: list[Tensor] = []

    def read(_head: nn.Module, states: tuple[Tensor, ...]) -> Tensor:
        given.append(states[0])
        return states[0][places][None]

    head = model.get_output_embeddings()
    hook = None if head is None else head.register_forward_pre_hook(read)
    try:
        yield given
    finally:
        if hook is not None:
            hook.remove()


def with_lora(model: Any, config: PolicyConfig, seed: int) -> Any:
    """Wraps ``model`` in low-rank adapters; only these are trained.

    Raises:
        ModelError: peft is missing.
        ConfigError: the model has no layers of the names in ``lora_targets``.
    """
    try:
        from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ModelError("lora_rank needs the peft extra: pip install 'archer[peft]'") from error
    lora = LoraConfig(
        r=config.lora_rank or 0,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=config.lora_targets,
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),
        task_type="CAUSAL_LM",
    )
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return get_peft_model(model, lora)
    except ValueError as error:
        raise ConfigError(
            f"policy.lora_targets is {config.lora_targets}: {error}; expected names of linear "
            "layers of the policy, or null for peft's choice"
        ) from error


def load_adapters(folder: str, dtype: torch.dtype) -> tuple[Any, Any]:
    """The base model that the adapters in ``folder`` name, with them; only they are trained.

    Returns:
        The model and its tokenizer: that of the folder, else of the base, else None.

    Raises:
        ModelError: peft is missing, or base or adapters cannot be loaded.
    """
    try:
        from peft import PeftConfig, PeftModel  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ModelError(
            f"the adapters in {folder!r} need the peft extra: pip install 'archer[peft]'"
        ) from error
    base = PeftConfig.from_pretrained(folder).base_model_name_or_path
    if not base:
        raise ModelError(f"the adapters in {folder!r} do not name their base model")
    model, tokenizer = load_pretrained(AutoModelForCausalLM, base, dtype)
    try:
        with torch.random.fork_rng(devices=[]):
            model = PeftModel.from_pretrained(model, folder, is_trainable=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"cannot load the adapters in {folder!r} onto {base!r}: {error}; expected a folder "
            "that peft wrote for this base model"
        ) from error
    return model, _load_tokenizer(folder) or tokenizer
