"""RLOO (Ahmadian et al., arXiv 2402.14740): each episode's baseline is what its siblings got.

    A = G - mean of G over the other episodes that began in the same state

``G`` is the return that follows an utterance, and the mean is over all turns of the others; or both
are of whole episodes, as in the paper, for which an episode is one action. Either way the mean
knows nothing of the episode that it is subtracted from, so that the gradient stays free of bias.
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.on_policy import Grouped, episode_returns, turn_returns
from archer.config import Config
from archer.episodes import episode_of
from archer.errors import ConfigError
from archer.types import TurnBatch


class RLOO(Grouped):
    """REINFORCE with the mean of the other episodes of a group as its baseline."""

    section = "rloo"
    loss = "reinforce"

    @classmethod
    def check(cls, config: Config) -> None:
        """As `Grouped.check`."""
        super().check(config)
        settings = config.rloo
        if settings.returns == "episode" and settings.discount != 1:
            raise ConfigError(
                f"rloo.discount {settings.discount} has no effect with rloo.returns 'episode', "
                "which are not discounted; set discount to 1 or returns to 'turn'"
            )

    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """As `TurnLevel.advantages`."""
        config, group = self.setup.config.rloo, self.groups(batch)
        episode = episode_of(batch)
        if config.returns == "turn":
            returns = turn_returns(batch, config.discount)
            advantage = losses.leave_one_out(returns, group[episode], episode)
        else:
            returns = episode_returns(batch)
            own = torch.arange(len(returns), device=returns.device)
            advantage = losses.leave_one_out(returns, group, own)[episode]
        return losses.scale(advantage) if config.normalize_advantage else advantage
