"""A critic in a file, beside the policy that it was learned for."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from archer.adapters import load_own_tensors, own_tensors
from archer.algorithms.archer_settings import learns_q
from archer.config import ArcherConfig
from archer.critic import Critic
from archer.errors import ConfigError, ModelError

CRITIC = "critic.safetensors"
_LEARNED = "learned"
"""The metadata: one text, as the order of several entries differs from file to file."""


def save_critic(critic: Critic, folder: Path, *, discount: float, knows_q: bool = True) -> None:
    """Writes the weights of ``critic`` into the folder of a policy, but not a base they share.

    Args:
        critic: is not changed.
        folder: that of the policy.
        discount: that its values are of.
        knows_q: whether its Q has been trained.
    """
    tensors = {name: tensor.contiguous() for name, tensor in own_tensors(critic).items()}
    learned = json.dumps({"discount": discount, "q": knows_q})
    save_file(tensors, folder / CRITIC, metadata={_LEARNED: learned})


def check_critic(folder: Path, config: ArcherConfig) -> Path:
    """The file of the critic beside a policy, if a run may go on from it.

    One that an earlier version wrote does not say what it has learned, and is taken as it is.

    Args:
        folder: that of the policy.
        config: of the run.

    Raises:
        ConfigError: its values are of another discount, or its Q would be needed and has never been
            trained.
        ModelError: there is none in ``folder``, or it is damaged.
    """
    path = folder / CRITIC
    if not path.is_file():
        raise ModelError(
            f"there is no critic at {path}; expected the folder of a policy that a run of archer "
            "or archer_offline saved, such as runs/offline/policy"
        )
    try:
        with safe_open(path, framework="pt") as file:
            learned = dict(json.loads((file.metadata() or {}).get(_LEARNED, "{}")))
    except (SafetensorError, TypeError, ValueError) as error:
        raise ModelError(f"the critic at {path} is damaged: {error}") from error
    if learned.get("discount", config.discount) != config.discount:
        raise ConfigError(
            f"archer.critic_from: the critic at {path} has learned values of discount "
            f"{learned['discount']}, but archer.discount is {config.discount}; set it to the same"
        )
    if learns_q(config) and not learned.get("q", True):
        raise ConfigError(
            f"archer.critic_from: the critic at {path} has learned V alone (target 'vtrace' "
            "without advantage 'q_minus_v'), but this run begins with its Q; set target to "
            "'vtrace' and advantage to 'gae' or 'td', or leave critic_from out"
        )
    return path


def load_critic_weights(critic: Critic, folder: Path, config: ArcherConfig) -> None:
    """Replaces the weights of ``critic`` by those that `save_critic` wrote.

    Raises:
        ConfigError: see `check_critic`.
        ModelError: see `check_critic`; or they are of another critic.
    """
    path = check_critic(folder, config)
    tensors = load_file(path)
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
