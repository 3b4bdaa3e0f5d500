"""Checks of what callers hand in, each with the error that says what to do."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable, Sequence
from typing import Any, SupportsIndex

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from archer.errors import ActionError, OptionError

MAX_ENVIRONMENTS = 1 << 24
"""More than this are taken for a mistake, here and in the native half."""
MAX_WORKERS = 1024
"""So are more threads or processes."""


def as_indices(indices: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices as a flat int64 array; whether they name environments is not checked here.

    Raises:
        ActionError: anything but a sequence of whole numbers.
    """
    try:
        array = np.asarray(indices)
        if array.ndim == 1 and (array.dtype.kind in "iu" or not array.size):
            return array.astype(np.int64, copy=False)
    except (ValueError, OverflowError):
        pass
    raise ActionError(f"indices are {indices!r}: give a sequence of whole numbers")


def as_texts(texts: Sequence[str], count: int) -> list[str]:
    """Utterances as a list.

    Raises:
        ActionError: anything but ``count`` strings.
    """
    given = list(texts) if isinstance(texts, Iterable) and not isinstance(texts, str) else []
    if len(given) != count or not all(isinstance(text, str) for text in given):
        raise ActionError(
            f"utterances are {texts!r}: give one str for each of {count} environments"
        )
    return given


def as_seed(seed: SupportsIndex) -> int:
    """A seed as an int.

    Raises:
        OptionError: anything but a whole number in ``[0, 2**64)``.
    """
    try:
        value = operator.index(seed)
    except TypeError:
        value = -1
    if not 0 <= value < 1 << 64:
        raise OptionError(f"seed is {seed!r}: give a whole number from 0 to 2**64 - 1")
    return value


def as_num_envs(num_envs: SupportsIndex) -> int:
    """A number of environments as an int.

    Raises:
        OptionError: anything but a whole number in ``[1, MAX_ENVIRONMENTS]``.
    """
    try:
        value = operator.index(num_envs)
    except TypeError:
        value = 0
    if not 1 <= value <= MAX_ENVIRONMENTS:
        raise OptionError(
            f"num_envs is {num_envs!r}: give a whole number from 1 to {MAX_ENVIRONMENTS}"
        )
    return value


def as_num_threads(num_threads: SupportsIndex | None) -> int:
    """A number of threads as an int; 0 is one for each core.

    Raises:
        OptionError: anything but None or a whole number in ``[0, MAX_WORKERS]``.
    """
    return 0 if num_threads is None else _as_workers("num_threads", num_threads, 0)


def as_num_workers(num_workers: SupportsIndex) -> int:
    """A number of threads or processes as an int.

    Raises:
        OptionError: anything but a whole number in ``[1, MAX_WORKERS]``.
    """
    return _as_workers("num_workers", num_workers, 1)


def _as_workers(name: str, given: SupportsIndex, least: int) -> int:
    try:
        value = operator.index(given)
    except TypeError:
        value = -1
    if not least <= value <= MAX_WORKERS:
        raise OptionError(
            f"{name} is {given!r}: give a whole number from {least} to {MAX_WORKERS}, or None"
        )
    return value


def as_autoreset_mode(mode: AutoresetMode | str) -> AutoresetMode:
    """A mode, also by its value in Gymnasium.

    Raises:
        OptionError: no such mode.
    """
    try:
        return AutoresetMode(mode)
    except ValueError:
        modes = ", ".join(repr(mode.value) for mode in AutoresetMode)
        raise OptionError(f"autoreset_mode is {mode!r}: give one of {modes}") from None


def as_reset_mask(mask: Any, num_envs: int) -> NDArray[np.int64]:
    """The indices that a ``reset_mask`` selects.

    Raises:
        OptionError: anything but a bool array (num_envs,) that selects something.
    """
    if isinstance(mask, np.ndarray) and mask.dtype == np.bool_ and mask.shape == (num_envs,):
        selected = np.flatnonzero(mask)
        if len(selected):
            return selected
    raise OptionError(
        f"reset_mask is {mask!r}: give a bool array of shape ({num_envs},) with at least one True"
    )


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A hint with the nearest of the known names, then all of them."""
    known = list(known)
    near = difflib.get_close_matches(given[:64], known, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"{hint}; there are {', '.join(known)}" if known else f"{hint}; there are none"


def check_options(options: Iterable[str], known: Iterable[str], of: str) -> None:
    """Refuses option names that are not known.

    Raises:
        OptionError: names the first such option and the nearest known one.
    """
    known = list(known)
    for name in options:
        if name not in known:
            raise OptionError(f"{of} has no option {name!r}{did_you_mean(str(name), known)}")
