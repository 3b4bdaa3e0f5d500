"""Environments that are simulated in Rust."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from archer import _rust
from archer.env.answerer import Answerer, as_answerer, ask
from archer.env.arguments import as_indices, as_num_threads, as_texts
from archer.env.vector import Flags, Indices, TextStep, TextVectorEnv
from archer.errors import ActionError, OptionError, SnapshotError


class NativeVectorEnv(TextVectorEnv):
    """A native task, stepped on all cores, or on ``num_threads`` threads.

    Every method checks its arguments before anything changes: after an error all is as it was.

    Args:
        env_id: one of `archer.env.ids`.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``.
        autoreset_mode: of `step`, as Gymnasium defines the modes.
        num_threads: threads of its own for these environments; 1 is the caller's alone. Without
            it, or by 0, all native environments share a thread for each core. It decides how fast
            they are, and nothing else.
        answerer: answers in place of the environment, for tasks that ask about something hidden:
            a transformers model by name or folder, or any callable that takes what is hidden and
            the utterances.
        options: of the task.

    Raises:
        UnknownEnvironmentError: no such task.
        OptionError: an argument that cannot be used.
        ModelError: the answerer's model cannot be loaded.
    """

    def __init__(
        self,
        env_id: str,
        num_envs: int = 1,
        seed: int = 0,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        num_threads: int | None = None,
        answerer: Answerer | str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(env_id, num_envs, seed, autoreset_mode)
        self._native = _rust.VecEnv(
            env_id, self.num_envs, self.base_seed, _as_json(options), as_num_threads(num_threads)
        )
        self._answerer = None if answerer is None else as_answerer(answerer)

    @property
    def episodes(self) -> NDArray[np.int64]:
        """(num_envs,): episodes begun so far, a copy."""
        return self._native.episodes()

    def reset_at(self, indices: Indices, options: Mapping[str, Any] | None = None) -> list[str]:
        """As `TextVectorEnv.reset_at`."""
        return self._native.reset(as_indices(indices), _as_json(options or {}))

    def step_at(self, indices: Indices, utterances: Sequence[str]) -> TextStep:
        """As `TextVectorEnv.step_at`; lone surrogates are read as replacement characters."""
        where = as_indices(indices)
        replies = self._answerer and self._ask(self._answerer, where, utterances)
        observations, rewards, terminated, truncated, win, invalid = self._native.step(
            where, utterances, replies
        )
        infos = {"win": win, "invalid": invalid}
        return TextStep(observations, rewards, terminated, truncated, infos)

    def snapshot(self, indices: Indices) -> list[bytes]:
        """As `TextVectorEnv.snapshot`; the bytes stay readable in later versions."""
        return self._native.snapshot(as_indices(indices))

    def restore(self, states: Sequence[bytes], indices: Indices) -> None:
        """As `TextVectorEnv.restore`."""
        states = list(states)
        if not all(isinstance(state, bytes) for state in states):
            raise SnapshotError("a snapshot of this environment is bytes, as snapshot() gave it")
        self._native.restore(states, as_indices(indices))

    def fork(self, source: int, targets: Indices) -> None:
        """As `TextVectorEnv.fork`."""
        (index,) = as_indices([source])
        self._native.fork(int(index), as_indices(targets))

    def hidden(self, indices: Indices) -> list[str]:
        """As `TextVectorEnv.hidden`."""
        return self._native.hidden(as_indices(indices))

    def finished(self, indices: Indices) -> Flags:
        """As `TextVectorEnv.finished`."""
        return self._native.finished(as_indices(indices))

    def seek(self, episodes: Sequence[int] | NDArray[np.int64]) -> None:
        """As `TextVectorEnv.seek`."""
        counts = as_indices(episodes)
        if (counts < 0).any():
            raise ActionError(f"episode counters are {episodes}: give numbers from 0")
        self._native.seek(counts.astype(np.uint64))

    def _reseed(self, seed: int) -> None:
        self._native.seed(seed)

    def _ask(
        self, answerer: Answerer, indices: NDArray[np.int64], utterances: Sequence[str]
    ) -> list[str] | None:
        """The answerer's replies, or None if the step is going to be refused anyway."""
        texts = as_texts(utterances, len(indices))
        objects = self.hidden(indices)
        return None if self.finished(indices).any() else ask(answerer, objects, texts)


def _as_json(options: Mapping[str, Any]) -> str:
    try:
        # A path is as good as its text; what has none is refused as before.
        return json.dumps(dict(options), allow_nan=False, default=os.fspath)
    except (TypeError, ValueError) as error:
        raise OptionError(f"options are {options!r}: give a mapping of JSON values") from error
