"""Groups of environments that begin their episodes in the same states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archer.env.arguments import as_indices
from archer.env.vector import Flags, Indices, TextStep, TextVectorEnv
from archer.errors import ActionError, OptionError


@dataclass
class _Start:
    """The state in which the members of a group begin one of their episodes."""

    state: Any
    opening: str
    waiting: int
    """Members that have not begun it yet."""


class GroupedStarts(TextVectorEnv):
    """Environments ``g * j`` to ``g * j + g - 1`` begin their ``k``-th episodes in the same state.

    Whichever of them begins its ``k``-th episode first draws the state from its own random stream;
    the others take it over as a snapshot, however long after. Whatever the task draws later in an
    episode is therefore the same for all of them too, as long as they do the same. In everything
    else the environments are the wrapped ones, and apart from each other.

    An episode's group is ``environment // g`` and its number ``k``; a rollout records both.

    Args:
        env: is used through this wrapper alone from now on. Where the members of a group have
            begun different numbers of episodes, the counters rise to the largest.
        group_size: ``g``, which divides the number of environments.

    Raises:
        OptionError: it does not.
    """

    def __init__(self, env: TextVectorEnv, group_size: int) -> None:
        if group_size < 1 or env.num_envs % group_size:
            raise OptionError(
                f"{env.num_envs} environments cannot be divided into groups of {group_size}; give "
                "a multiple of the group's size"
            )
        super().__init__(env.id, env.num_envs, env.base_seed, env.autoreset_mode)
        self.env, self.group_size = env, group_size
        self._starts: dict[tuple[int, int], _Start] = {}
        env.seek(self._in_groups(env.episodes).max(axis=1).repeat(group_size))

    @property
    def episodes(self) -> NDArray[np.int64]:
        """(num_envs,): episodes begun so far, a copy."""
        return self.env.episodes

    def reset_at(self, indices: Indices, options: Mapping[str, Any] | None = None) -> list[str]:
        """As `TextVectorEnv.reset_at`; ``options`` are those of who begins first in its group."""
        openings = self.env.reset_at(indices, options)
        begun = self.env.episodes
        for place, i in enumerate(as_indices(indices).tolist()):
            key = (i // self.group_size, int(begun[i]) - 1)
            start = self._starts.get(key)
            if start is None:
                (state,) = self.env.snapshot([i])
                start = self._starts[key] = _Start(state, openings[place], self.group_size)
            else:
                self.env.restore([start.state], [i])
                openings[place] = start.opening
            start.waiting -= 1
            if not start.waiting:
                del self._starts[key]
        return openings

    def step_at(self, indices: Indices, utterances: Sequence[str]) -> TextStep:
        """As `TextVectorEnv.step_at`."""
        return self.env.step_at(indices, utterances)

    def snapshot(self, indices: Indices) -> list[Any]:
        """As `TextVectorEnv.snapshot`."""
        return self.env.snapshot(indices)

    def restore(self, states: Sequence[Any], indices: Indices) -> None:
        """As `TextVectorEnv.restore`."""
        self.env.restore(states, indices)

    def fork(self, source: int, targets: Indices) -> None:
        """As `TextVectorEnv.fork`."""
        self.env.fork(source, targets)

    def hidden(self, indices: Indices) -> list[str]:
        """As `TextVectorEnv.hidden`."""
        return self.env.hidden(indices)

    def finished(self, indices: Indices) -> Flags:
        """As `TextVectorEnv.finished`."""
        return self.env.finished(indices)

    def seek(self, episodes: Sequence[int] | NDArray[np.int64]) -> None:
        """As `TextVectorEnv.seek`, with one number for all members of a group.

        Raises:
            ActionError: not one count for each environment, or different ones in a group.
        """
        counts = as_indices(episodes)
        if len(counts) == self.num_envs and np.ptp(self._in_groups(counts), axis=1).any():
            raise ActionError(
                f"episode counters are {counts.tolist()}: give the same to every "
                f"{self.group_size} environments that begin together"
            )
        self.env.seek(counts)
        self._starts.clear()

    def close_extras(self, **kwargs: Any) -> None:
        """Closes the wrapped environments."""
        self.env.close(**kwargs)

    def _reseed(self, seed: int) -> None:
        self.env.seed(seed)
        self._starts.clear()

    def _in_groups(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        return counts.reshape(-1, self.group_size)
