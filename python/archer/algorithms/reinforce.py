"""REINFORCE (Williams, 1992): the policy gradient with the return that follows each utterance.

    gradient of  mean over turns of  (G_t - b) log pi(a_t | s_t),   G_t = r_t + γ G_{t+1}

with ``b`` the mean of ``G`` over all turns of all episodes of the iteration.
"""

from __future__ import annotations

from torch import Tensor

from archer import losses
from archer.algorithms.on_policy import TurnLevel, turn_returns
from archer.types import TurnBatch


class Reinforce(TurnLevel):
    """Turn returns, less one number for the whole batch.

    Not less the mean of each turn's index: see docs/methods.md for what is wrong with that.
    """

    section = "reinforce"
    loss = "reinforce"

    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """As `TurnLevel.advantages`."""
        config = self.setup.config.reinforce
        returns = turn_returns(batch, config.discount)
        if config.baseline == "none":
            return losses.scale(returns) if config.normalize_advantage else returns
        if config.normalize_advantage:
            return losses.standardize(returns)
        return returns - returns.mean()
