"""Checkpoints that a crash at any moment leaves whole, or absent.

A checkpoint is a folder ``step-00000012/``: ``tensors.safetensors``, ``state.json``, one file a
blob, and ``manifest.json``, which holds the size and SHA-256 of the others. It is written under a
temporary name, synced, and renamed into place, so a folder that has its final name is complete;
what a killed run left half-written is removed by the next save. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from archer.errors import CheckpointError

_TENSORS, _STATE, _MANIFEST, _BLOBS = "tensors.safetensors", "state.json", "manifest.json", "blobs"
_TEMPORARY = ".tmp-"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """What was saved, as it was saved."""

    step: int
    tensors: dict[str, torch.Tensor]
    """By name, on the CPU. Tensors that were one when they were saved are one again."""
    state: dict[str, Any]
    """JSON values."""
    blobs: dict[str, bytes]


def save_checkpoint(
    folder: str | Path,
    step: int,
    tensors: Mapping[str, torch.Tensor],
    state: Mapping[str, Any],
    blobs: Mapping[str, bytes] | None = None,
    *,
    keep: int = 2,
) -> Path:
    """Writes one checkpoint and removes all but the newest ``keep``.

    Args:
        folder: Where the checkpoints of a run lie; made where it is missing.
        step: Larger than that of every checkpoint already there.
        tensors: By name; any device. Tied weights are stored once.
        state: JSON values; the keys are strings.
        blobs: Bytes by name; a name is a plain file name.
        keep: At least 1.

    Returns:
        The checkpoint's own folder.

    Raises:
        CheckpointError: The step is not newer than what is there, a blob's name is no file name,
            or the disk refuses.
    """
    folder = Path(folder)
    final = folder / f"step-{step:08d}"
    existing = checkpoints(folder)
    if existing and existing[-1].name >= final.name:
        raise CheckpointError(f"cannot save {final.name}: {existing[-1]} is there and as new")
    for name in blobs or {}:
        if Path(name).name != name or name in ("", ".."):
            raise CheckpointError(f"the blob name {name!r} is not a plain file name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(stale)
        temporary = folder / f"{_TEMPORARY}{final.name}"
        _write(temporary, step, tensors, state, blobs or {})
        temporary.rename(final)
        _sync(folder)
        for old in checkpoints(folder)[: -max(keep, 1)]:
            # Renamed first: a folder with a final name is never half-removed.
            shutil.rmtree(old.rename(folder / f"{_TEMPORARY}{old.name}"))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"cannot write {final}: {error}; older ones are intact") from error
    return final


def load_checkpoint(folder: str | Path) -> Checkpoint:
    """Reads the newest checkpoint below ``folder`` and verifies every byte of it.

    Raises:
        CheckpointError: There is none, or a file of it is missing, cut short or changed.
    """
    saved = checkpoints(folder)
    if not saved:
        raise CheckpointError(f"there is no checkpoint in {folder}; nothing can be resumed from it")
    newest = saved[-1]
    try:
        return _read(newest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        what = str(error) if isinstance(error, CheckpointError) else repr(error)
        advice = (
            f"remove that folder to continue from {saved[-2].name}"
            if len(saved) > 1
            else "there is no older checkpoint, so the run has to be started anew"
        )
        raise CheckpointError(f"damaged checkpoint {newest}: {what}; {advice}") from error


def checkpoints(folder: str | Path) -> list[Path]:
    """The folders of the complete checkpoints, oldest first."""
    return sorted(Path(folder).glob("step-" + "[0-9]" * 8))


def _write(
    folder: Path,
    step: int,
    tensors: Mapping[str, torch.Tensor],
    state: Mapping[str, Any],
    blobs: Mapping[str, bytes],
) -> None:
    (folder / _BLOBS).mkdir(parents=True)
    unique, aliases = _without_aliases(tensors)
    save_file(unique, folder / _TENSORS)
    (folder / _STATE).write_text(json.dumps(state), encoding="utf-8")
    for name, blob in blobs.items():
        (folder / _BLOBS / name).write_bytes(blob)
    files = [folder / _TENSORS, folder / _STATE, *(folder / _BLOBS / name for name in blobs)]
    for path in files:
        _sync(path)
    manifest = {
        "step": step,
        "files": {path.relative_to(folder).as_posix(): _fingerprint(path) for path in files},
        "aliases": aliases,
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in (folder / _MANIFEST, folder / _BLOBS, folder):
        _sync(path)


def _read(folder: Path) -> Checkpoint:
    manifest = json.loads((folder / _MANIFEST).read_bytes())
    for name, expected in manifest["files"].items():
        if not (folder / name).is_file():
            raise CheckpointError(f"{name} is missing")
        found = _fingerprint(folder / name)
        if found != expected:
            raise CheckpointError(
                f"{name} has {found['bytes']} bytes and SHA-256 {found['sha256'][:12]}…, "
                f"but {expected['bytes']} and {expected['sha256'][:12]}… were written"
            )
    tensors = load_file(folder / _TENSORS)
    for alias, name in manifest["aliases"].items():
        tensors[alias] = tensors[name]
    return Checkpoint(
        step=manifest["step"],
        tensors=tensors,
        state=json.loads((folder / _STATE).read_bytes()),
        blobs={
            Path(name).name: (folder / name).read_bytes()
            for name in manifest["files"]
            if name.startswith(f"{_BLOBS}/")
        },
    )


def _without_aliases(
    tensors: Mapping[str, torch.Tensor],
) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors with each one once, and for every other name the name that stands for it.

    safetensors refuses tensors that share memory; ones that share it in part are copied.
    """
    unique: dict[str, torch.Tensor] = {}
    aliases: dict[str, str] = {}
    names: dict[tuple[Any, ...], str] = {}
    storages: set[int] = set()
    for name, tensor in tensors.items():
        key = (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype, tensor.device)
        if tensor.numel() and key in names:
            aliases[name] = names[key]
            continue
        names[key] = name
        storage = tensor.untyped_storage().data_ptr()
        on_cpu = tensor.detach().cpu().contiguous()
        unique[name] = on_cpu.clone() if storage in storages else on_cpu
        storages.add(storage)
    return unique, aliases


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": file.tell(), "sha256": digest}


def _sync(path: Path) -> None:
    """Brings a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
