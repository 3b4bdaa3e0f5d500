"""Networks over one frozen base: copies that share it, and what of them is written to a file.

With LoRA a policy is a frozen base and a few trained adapters. The reference, the critic and the
critic's target network are copies that have adapters of their own and hold the very same tensors of
the base, so that it is in memory once, however many networks stand on it.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor, nn

from archer.errors import ModelError
from archer.models import built_in_folder
from archer.passes import compile_as

Module = TypeVar("Module", bound=nn.Module)


def is_adapted(model: Any) -> bool:
    """Whether ``model`` is wrapped by peft."""
    return hasattr(model, "merge_and_unload")


def shares_base(model: Any) -> bool:
    """Whether copies of ``model`` share its base.

    Not where the base is built in: that is on no disk for adapters to name, and they are saved
    merged into it, so that it would be gone when what stands on it is loaded again.
    """
    if not is_adapted(model):
        return False
    return bool(model.active_peft_config.base_model_name_or_path != built_in_folder())


def merged(model: Any) -> Any:
    """A float32 copy of ``model``, its adapters (if it has any) merged into its weights."""
    model = copy.deepcopy(model).float()
    return model.merge_and_unload() if is_adapted(model) else model


def shared_copy(module: Module) -> Module:
    """A copy of ``module`` with parameters of its own where ``module`` trains them, and only there.

    Frozen parameters are the same tensors in both. Of a module that is trained whole, it is a copy
    of everything.
    """
    frozen: dict[int, Any] = {id(p): p for p in module.parameters() if not p.requires_grad}
    own = copy.deepcopy(module, frozen)
    compile_as(own, module)
    return own


def trunk_of(model: Any) -> Any:
    """What of a causal language model is below its output head, with its adapters if it has any."""
    return (model.get_base_model() if is_adapted(model) else model).base_model


def own_trunk(model: Any) -> Any:
    """The trunk of a causal language model, to be trained apart from it; begins as the model is.

    Of an adapted model, its base with adapters that begin as the model's; of another one, a copy in
    float32.
    """
    if shares_base(model):
        return shared_copy(trunk_of(model))
    return merged(model).base_model.requires_grad_(True)


def own_tensors(module: nn.Module) -> dict[str, Tensor]:
    """What of ``module`` is written to a file: all, but not the base that adapters leave frozen.

    A module of which nothing is trained (a target network) is its own, and is written whole.
    """
    frozen = {name for name, p in module.named_parameters() if not p.requires_grad}
    tensors: dict[str, Tensor] = module.state_dict()
    if len(frozen) == sum(1 for _ in module.parameters()):
        return tensors
    return {name: tensor for name, tensor in tensors.items() if name not in frozen}


def load_own_tensors(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Brings back what `own_tensors` gave, into a module that has tensors of these names."""
    module.load_state_dict(tensors, strict=False)


def load_adapter_weights(model: Any, folder: Path) -> None:
    """Replaces the adapters of ``model`` by those in ``folder``, that peft wrote for its base.

    Raises:
        ModelError: there are none, or they are others.
    """
    from peft import load_peft_weights, set_peft_model_state_dict  # noqa: PLC0415 - an extra

    if not (folder / "adapter_config.json").is_file():  # peft would look for it on the hub
        raise ModelError(f"there are no adapters in {folder}; expected a folder that peft wrote")
    try:
        set_peft_model_state_dict(model, load_peft_weights(str(folder), device="cpu"))
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"cannot load the adapters in {folder}: {error}") from error


def savable(model: Any) -> Any:
    """What `save_pretrained` is to be called on, so that the folder can be loaded again.

    For LoRA the adapters alone, but merged weights where the base is built in: that has none on
    disk for an adapter to name.
    """
    if not is_adapted(model):
        return model
    if not shares_base(model):
        return merged(model)
    lora = model.active_peft_config
    if isinstance(lora.target_modules, set):
        # The order of a set changes from process to process; that of the saved file must not.
        lora.target_modules = sorted(lora.target_modules)
    return model
