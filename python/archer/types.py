"""What flows between the parts: one episode, and batches of turns.

Words: a *turn* is an utterance and the observation that answers it. The *context* of turn ``t`` is
the stream ``o_0 a_0 … o_t``, a prefix of the episode, so an episode of ``T`` turns costs its own
length and not ``T`` copies of a growing history.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

Array = TypeVar("Array", NDArray[Any], torch.Tensor)


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """One episode as one array of token ids.

    With ``T`` turns the stream is ``o_0 a_0 o_1 a_1 … a_{T-1} o_T``: ``2T + 1`` pieces, hence
    ``2T + 2`` boundaries. Piece ``k`` is ``tokens[boundaries[k]:boundaries[k + 1]]``; utterance
    ``a_t`` is piece ``2t + 1``. The opening observation and every utterance hold at least one token
    (an utterance ends with its end token unless it was cut off); later observations may be empty.
    """

    tokens: NDArray[np.int64]
    """(L,) token ids, each in ``[0, 2**32)``."""
    boundaries: NDArray[np.int64]
    """(2T + 2,) offsets into ``tokens``: first 0, last ``L``, never decreasing."""
    rewards: NDArray[np.float32]
    """(T,) reward of each turn."""
    logprobs: NDArray[np.float32]
    """(number of utterance tokens,) behaviour log-probability; NaN where none was recorded."""
    terminated: bool
    """The episode reached an end of the task: nothing is bootstrapped from its last state."""
    truncated: bool
    """The episode was cut off: its last state is bootstrapped from."""
    policy_version: int = 0
    """Number of policy updates before these utterances were sampled."""
    env_id: str = ""
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Small, JSON-serialisable: whatever else one wants to know of this episode."""

    @property
    def num_turns(self) -> int:
        """``T``."""
        return len(self.rewards)

    @property
    def episode_return(self) -> float:
        """Undiscounted sum of the rewards, added in order, as ``TrajectoryStore.select`` does."""
        return functools.reduce(operator.add, self.rewards.tolist(), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class TrajectoryColumns:
    """``n`` trajectories as flat columns, end to end: the fast way into a store and out of it.

    Rows are as `Trajectory` documents them. Row ``i`` takes the next ``num_tokens[i]`` tokens, the
    next ``T = num_turns[i]`` rewards, the next ``2T + 2`` boundaries, and as many log-probabilities
    as its utterances hold tokens. Sums below are over all rows.
    """

    tokens: NDArray[np.int64]
    """(sum L,) token ids, each in ``[0, 2**32)``."""
    boundaries: NDArray[np.int64]
    """(sum (2T + 2),) offsets, relative to the first token of their own row."""
    rewards: NDArray[np.float32]
    """(sum T,) reward of each turn."""
    logprobs: NDArray[np.float32]
    """(sum of utterance tokens,) behaviour log-probability; NaN where none was recorded."""
    num_tokens: NDArray[np.int64]
    """(n,) ``L``: tokens of each row."""
    num_turns: NDArray[np.int64]
    """(n,) ``T``: turns of each row."""
    terminated: NDArray[np.bool_]
    """(n,)."""
    truncated: NDArray[np.bool_]
    """(n,)."""
    policy_version: NDArray[np.int64]
    """(n,) each at least 0."""
    seed: NDArray[np.uint64]
    """(n,)."""
    env_id: list[str]
    """(n,)."""
    extra: list[str]
    """(n,) texts of JSON objects, stored as they are. What a `Trajectory` stores is
    ``json.dumps(extra, sort_keys=True, separators=(",", ":"))``."""


@dataclass(frozen=True, slots=True, eq=False)
class Turns(Generic[Array]):
    """The columns of ``N`` turns that every batch has, ordered by row and, within a row, by time.

    Arrays are NumPy's, their memory the caller's own, as they come from a store or a replay buffer;
    they are tensors after ``to`` or ``pin_memory``.
    """

    row: Array
    """(N,) int64: the row, or trajectory of a packed batch, in which the turn lies."""
    context_end: Array
    """(N,) int64: place of the context's last token, where V(s) is read."""
    utterance_end: Array
    """(N,) int64: place of the utterance's last token, where Q(s, a) is read."""
    next_context_end: Array
    """(N,) int64: place of the next context's last token, where V(s') is read: the context
    ``steps`` turns later."""
    reward: Array
    """(N,) float32: discounted sum of the rewards of the turn and of ``steps - 1`` after it."""
    steps: Array
    """(N,) int64: rewards in that sum, so that a target is ``reward + discount**steps * V(s')``."""
    terminated: Array
    """(N,) bool: the episode terminated within these steps."""
    truncated: Array
    """(N,) bool: the episode was truncated after these steps."""
    trajectory: Array
    """(N,) int64: id in the store."""
    turn: Array
    """(N,) int64: index of the turn in its episode."""
    policy_version: Array
    """(N,) int64."""
    weight: Array
    """(N,) float32 importance weight; ones unless the sampling was prioritized."""

    @property
    def num_turns(self) -> int:
        """``N``."""
        return len(self.row)

    def _on(self, device: torch.device | str, non_blocking: bool) -> dict[str, torch.Tensor]:
        """Every field as a tensor, but for batches inside this one."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: torch.as_tensor(value).to(device, non_blocking=non_blocking)
            for name, value in values.items()
            if not isinstance(value, Turns)
        }

    def _pinned(self) -> dict[str, torch.Tensor]:
        """Every field as a tensor in pinned memory, or in ordinary memory without CUDA."""
        tensors = self._on("cpu", non_blocking=False)
        if not torch.cuda.is_available():
            return tensors
        return {name: tensor.pin_memory() for name, tensor in tensors.items()}


@dataclass(frozen=True, slots=True, eq=False)
class TurnBatch(Turns[Array]):
    """``N`` turns to learn from, which lie in ``B`` rows of tokens; places are columns.

    A row is a prefix of an episode (but see `archer.episodes`). Sampling whole trajectories gives
    rows with all their turns (one pass of a network over a row serves every turn in it); sampling
    single turns gives rows that stop after the observation that answers the sampled utterance, with
    one turn each (``B == N``).
    """

    tokens: Array
    """(B, L) int64, padded on the right with 0."""
    lengths: Array
    """(B,) int64: tokens in each row without its padding."""
    turn_of_token: Array
    """(B, L) int64: the turn ``n`` whose utterance the token belongs to, or -1."""
    logprobs: Array
    """(B, L) float32: behaviour log-probability where ``turn_of_token >= 0``, else 0."""

    def to(
        self, device: torch.device | str = "cpu", non_blocking: bool = False
    ) -> TurnBatch[torch.Tensor]:
        """The same batch as tensors on ``device``; on the CPU NumPy's memory is shared.

        ``non_blocking`` does not wait for copies from pinned memory.
        """
        return TurnBatch(**self._on(device, non_blocking))

    def pin_memory(self) -> TurnBatch[torch.Tensor]:
        """The same batch as tensors in pinned memory, from which copies to a GPU need not wait.

        Where there is no CUDA the memory stays ordinary, as with ``DataLoader(pin_memory=True)``.
        """
        return TurnBatch(**self._pinned())


@dataclass(frozen=True, slots=True, eq=False)
class PackedBatch(Turns[Array]):
    """``B`` whole trajectories end to end, without padding; places are indices into the stream.

    Trajectory ``b`` is ``tokens[offsets[b]:offsets[b + 1]]``; a network that attends within
    trajectories only (``offsets`` are the cumulative lengths of variable-length attention) serves
    all their turns in one pass.
    """

    tokens: Array
    """(S,) int64."""
    offsets: Array
    """(B + 1,) int64: where each trajectory begins, and ``S``."""
    position_ids: Array
    """(S,) int64: place of each token in its trajectory."""
    turn_of_token: Array
    """(S,) int64: the turn ``n`` whose utterance the token belongs to, or -1."""
    logprobs: Array
    """(S,) float32: behaviour log-probability where ``turn_of_token >= 0``, else 0."""

    @property
    def lengths(self) -> Array:
        """(B,) int64: tokens of each trajectory."""
        lengths: Array = self.offsets[1:] - self.offsets[:-1]
        return lengths

    def to(
        self, device: torch.device | str = "cpu", non_blocking: bool = False
    ) -> PackedBatch[torch.Tensor]:
        """The same batch as tensors on ``device``; see `TurnBatch.to`."""
        return PackedBatch(**self._on(device, non_blocking))

    def pin_memory(self) -> PackedBatch[torch.Tensor]:
        """The same batch as tensors in pinned memory; see `TurnBatch.pin_memory`."""
        return PackedBatch(**self._pinned())


@dataclass(frozen=True, slots=True, eq=False)
class Draws(Generic[Array]):
    """``N`` turns that a replay buffer has drawn: where they are and what they weigh."""

    trajectory: Array
    """(N,) int64: id in the store."""
    turn: Array
    """(N,) int64: index of the turn in its episode."""
    weight: Array
    """(N,) float32 importance weight."""
