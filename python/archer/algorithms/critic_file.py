"""A critic in a file, beside the policy that it was learned for."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from archer.adapters import load_own_tensors, own_tensors
from archer.critic import Critic
from archer.errors import ModelError

CRITIC = "critic.safetensors"


def save_critic(critic: Critic, folder: Path) -> None:
    """Writes the weights of ``critic`` into the folder of a policy, but not a base they share."""
    tensors = {name: tensor.contiguous() for name, tensor in own_tensors(critic).items()}
    save_file(tensors, folder / CRITIC)


def critic_path(folder: Path) -> Path:
    """Where the critic beside a policy is.

    Raises:
        ModelError: there is none in ``folder``.
    """
    path = folder / CRITIC
    if not path.is_file():
        raise ModelError(
            f"there is no critic at {path}; expected the folder of a policy that a run of archer "
            "or archer_offline saved, such as runs/offline/policy"
        )
    return path


def load_critic_weights(critic: Critic, folder: Path) -> None:
    """Replaces the weights of ``critic`` by those that `save_critic` wrote.

    Raises:
        ModelError: there are none in ``folder``, or they are damaged, or of another critic.
    """
    path = critic_path(folder)
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ModelError(f"the critic at {path} is damaged: {error}") from error
    own = {name: tuple(tensor.shape) for name, tensor in own_tensors(critic).items()}
    given = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    wrong = sorted(name for name in own.keys() | given if own.get(name) != given.get(name))
    if wrong:
        name = wrong[0]
        raise ModelError(
            f"the critic at {path} is another than that of the section critic: {len(wrong)} of its "
            f"tensors differ, {name} having shape {given.get(name, 'none')} there and "
            f"{own.get(name, 'none')} here; give critic and policy as they were in that run"
        )
    load_own_tensors(critic, tensors)
