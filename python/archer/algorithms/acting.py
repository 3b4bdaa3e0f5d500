"""How a method acts, saved beside its policy: what it is as JSON, and the network it needs."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from archer.adapters import load_own_tensors, own_tensors
from archer.algorithms.best_of import BestOf
from archer.algorithms.steered import Steered
from archer.errors import ModelError
from archer.policy import Policy
from archer.sampler import Sampler, SamplerFactory

DESCRIPTION, WEIGHTS = "acting.json", "acting.safetensors"
KINDS: dict[str, type[Steered] | type[BestOf]] = {"steered": Steered, "best_of": BestOf}
"""The ways to act other than by sampling from the policy."""


def save_acting(acting: Steered | BestOf, folder: Path) -> None:
    """Writes into a policy's folder how it acts."""
    save_file(own_tensors(acting.module), folder / WEIGHTS)
    (kind,) = (name for name, known in KINDS.items() if isinstance(acting, known))
    text = json.dumps({"kind": kind} | acting.settings(), indent=2)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def load_acting(folder: Path | str, policy: Policy) -> SamplerFactory:
    """How what is saved in ``folder`` acts; by sampling from ``policy`` where nothing else is said.

    Args:
        folder: of a saved policy (or the name of a model).
        policy: loaded from there.

    Raises:
        ModelError: there is a description that cannot be read, or its network is missing.
    """
    folder = Path(folder)
    description = folder / DESCRIPTION
    if not description.is_file():
        return Sampler
    try:
        settings = json.loads(description.read_text(encoding="utf-8"))
        acting = KINDS[settings.pop("kind")].load(settings, policy)
        tensors = load_file(folder / WEIGHTS)
        if missing := own_tensors(acting.module).keys() ^ tensors.keys():
            raise ValueError(f"other tensors are there than expected: {sorted(missing)[:3]}")
        load_own_tensors(acting.module, tensors)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"cannot read how the policy in {folder} acts: {error!r}; expected {DESCRIPTION} and "
            f"{WEIGHTS} as a run writes them. Remove {DESCRIPTION} to let the policy act alone"
        ) from error
    return acting
