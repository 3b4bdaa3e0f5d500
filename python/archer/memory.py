"""How much memory a process has had, and what to do when there is none left."""

from __future__ import annotations

import errno
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from archer.errors import OutOfMemoryError

AT_ONCE = ("run.micro_batch_tokens", "run.gradient_checkpointing", "eval.kl_to_warm_start")
"""Settings that decide memory and not what is played or learned, but for rounding."""

_CONTINUE = (
    "in the run folder's config.yaml and continue the run (archer train --resume RUN, or the same "
    "archer compare): it begins again at its last checkpoint"
)
_CHANGES_WHAT_IS_PLAYED = (
    "in the run folder's config.yaml and continue the run (archer train --resume RUN). It changes "
    "what is played: set it in the base of a comparison, and begin that anew in another 'out'"
)
_BEGIN_ANEW = ". Checkpoints hold the networks as they are: begin the run anew, in another run.out"
ADVICE = {
    "load": "take a smaller policy.model, or set policy.lora_rank and policy.dtype to bfloat16, so "
    "that its frozen weights take half as much, or policy.device to one with more memory"
    + _BEGIN_ANEW,
    "build": "set policy.lora_rank, so that policy, target networks, references and a critic with "
    "critic.model 'policy' share one frozen base, in half as much with policy.dtype and "
    "critic.dtype bfloat16; or take a smaller critic.model or policy.model" + _BEGIN_ANEW,
    "collect": f"lower policy.max_new_tokens {_CHANGES_WHAT_IS_PLAYED}",
    "evaluate": f"lower eval.num_envs or policy.max_new_tokens {_CHANGES_WHAT_IS_PLAYED}",
    "diagnose": "lower run.micro_batch_tokens, or set eval.kl_to_warm_start to false, " + _CONTINUE,
}
"""What to do when memory runs out, by what was being done."""
UPDATES = f"lower run.micro_batch_tokens, or set run.gradient_checkpointing to true, {_CONTINUE}"
"""The same of everything else."""


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
    """Lets a failed allocation say which setting to change.

    Args:
        doing: what is being done: a key of `ADVICE`, or any other name for updates.

    Raises:
        OutOfMemoryError: there was no memory left, of the machine or of its GPU.
    """
    try:
        yield
    except OutOfMemoryError:
        raise  # has said it already
    except Exception as error:
        if (cause := _out_of_memory(error)) is None:
            raise
        lines = str(cause).splitlines() or ["none"]
        raise OutOfMemoryError(
            f"memory ran out in {doing!r} ({lines[0]}); {ADVICE.get(doing, UPDATES)}"
        ) from error


def _out_of_memory(error: BaseException | None) -> BaseException | None:
    """What says that memory ran out: an error, or what has caused it; None where it is another."""
    while error is not None and not _is_out_of_memory(error):
        error = error.__cause__
    return error


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    # What torch raises for the CPU, for a kernel and for CUDA's libraries is like any other error.
    texts = "can't allocate memory", "cannot allocate memory", "out of memory", "alloc_failed"
    return isinstance(error, RuntimeError) and any(text in str(error).lower() for text in texts)
