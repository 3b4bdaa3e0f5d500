"""Turn-level PPO (arXiv 2512.17008): proximal policy optimization whose action is an utterance.

    δ_t = r_t + γ V(s_{t+1}) - V(s_t)          A_t = δ_t + γ λ A_{t+1}       (GAE over utterances)
    V(s_t)  toward  A_t + V(s_t)               (the λ-return)
    policy: maximize  min(ρ_t A_t, clip(ρ_t, 1 - ε, 1 + ε) A_t)

with ``ρ_t`` the ratio of a whole utterance's probability to that with which it was sampled.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.method import Info, Kept, Setup, averaged
from archer.algorithms.on_policy import TurnLevel
from archer.algorithms.utterance_critic import UtteranceCritic
from archer.batching import minibatches
from archer.critic import TWINS, CriticValues, load_critic
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


class TurnPPO(TurnLevel):
    """A critic of utterances that learns from the policy's own episodes alone.

    Of the utterance critic only V is learned and used, as the mean over its twins.
    """

    section = "turn_ppo"
    loss = "clipped_utterance"

    def __init__(self, setup: Setup) -> None:
        """Builds critic and actor by the sections ``critic`` and ``turn_ppo``."""
        super().__init__(setup)
        self.config = setup.config.turn_ppo
        critic = load_critic(setup.config.critic, setup.policy, setup.config.run.seed)
        self.critic = UtteranceCritic(critic, self.config, self.section, self.micro_batch_tokens)

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Advantages and targets by the critic as it is, then its updates, then the policy's."""
        with watch("critic"):
            batch = self.setup.gather(ids)
            if iteration == 0:
                self.critic.start(batch)
            advantage, target = self._estimates(batch)
            critic_info = self.update_critic(batch, target)
        with watch("actor"):
            if self.config.normalize_advantage:
                advantage = losses.standardize(advantage)
            actor_info = self.improve(batch, advantage)
        return actor_info | critic_info

    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """As `TurnLevel.advantages`."""
        return self._estimates(batch)[0]

    def update_critic(self, batch: TurnBatch[Tensor], target: Tensor) -> Info:
        """An iteration's steps of V toward the λ-return (N,) of each turn."""
        targets = target.expand(TWINS, -1)
        infos = [
            self.critic.regress(part.batch, None, targets[:, part.turns])[1]
            for _ in range(self.config.critic_epochs)
            for part in minibatches(batch, self.config.minibatches, self.setup.generator)
        ]
        return averaged(infos, "critic_")

    @torch.no_grad()
    def _estimates(self, batch: TurnBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """(N,) advantages and λ-returns."""
        values = self.critic.target_values(batch)
        v = values.v.mean(0)
        advantage = losses.gae(
            batch.reward,
            v,
            values.v_next.mean(0),
            batch.terminated,
            losses.follows(batch.trajectory, batch.turn),
            self.config.discount,
            self.config.gae_lambda,
        )
        return advantage, advantage + v

    def critic_values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """As `Method.critic_values`; its Q is not trained, and so none is given."""
        return self.critic.values(batch).without_q()

    def kept(self) -> Kept:
        """As `Learner.kept`."""
        return super().kept() | self.critic.kept()
