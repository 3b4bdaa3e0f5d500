"""Checkpoints of a run: written whole or not at all, verified when read, never unpickled."""

from archer.checkpoint.files import Checkpoint, checkpoints, load_checkpoint, save_checkpoint
from archer.checkpoint.state import (
    add_prefix,
    optimizer_tensors,
    restore_optimizer,
    restore_rng,
    rng_tensors,
    strip_prefix,
)

__all__ = [
    "Checkpoint",
    "add_prefix",
    "checkpoints",
    "load_checkpoint",
    "optimizer_tensors",
    "restore_optimizer",
    "restore_rng",
    "rng_tensors",
    "save_checkpoint",
    "strip_prefix",
]
