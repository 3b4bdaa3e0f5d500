"""`TextVectorEnv`: Gymnasium's vector interface over environments that speak text."""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray

from archer.env.arguments import (
    as_autoreset_mode,
    as_num_envs,
    as_reset_mask,
    as_seed,
    as_texts,
)
from archer.errors import OptionError

Flags = NDArray[np.bool_]
Indices = Sequence[int] | NDArray[np.int64]
Infos = dict[str, Any]
Batch = tuple[tuple[str, ...], NDArray[np.float32], Flags, Flags, Infos]


class TextStep(NamedTuple):
    """What one step gave, in the order of the indices that were stepped."""

    observations: list[str]
    """What is new since the utterance."""
    rewards: NDArray[np.float32]
    """(len(indices),)."""
    terminated: Flags
    """(len(indices),): the task reached its end."""
    truncated: Flags
    """(len(indices),): the episode was cut off; never where ``terminated``."""
    infos: dict[str, Flags]
    """(len(indices),) each: ``win`` and ``invalid``, where the task has such a notion."""


class AnyText(gymnasium.spaces.Text):
    """The space of every string; its samples are short and printable."""

    def __init__(self) -> None:
        super().__init__(64, min_length=0, charset=string.printable)

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a string."""
        return isinstance(x, str)

    def __repr__(self) -> str:
        return "AnyText()"


class TextVectorEnv(VectorEnv[tuple[str, ...], Sequence[str], NDArray[Any]], ABC):
    """Environments of one task, stepped together.

    Beside Gymnasium's `reset` and `step`, which treat all environments alike and reset finished
    ones by themselves, there are `reset_at` and `step_at`, which touch only the environments that
    are named and never reset. Episode ``k`` of environment ``i`` under seed ``s`` has its own
    random stream, a function of ``(s, i, k)``.

    Args:
        env_id: how `archer.make_vec` knows the task.
        num_envs: at least 1.
        seed: in ``[0, 2**64)``.
        autoreset_mode: of `step`, as Gymnasium defines the modes.

    Raises:
        OptionError: an argument that cannot be used.
    """

    def __init__(
        self, env_id: str, num_envs: int, seed: int, autoreset_mode: AutoresetMode | str
    ) -> None:
        self.id = env_id
        self.num_envs = as_num_envs(num_envs)
        self.base_seed = as_seed(seed)
        self.autoreset_mode = as_autoreset_mode(autoreset_mode)
        self.metadata = {"autoreset_mode": self.autoreset_mode, "render_modes": []}
        self.single_observation_space = AnyText()
        self.single_action_space = AnyText()
        # Not `batch_space`: its copies with a generator each take seconds for many environments.
        self.observation_space = gymnasium.spaces.Tuple([AnyText()] * self.num_envs)
        self.action_space = gymnasium.spaces.Tuple([AnyText()] * self.num_envs)
        self._all = np.arange(self.num_envs)
        self._each = np.ones(self.num_envs, np.bool_)  # to be copied, which is quicker than `ones`
        self._latest: list[str] = [""] * self.num_envs

    @property
    @abstractmethod
    def episodes(self) -> NDArray[np.int64]:
        """(num_envs,): episodes begun so far, a copy."""

    @abstractmethod
    def reset_at(self, indices: Indices, options: Mapping[str, Any] | None = None) -> list[str]:
        """Begins the next episode of each, and gives the opening texts.

        Raises:
            ActionError: an index that names no environment, or one named twice.
            OptionError: options that the task does not have or cannot use.
        """

    @abstractmethod
    def step_at(self, indices: Indices, utterances: Sequence[str]) -> TextStep:
        """Takes one turn in each.

        Raises:
            ActionError: a bad index, or anything but one string for each.
            EpisodeFinishedError: an episode is over or has not begun.
        """

    @abstractmethod
    def snapshot(self, indices: Indices) -> list[Any]:
        """The current episode of each; the episode counters and the seed are not in it.

        Raises:
            ActionError: a bad index.
        """

    @abstractmethod
    def restore(self, states: Sequence[Any], indices: Indices) -> None:
        """Puts snapshots in place of the current episodes, also those of other environments.

        Raises:
            ActionError: a bad index, or anything but one snapshot for each.
            SnapshotError: no snapshot of this task with these options.
        """

    @abstractmethod
    def fork(self, source: int, targets: Indices) -> None:
        """Continues the current episode of ``source`` in each target as well.

        Raises:
            ActionError: a bad index.
        """

    @abstractmethod
    def hidden(self, indices: Indices) -> list[str]:
        """What the agent does not see, such as the object to be guessed; "" if there is nothing.

        Raises:
            ActionError: a bad index.
            EpisodeFinishedError: no episode has begun.
        """

    @abstractmethod
    def finished(self, indices: Indices) -> Flags:
        """(len(indices),): the episode is over; one that has not begun is not.

        Raises:
            ActionError: a bad index.
        """

    @abstractmethod
    def seek(self, episodes: Sequence[int] | NDArray[np.int64]) -> None:
        """Sets the counters, so that the next reset of environment ``i`` begins ``episodes[i]``.

        Raises:
            ActionError: not one count for each environment.
        """

    @abstractmethod
    def _reseed(self, seed: int) -> None:
        """Forgets all episodes and sets all counters to 0."""

    def seed(self, seed: int) -> None:
        """Starts anew: no episode has begun, and all counters are 0.

        Raises:
            OptionError: a seed outside ``[0, 2**64)``.
        """
        self.base_seed = as_seed(seed)
        self._reseed(self.base_seed)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[tuple[str, ...], Infos]:
        """Begins the next episode of every environment.

        Args:
            seed: if given, starts anew as `seed` does.
            options: of the task, and ``reset_mask``: a bool array (num_envs,) of the environments
                to reset, which are all by default.

        Returns:
            The opening texts, and ``hidden`` for each environment that was reset.

        Raises:
            OptionError: an argument that cannot be used.
        """
        options = dict(options or {})
        indices = self._all
        if (mask := options.pop("reset_mask", None)) is not None:
            indices = as_reset_mask(mask, self.num_envs)
            if seed is not None:
                raise OptionError(
                    "a seed starts every environment anew: give no reset_mask with it"
                )
        if seed is not None:
            super().reset(seed=as_seed(seed))
            self.seed(seed)
        infos: Infos = {}
        self._begin(indices, options, infos)
        return tuple(self._latest), infos

    def step(self, actions: Sequence[str]) -> Batch:
        """Takes one turn in every environment; finished ones are reset as `autoreset_mode` says.

        Raises:
            ActionError: not one string for each environment.
            EpisodeFinishedError: an episode has not begun, or is over and nothing resets it.
        """
        indices, over = self._all, self._all[:0]
        if self.autoreset_mode is AutoresetMode.NEXT_STEP:
            finished = self.finished(self._all)
            if np.count_nonzero(finished):  # several times as quick as `any` for few environments
                indices, over = np.flatnonzero(~finished), np.flatnonzero(finished)
                actions = as_texts(actions, self.num_envs)
                actions = [actions[i] for i in indices.tolist()]
        step = self.step_at(indices, actions)
        infos: Infos = {}
        if len(over):
            if len(indices):
                self._scatter(infos, step.infos, indices)
            rewards = np.zeros(self.num_envs, np.float32)
            terminated, truncated = np.zeros((2, self.num_envs), np.bool_)
            rewards[indices] = step.rewards
            terminated[indices], truncated[indices] = step.terminated, step.truncated
            self._keep(step.observations, indices)
            self._begin(over, {}, infos)
        else:
            self._latest = step.observations
            rewards, terminated, truncated = step.rewards, step.terminated, step.truncated
            ended = terminated | truncated
            if self.autoreset_mode is AutoresetMode.SAME_STEP and np.count_nonzero(ended):
                self._end(step, ended, infos)
            else:
                self._scatter(infos, step.infos, indices)
        return tuple(self._latest), rewards, terminated, truncated, infos

    def _begin(self, indices: NDArray[np.int64], options: Infos, infos: Infos) -> None:
        """Resets some, keeping their openings and adding their infos."""
        self._keep(self.reset_at(indices, options), indices)
        hidden = np.array(self.hidden(indices), dtype=object)
        self._scatter(infos, {"hidden": hidden}, indices)

    def _end(self, step: TextStep, ended: Flags, infos: Infos) -> None:
        """Moves what ended environments said last into ``final_obs`` and ``final_info``."""
        over, on = np.flatnonzero(ended), np.flatnonzero(~ended)
        final: Infos = {}
        self._scatter(final, {key: value[over] for key, value in step.infos.items()}, over)
        texts = np.array([step.observations[i] for i in over.tolist()], dtype=object)
        self._scatter(infos, {"final_obs": texts}, over)
        infos["final_info"], infos["_final_info"] = final, ended.copy()
        if len(on):
            self._scatter(infos, {key: value[on] for key, value in step.infos.items()}, on)
        self._begin(over, {}, infos)

    def _keep(self, texts: list[str], indices: NDArray[np.int64]) -> None:
        """Makes texts the latest of environments whose indices ascend."""
        if len(indices) == self.num_envs:
            self._latest = texts
            return
        for i, text in zip(indices.tolist(), texts, strict=True):
            self._latest[i] = text

    def _scatter(
        self, infos: Infos, values: Mapping[str, NDArray[Any]], indices: NDArray[np.int64]
    ) -> None:
        """Adds values of some environments in Gymnasium's format: an array, and a mask of whose."""
        if len(indices) == self.num_envs:
            for key, value in values.items():
                infos[key], infos[f"_{key}"] = value, self._each.copy()
            return
        mask = np.zeros(self.num_envs, np.bool_)
        mask[indices] = True
        for key, value in values.items():
            # Empty is None for objects; `full` takes several times as long.
            is_object = value.dtype == object
            array = (np.empty if is_object else np.zeros)(self.num_envs, value.dtype)
            array[indices] = value
            infos[key], infos[f"_{key}"] = array, mask.copy()
