"""How much memory a process has had, and what to do when there is none left."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from archer.errors import OutOfMemoryError

LOWER = {
    "collect": "policy.max_new_tokens",
    "evaluate": "eval.num_envs or policy.max_new_tokens",
    "diagnose": "run.micro_batch_tokens, or set eval.kl_to_warm_start to false",
}
"""The settings that decide the memory of what seconds are spent on."""
UPDATES = "run.micro_batch_tokens, or set run.gradient_checkpointing to true,"
"""Those of everything else."""


def peak_memory() -> int:
    """The most bytes that this process has had in memory at one time, that of a GPU apart."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def peak_gpu_memory() -> int | None:
    """The most bytes that torch has had on one GPU at one time; None where it has used none."""
    if not torch.cuda.is_initialized():
        return None
    return max(map(torch.cuda.max_memory_allocated, range(torch.cuda.device_count())))


@contextmanager
def out_of_memory_named(doing: str) -> Iterator[None]:
    """Lets a failed allocation say which setting to lower.

    Args:
        doing: what is being done, by the name that its seconds are counted under.

    Raises:
        OutOfMemoryError: there was no memory left, of the machine or of its GPU.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        setting = LOWER.get(doing, UPDATES)
        raise OutOfMemoryError(
            f"memory ran out in {doing!r} ({str(error).splitlines()[0] if str(error) else 'none'}"
            f"); lower {setting} in the run folder's config.yaml and continue the run (archer "
            "train --resume RUN): it begins again at its last checkpoint"
        ) from error


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, OutOfMemoryError):
        return False  # has said it already
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # What torch raises for the CPU is a RuntimeError as any other.
    return "can't allocate memory" in str(error)
