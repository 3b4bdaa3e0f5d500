"""The native half of archer, as type checkers see it (checked against the build by stubtest)."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from archer.salvage import StoreReport
from archer.types import Draws, PackedBatch, Trajectory, TrajectoryColumns, TurnBatch

__all__ = [
    "ReplayBuffer",
    "TrajectoryStore",
    "VecEnv",
    "WordleSolver",
    "check_store",
    "chess_after",
    "chess_best",
    "chess_distance",
    "chess_ending",
    "chess_moves",
    "chess_search",
    "chess_value",
    "guess_my_city_answers",
    "guess_my_city_bank",
    "lambda_returns",
    "n_step_returns",
    "repair_store",
    "text_nav_shortest",
    "twenty_questions_answers",
    "twenty_questions_bank",
]

# --- environments -------------------------------------------------------------------------------

_Flags = NDArray[np.bool_]

@final
class VecEnv:
    """Environments of one native task; indices are int64 arrays, options JSON objects."""

    def __new__(
        cls, env_id: str, num_envs: int, seed: int, options: str, num_threads: int
    ) -> VecEnv: ...
    def reset(self, indices: NDArray[np.int64], options: str) -> list[str]: ...
    def step(
        self,
        indices: NDArray[np.int64],
        utterances: Sequence[str],
        replies: Sequence[str] | None = None,
    ) -> tuple[list[str], NDArray[np.float32], _Flags, _Flags, _Flags, _Flags]:
        """Observations, rewards, terminated, truncated, win, invalid."""
    def seed(self, seed: int) -> None: ...
    def episodes(self) -> NDArray[np.int64]: ...
    def seek(self, episodes: NDArray[np.uint64]) -> None: ...
    def snapshot(self, indices: NDArray[np.int64]) -> list[bytes]: ...
    def restore(self, states: list[bytes], indices: NDArray[np.int64]) -> None: ...
    def fork(self, source: int, targets: NDArray[np.int64]) -> None: ...
    def hidden(self, indices: NDArray[np.int64]) -> list[str]: ...
    def finished(self, indices: NDArray[np.int64]) -> _Flags: ...

def twenty_questions_bank() -> tuple[list[list[str]], list[list[str]], list[int]]:
    """Names of each object, phrasings of each question, and the objects of the subset."""

def twenty_questions_answers(texts: Sequence[str]) -> list[list[int]]:
    """answers[text][object]: 2 if it is named, 1 for yes, 0 for no, -1 where there is none."""

def guess_my_city_bank(options: str) -> tuple[list[str], list[str], list[int]]:
    """Names of all cities, questions of yes or no, and which cities the options may hide."""

def guess_my_city_answers(texts: Sequence[str]) -> list[list[int]]:
    """answers[text][city]: 2 if it is named, 1 for yes, 0 for no, -1 for anything else."""

def chess_moves(fen: str) -> list[str]:
    """All legal moves, in SAN."""

def chess_after(fen: str, said: str) -> str | None:
    """The position after a move as an agent may write it; None if it is not legal."""

def chess_ending(fen: str) -> str | None:
    """Why the game is over, repetitions apart; None if it is not."""

def chess_search(fen: str, depth: int, seed: int) -> str | None:
    """The move that the built-in opponent finds at a depth from 1 to 5; None if there is none."""

def chess_distance(fen: str) -> int | None:
    """Plies to mate of a three-piece ending under best play; None in a draw."""

def chess_best(fen: str) -> list[str] | None:
    """The moves of best play in a three-piece ending; None for other positions."""

def chess_value(fen: str, discount: float, random: bool) -> float | None:
    """The value of a three-piece ending to the side to move, if it has the piece; else None."""

def text_nav_shortest(house: int, options: str) -> list[str]:
    """A shortest list of commands that completes the quest of a house; options as JSON."""

@final
class WordleSolver:
    """Chooses guesses of Wordle by information gain; options as JSON."""

    def __new__(cls, options: str) -> WordleSolver: ...
    def answers(self) -> list[str]:
        """The words that may be hidden, in alphabetical order."""
    def best(self, heard: Sequence[tuple[str, str]]) -> str | None:
        """The best guess after guesses and their feedback; None if no answer agrees."""

# --- store --------------------------------------------------------------------------------------

@disjoint_base
class TrajectoryStore:
    """Trajectories on an append-only, checksummed log, in memory or in a folder."""

    def __new__(
        cls,
        path: str | os.PathLike[str] | None = None,
        read_only: bool = False,
        *,
        segment_bytes: int = 67_108_864,
    ) -> Self: ...
    def append(self, trajectory: Trajectory) -> int: ...
    def extend(self, trajectories: Iterable[Trajectory]) -> list[int]: ...
    def extend_columns(self, columns: TrajectoryColumns) -> range: ...
    def columns(self, ids: ArrayLike) -> TrajectoryColumns: ...
    def compact(self, first_id: int) -> int: ...
    def __len__(self) -> int:
        """How many ids were ever given, which is the next one."""
    def __getitem__(self, trajectory_id: int, /) -> Trajectory: ...
    def __iter__(self) -> Iterator[Trajectory]: ...
    @property
    def num_turns(self) -> int:
        """Turns of all trajectories held."""
    @property
    def num_tokens(self) -> int:
        """Tokens of all trajectories held."""
    @property
    def first_id(self) -> int:
        """The lowest id held: ``compact`` has dropped those below it."""
    @property
    def num_trajectories(self) -> int:
        """Trajectories held: ``len(store) - store.first_id``."""
    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that log and index take, room to grow included."""
    @property
    def disk_bytes(self) -> int:
        """Bytes that the files of the log hold; 0 for a store in memory."""
    @property
    def repaired(self) -> str | None:
        """What opening had to drop, as a sentence; None where everything was whole."""
    def gather(self, ids: ArrayLike) -> TurnBatch[NDArray[Any]]: ...
    def gather_turns(
        self,
        ids: ArrayLike,
        turns: ArrayLike,
        *,
        n_step: int = 1,
        discount: float = 1.0,
        max_tokens: int | None = None,
    ) -> TurnBatch[NDArray[Any]]: ...
    def gather_packed(self, ids: ArrayLike) -> PackedBatch[NDArray[Any]]: ...
    def pack(self, ids: ArrayLike, max_tokens: int) -> list[NDArray[np.int64]]: ...
    def select(
        self,
        *,
        env_id: str | None = None,
        policy_version: tuple[int | None, int | None] | None = None,
        episode_return: tuple[float | None, float | None] | None = None,
        return_quantile: tuple[float | None, float | None] | None = None,
    ) -> NDArray[np.int64]: ...
    def flush(self, sync: bool = True) -> None: ...
    def truncate(self, length: int) -> None: ...
    def refresh(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...
    def __reduce__(self) -> tuple[type[Self], tuple[Path, bool]]: ...

def check_store(path: str | os.PathLike[str]) -> StoreReport: ...
def repair_store(
    path: str | os.PathLike[str], out: str | os.PathLike[str] | None = None
) -> StoreReport: ...

# --- replay -------------------------------------------------------------------------------------

@disjoint_base
class ReplayBuffer:
    """A first-in-first-out window on a store's turns, sampled uniformly or by priority."""

    def __new__(
        cls,
        store: TrajectoryStore,
        capacity: int = 100_000,
        *,
        alpha: float = 0.0,
        beta: float = 0.4,
        epsilon: float = 1e-6,
        half_life: float | None = None,
        normalize: Literal["batch", "max"] = "batch",
        seed: int = 0,
    ) -> Self: ...
    @property
    def store(self) -> TrajectoryStore:
        """The store of which this is a window."""
    def add(self, trajectory_id: int) -> None: ...
    def extend(self, trajectory_ids: ArrayLike) -> None: ...
    def evict(self, num_trajectories: int) -> None: ...
    def draw(
        self, batch_size: int, *, replace: bool = True, stratified: bool = True
    ) -> Draws[NDArray[Any]]: ...
    def sample(
        self,
        batch_size: int,
        *,
        replace: bool = True,
        stratified: bool = True,
        n_step: int = 1,
        discount: float = 1.0,
        max_tokens: int | None = None,
    ) -> TurnBatch[NDArray[Any]]: ...
    def sample_trajectories(self, batch_size: int) -> TurnBatch[NDArray[Any]]: ...
    def update(self, trajectory_ids: ArrayLike, turns: ArrayLike, td_errors: ArrayLike) -> None: ...
    def __len__(self) -> int:
        """Turns held."""
    @property
    def num_trajectories(self) -> int:
        """Trajectories held."""
    @property
    def trajectory_ids(self) -> NDArray[np.int64]:
        """(trajectories held,) ids, oldest first."""
    @property
    def capacity(self) -> int:
        """Most turns held at once."""
    @property
    def alpha(self) -> float:
        """Exponent of the priorities."""
    @property
    def epsilon(self) -> float:
        """Added to every absolute temporal-difference error."""
    @property
    def half_life(self) -> float | None:
        """Policy versions after which a priority counts half; None for no decay."""
    @property
    def normalize(self) -> Literal["batch", "max"]:
        """Whose importance weight is 1: "batch" or "max"."""
    @property
    def beta(self) -> float:
        """Exponent of the importance weights; usually raised to 1 over a run."""
    @beta.setter
    def beta(self, value: float) -> None: ...
    def state(self) -> bytes: ...
    def load(self, state: bytes | bytearray) -> None: ...

def n_step_returns(
    reward: ArrayLike,
    v_next: ArrayLike,
    terminated: ArrayLike,
    row: ArrayLike,
    n: int,
    discount: float,
) -> NDArray[np.float32]:
    """(N,) rewards of ``n`` turns and then the value of the state that follows, discounted."""

def lambda_returns(
    reward: ArrayLike,
    v_next: ArrayLike,
    terminated: ArrayLike,
    row: ArrayLike,
    lam: float,
    discount: float,
) -> NDArray[np.float32]:
    """(N,) averages of all n-step returns, weighed by ``(1 - lam) lam**(n - 1)``."""
