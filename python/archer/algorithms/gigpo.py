"""GiGPO (Feng et al., arXiv 2505.10978): groups of episodes, and in them groups of equal states.

    A = A_episode + ω A_step
    A_episode = (R - mean of R) / standard deviation     over the episodes that began in one state
    A_step    = (G - mean of G) / standard deviation     over those turns of such a group whose
                                                          states are equal

``R`` is an episode's return, ``G`` the discounted return from a turn on. A state that occurs once
has nothing to be compared with: its ``A_step`` is 0.

What makes states equal? The paper's tasks show theirs, a page of a shop or a room, so that equal
observations are equal states. A dialogue's last answer is mostly "No.", whatever is known by then,
so here two turns are in one state if all their tokens so far are the same (``state: history``):
exactly what the policy and a critic can tell apart, and the same situation too, since the episodes
of a group share what is hidden. Such groups are large in the first turns and thin out as histories
part. Where the last observation says all that matters (``state: observation``) they stay larger,
and an episode that comes back to a place is compared with itself. Snapshots of the environment
would not do in place of observations: they hold its random stream and its count of turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.on_policy import Grouped, episode_ids, episode_returns, turn_returns
from archer.types import TurnBatch


class GiGPO(Grouped):
    """An episode's return among its group's, and a turn's among those in the same state."""

    section = "gigpo"

    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """As `TurnLevel.advantages`."""
        config, group = self.setup.config.gigpo, self.groups(batch)
        normalize = config.normalize_advantage
        episode = losses.group_relative(episode_returns(batch), group, normalize)
        # Which states are equal has nothing to do with what a policy has forgotten.
        whole = self.setup.store.gather(episode_ids(batch)).to(group.device)
        own = None if config.state == "history" else self.policy.writing.unframed
        state = equal_states(whole, group, own)
        step = losses.group_relative(turn_returns(batch, config.discount), state, normalize)
        return episode[whole.row] + config.step_weight * step


def equal_states(
    batch: TurnBatch[Tensor], group: Tensor, own: Callable[[Sequence[int]], list[int]] | None
) -> Tensor:
    """Numbers the states of ``N`` turns from 0, equal ones alike.

    Args:
        batch: whole episodes, each in a row.
        group: (B,) of each row; states of different groups differ.
        own: gives the tokens of an observation's own text, which are a state (what a chat template
            writes around it depends on whether the utterance before was cut off); None makes
            everything up to the turn one.

    Returns:
        (N,) int64.
    """
    rows, row, end = batch.tokens.tolist(), batch.row.tolist(), batch.context_end.tolist()
    stop, groups = batch.utterance_end.tolist(), group.tolist()
    numbers: dict[tuple[int, ...], int] = {}
    state = []
    for n, r in enumerate(row):
        opening = n == 0 or row[n - 1] != r
        begin = 0 if own is None or opening else stop[n - 1] + 1
        seen = rows[r][begin : end[n] + 1]
        key = (groups[r], *(seen if own is None else own(seen)))
        state.append(numbers.setdefault(key, len(numbers)))
    return torch.tensor(state, device=batch.row.device)
