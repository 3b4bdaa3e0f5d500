"""What the numbers were measured on, and with which versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benches.peers import THREADS
from benches.peers.install import ENV_PACKAGES, PACKAGES


def facts() -> dict[str, str | int]:
    """Processor, cores, memory and threads: enough to judge a number by."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: os.environ.get(name, "unset") for name in THREADS},
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def versions(
    peers: Iterable[str] = ("torch", "jax", *PACKAGES.values(), *ENV_PACKAGES.values()),
) -> dict[str, str]:
    """Of archer, of the peers that are installed, and of what both stand on."""
    found = {}
    for package in ("archer", "numpy", "gymnasium", *peers):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
