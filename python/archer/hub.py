"""Whether the Hugging Face hub can be asked at all, found out before minutes are spent on it."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

PATIENCE = 3.0
"""Seconds for each address of the hub to take a connection."""


def is_path(name: str) -> bool:
    """Whether a name can only be that of a folder, be it there or not."""
    return name.startswith((".", "/", "~")) or name.count("/") > 1


def out_of_reach(name: str) -> str | None:
    """Why the model ``name`` can come from the local cache alone, and what to do; None if not so.

    Without a network transformers would try six times for each file, half a minute long.
    """
    from huggingface_hub import constants  # noqa: PLC0415 - simulators load without it

    if Path(name).is_dir() or is_path(name):
        return None
    if getproxies().keys() & {"http", "https", "all"}:
        return None  # a proxy looks up hosts by itself
    hub = urlsplit(constants.ENDPOINT)
    port = hub.port or (80 if hub.scheme == "http" else 443)
    try:
        socket.create_connection((hub.hostname or "", port), PATIENCE).close()
    except OSError as error:
        return (
            f"the hub's host {hub.hostname} cannot be reached from here ({error}), so only the "
            "local cache was searched: give a folder, connect to the network, or set HTTPS_PROXY, "
            "or HF_ENDPOINT to a mirror"
        )
    return None
