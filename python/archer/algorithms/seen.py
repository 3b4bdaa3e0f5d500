"""What a method learns from, as its policy sees it."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from archer.policy import Policy
from archer.store import TrajectoryStore
from archer.types import TurnBatch
from archer.windows import windowed


def as_seen(
    policy: Policy, store: TrajectoryStore, batch: TurnBatch[NDArray[Any]], *, spare: int = 0
) -> TurnBatch[Tensor]:
    """The turns of a batch on the policy's device, each in the context that the policy sees.

    Args:
        policy: where it has positions for everything, the batch stays as it is.
        store: holds the episodes of the batch.
        batch: whole episodes, or single turns in rows from the opening on.
        spare: positions that the state after an episode's last utterance leaves free.

    Raises:
        StoreError: the opening and one turn alone are too long, see `archer.windows`.
    """
    limit = policy.max_context
    if limit is not None:
        batch = windowed(store, batch, policy.max_prompt, max_row=limit, max_final=limit - spare)
    return batch.to(policy.device)
