"""Filtered behaviour cloning: what the policy said in its best episodes, again and again.

Which episodes are best is a matter of luck and of the task too: where tasks differ in difficulty,
the easy ones are cloned most. It is the baseline that a method with a critic has to beat.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from archer.algorithms.bc import cloning_step
from archer.algorithms.method import Info, Kept, Method, Setup, averaged
from archer.config import Config
from archer.errors import ConfigError
from archer.optimizers import adamw
from archer.stopwatch import Stopwatch


class FilteredBC(Method):
    """Clones the best of the newest episodes."""

    def __init__(self, setup: Setup) -> None:
        """Prepares the optimizer by the section ``filtered_bc``."""
        super().__init__(setup)
        self.check(setup.config)
        self.config = setup.config.filtered_bc
        trained = [p for p in self.policy.parameters() if p.requires_grad]
        self.optimizer = adamw(trained, self.config.learning_rate)

    @classmethod
    def check(cls, config: Config) -> None:
        """As in `Method`."""
        if config.filtered_bc.fraction == 0.0:
            raise ConfigError(
                "filtered_bc.fraction is 0, which leaves nothing to clone; set it above 0"
            )

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Chooses the best episodes and clones them."""
        config, infos = self.config, []
        with watch("actor"):
            best, threshold = self.best()
            for _ in range(config.updates):
                drawn = torch.randint(
                    len(best),
                    (config.batch_size,),
                    generator=self.setup.generator,
                    device=self.policy.device,
                )
                batch = self.setup.gather(best[drawn.cpu().numpy()].tolist())
                infos.append(
                    cloning_step(
                        self.policy,
                        self.optimizer,
                        batch,
                        config.max_grad_norm,
                        "filtered_bc.learning_rate",
                        self.micro_batch_tokens,
                    )
                )
            self.counters["version"] += config.updates > 0
        return averaged(infos, "actor_") | {"threshold": threshold}

    def best(self) -> tuple[NDArray[np.int64], float]:
        """The best fraction of the newest episodes, at least one, newer ones first where equal.

        Returns:
            Their ids, and the lowest return among them.
        """
        store, config = self.setup.store, self.config
        newest = range(max(len(store) - config.replay_episodes, store.first_id), len(store))
        ids = np.array(newest[::-1])
        returns = np.array([store[i].episode_return for i in ids.tolist()])
        order = np.argsort(-returns, kind="stable")
        chosen = order[: max(round(config.fraction * len(ids)), 1)]
        return ids[chosen], float(returns[chosen[-1]])

    def kept(self) -> Kept:
        """As in `Learner`."""
        return Kept({"policy": self.policy}, optimizers={"policy": self.optimizer})
