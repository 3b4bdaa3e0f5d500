"""How networks pass: in which precision, and what they keep for the backward pass."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING

from archer.errors import ConfigError, ModelError


def precision(device: torch.device, dtype: torch.dtype) -> AbstractContextManager[Any]:
    """The context of a forward pass: float32 as it is, bfloat16 by mixed precision."""
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=dtype)


def reads_both_ways(trunk: Any) -> bool:
    """Whether ``trunk`` is a bidirectional encoder."""
    return type(trunk.config) in MODEL_FOR_MASKED_LM_MAPPING


def whole_rows(trunk: Any) -> dict[str, bool]:
    """Arguments of a pass over whole rows, after which nobody asks for keys and values."""
    return {} if reads_both_ways(trunk) else {"use_cache": False}


def check_compiler(device: torch.device) -> None:
    """Compiles and calls a function of one line.

    Raises:
        ConfigError: torch cannot do that here.
    """
    try:
        torch.compile(_one_line)(torch.ones(2, device=device))
    except Exception as error:
        raise ConfigError(
            f"run.compile needs what torch.compile needs on {device} (a C++ compiler on a CPU, "
            f"Triton on a GPU), and it fails here: {(str(error) or repr(error)).splitlines()[0]}; "
            "install that, or set run.compile to false"
        ) from error


def _one_line(x: torch.Tensor) -> torch.Tensor:
    return x + 1


def compile_trunk(trunk: nn.Module) -> None:
    """Lets torch compile the passes of ``trunk``, at the first of them; for rows of any width.

    There is one compilation for each use: with gradients and without, in training mode, for a
    single row; and one more for each network of another kind.
    """
    limit = torch._dynamo.config.recompile_limit
    torch._dynamo.config.recompile_limit = max(limit, 64)  # beyond it, torch does without
    trunk.compile(dynamic=True)


def compile_as(copy: nn.Module, original: nn.Module) -> None:
    """Compiles of a copy what is compiled of its original: copies are made without."""
    for own, other in zip(copy.modules(), original.modules(), strict=True):
        if other._compiled_call_impl is not None:
            compile_trunk(own)


def uncompiled() -> AbstractContextManager[Any]:
    """A context in which compiled modules run as they were written, as key-value caches need."""
    stance: AbstractContextManager[Any] = torch.compiler.set_stance("force_eager")
    return stance


def recompute_layers(model: nn.Module) -> None:
    """Lets the backward pass compute each layer anew, rather than keep all that it computed.

    Gradient checkpointing (Chen et al., arXiv 1604.06174), of the layers that transformers marks.
    Its own switch acts in training mode alone; this one wherever gradients are wanted, and copies
    of the model keep it. Passes without gradients are as they were. Does nothing the second time.

    Raises:
        ModelError: the model has no layers that are marked.
    """
    layers = [part for part in model.modules() if isinstance(part, GradientCheckpointingLayer)]
    if not layers:
        raise ModelError(
            f"{type(model).__name__} has no layers that can be computed anew in the backward pass; "
            "set run.gradient_checkpointing to false, or take another model"
        )
    for layer in layers:
        if "forward" not in vars(layer):
            layer.forward = partial(_recomputed, layer.forward)


def _recomputed(forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    if not torch.is_grad_enabled():
        return forward(*args, **kwargs)
    return checkpoint(forward, *args, use_reentrant=False, **kwargs)
