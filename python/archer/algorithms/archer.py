"""ArCHer (arXiv 2402.19446).

High level: twin Q and twin V over utterances, learned from replay by temporal differences.
Low level: the policy's tokens, by policy gradient with the utterance's advantage.

One iteration: the trainer collects episodes, `update_critic` some times, `update_actor`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.actor import Actor
from archer.algorithms.archer_settings import check_settings
from archer.algorithms.method import Info, Kept, Method, Setup, averaged
from archer.algorithms.respoken import respoken
from archer.algorithms.utterance_critic import UtteranceCritic
from archer.config import Config
from archer.critic import load_critic
from archer.replay import ReplayBuffer
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


class Archer(Method):
    """An utterance critic learned from replay, and an actor that follows its advantage."""

    def __init__(self, setup: Setup) -> None:
        """Builds critic, replay buffer and actor by the sections ``critic`` and ``archer``.

        Raises:
            ConfigError: settings that contradict each other.
        """
        super().__init__(setup)
        self.check(setup.config)
        self.config = config = setup.config.archer
        self.generator = setup.generator
        self.replay = ReplayBuffer(
            setup.store,
            config.replay_capacity,
            alpha=config.priority_alpha,
            beta=config.priority_beta,
            half_life=config.priority_half_life,
            seed=setup.config.run.seed,
        )
        critic = load_critic(setup.config.critic, setup.policy, setup.config.run.seed)
        self.critic = UtteranceCritic(critic, config, "archer", self.micro_batch_tokens)
        self.actor = Actor(
            setup.policy,
            config,
            "archer",
            loss=config.loss,
            clip=config.clip,
            baseline_learning_rate=config.baseline_learning_rate if config.token_baseline else None,
            micro_batch_tokens=self.micro_batch_tokens,
        )

    @classmethod
    def check(cls, config: Config) -> None:
        """As `Method.check`."""
        check_settings(config.archer)

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Critic updates from replay, then the actor's, unless the critic is to learn alone."""
        config = self.config
        critic_only = iteration < config.critic_only_iterations
        updates = config.critic_only_updates if critic_only else config.critic_updates
        self.replay.extend(list(ids))
        actor_info: Info = {}
        with watch("critic"):
            if iteration == 0:
                self.critic.start(self.setup.gather(ids))
            critic_info = [self.update_critic() for _ in range(updates)]
        with watch("actor"):
            if not critic_only and config.actor_epochs > 0:
                actor_info = self.update_actor(self.setup.gather(ids))
                self.counters["version"] += 1
        return averaged([actor_info] if actor_info else [], "actor_") | averaged(
            critic_info, "critic_"
        )

    # --- high level: the utterance critic -------------------------------------------------------

    def update_critic(self) -> Info:
        """One temporal-difference step of Q and V on a batch from replay."""
        config = self.config
        sample = (
            self.replay.sample_trajectories
            if config.sample_unit == "trajectory"
            else self.replay.sample
        )
        batch = sample(config.critic_batch_size).to(self.policy.device)
        slow = self.critic.target_values(batch)
        q_target = losses.td_target(batch.reward, slow.v_next, self._ends(batch), config.discount)
        stored = config.value_target == "stored"
        # A stored utterance's Q, or that of one that the current policy would say: (2, N).
        v_target = slow.q if stored else self.critic.target_values(self._respoken(batch)).q
        td_error, info = self.critic.regress(
            batch, q_target, v_target, config.expectile if stored else 0.5
        )
        if config.priority_alpha:
            self.replay.update(
                batch.trajectory.cpu().numpy(), batch.turn.cpu().numpy(), td_error.cpu().numpy()
            )
        return info

    def _respoken(self, batch: TurnBatch[Tensor]) -> TurnBatch[Tensor]:
        return respoken(self.policy, batch, self.generator, self.micro_batch_tokens)

    def _ends(self, batch: TurnBatch[Tensor]) -> Tensor:
        """The turns that nothing is bootstrapped after."""
        if self.config.truncation_is_terminal:
            return batch.terminated | batch.truncated
        return batch.terminated

    # --- low level: the token policy ------------------------------------------------------------

    def update_actor(self, fresh: TurnBatch[Tensor]) -> Info:
        """Policy-gradient steps, one an epoch.

        Args:
            fresh: this iteration's whole episodes. With ``actor_data: fresh_utterances`` (the
                paper) they are not used: contexts come from the replay, and for each the current
                policy says something new.

        Returns:
            Metrics, averaged over the epochs.
        """
        if self.config.actor_data == "fresh_trajectories":
            advantage = self.advantages(fresh)
            return averaged(
                [self._actor_step(fresh, advantage) for _ in range(self.config.actor_epochs)]
            )
        infos = []
        for _ in range(self.config.actor_epochs):
            contexts = self.replay.sample(self.config.actor_batch_size).to(self.policy.device)
            batch = self._respoken(contexts)
            infos.append(self._actor_step(batch, self.advantages(batch)))
        return averaged(infos)

    def _actor_step(self, batch: TurnBatch[Tensor], advantage: Tensor) -> Info:
        info = self.actor.step(batch, losses.spread(advantage, batch.turn_of_token))
        return info | {
            "advantage_mean": float(advantage.mean()),
            "advantage_std": float(advantage.std()),
        }

    @torch.no_grad()
    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """The configured advantage of each turn, from the replay critic: (N,)."""
        config, values = self.config, self.critic.values(batch)
        if config.advantage == "q_minus_v":
            advantage = losses.q_minus_v(values.q, values.v)
        else:
            # "td" is the sum's first summand.
            advantage = losses.gae(
                batch.reward,
                values.v.mean(0),
                values.v_next.mean(0),
                self._ends(batch),
                losses.follows(batch.trajectory, batch.turn),
                config.discount,
                config.gae_lambda if config.advantage == "gae" else 0.0,
            )
        return losses.standardize(advantage) if config.normalize_advantage else advantage

    def kept(self) -> Kept:
        """As `Learner.kept`."""
        return self.actor.kept() | self.critic.kept() | Kept(replays={"replay": self.replay})
