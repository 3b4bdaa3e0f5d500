"""GRPO (Shao et al., arXiv 2402.03300) over whole multi-turn episodes.

    A = (R - mean of R) / standard deviation of R     over the episodes that began in the same state

for every token of an episode with return ``R``; clipped ratio of each token, KL to the reference.
As everywhere here, the loss is the mean over turns of the sum over an utterance's tokens, where the
paper takes the mean over an output's tokens (which favours long ones that fail, arXiv 2503.20783).
"""

from __future__ import annotations

from torch import Tensor

from archer import losses
from archer.algorithms.on_policy import Grouped, episode_returns
from archer.episodes import episode_of
from archer.types import TurnBatch


class GRPO(Grouped):
    """An episode's return among its group's, and no critic."""

    section = "grpo"

    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """As `TurnLevel.advantages`."""
        normalize = self.setup.config.grpo.normalize_advantage
        relative = losses.group_relative(episode_returns(batch), self.groups(batch), normalize)
        return relative[episode_of(batch)]
