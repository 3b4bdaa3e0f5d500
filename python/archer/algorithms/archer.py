"""ArCHer (arXiv 2402.19446).

High level: twin Q and twin V over utterances, learned from replay by temporal differences
(`critic_targets`).
Low level: the policy's tokens, by policy gradient with the utterance's advantage.

One iteration: the trainer collects episodes, `update_critic` some times, `update_actor`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.actor import Actor
from archer.algorithms.archer_settings import check_settings, learns_q
from archer.algorithms.critic_file import check_critic, load_critic_weights, save_critic
from archer.algorithms.critic_targets import CriticTargets
from archer.algorithms.demonstrated import demonstrated
from archer.algorithms.method import Info, Kept, Method, Setup, averaged, moments
from archer.algorithms.seen import as_seen
from archer.algorithms.utterance_critic import FIRST, UtteranceCritic
from archer.config import Config
from archer.critic import CriticValues, load_critic
from archer.replay import ReplayBuffer
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


class Archer(Method):
    """An utterance critic learned from replay, and an actor that follows its advantage."""

    MAX_WEIGHT: ClassVar[float] = 20.0
    """What a weight of the actor's pre-training is cut at."""

    def __init__(self, setup: Setup) -> None:
        """Builds critic, replay buffer and actor by the sections ``critic`` and ``archer``.

        Raises:
            ConfigError: settings that contradict each other.
            ModelError: there is no critic to go on from, unless a checkpoint brings it.
        """
        super().__init__(setup)
        self.config = config = setup.config.archer
        check_settings(config)
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
        if config.critic_from is not None and not setup.resumed:
            load_critic_weights(critic, Path(config.critic_from), config)
        self.targets = CriticTargets(config, setup.policy, setup.generator, self.micro_batch_tokens)
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
        """As `Method.check`; a critic to go on from must be there."""
        check_settings(config.archer)
        if config.archer.critic_from is not None:
            check_critic(Path(config.archer.critic_from), config.archer)

    @classmethod
    def learns_from_demonstrations(cls, config: Config) -> bool:
        """As in `Method`."""
        return (
            config.archer.critic_pretraining_updates > 0
            or config.archer.actor_pretraining_updates > 0
        )

    @property
    def follows_q(self) -> bool:
        """As `Method.follows_q`."""
        return self.config.advantage == "q_minus_v"

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Critic updates from replay, then the actor's, unless the critic is to learn alone."""
        config = self.config
        critic_only = iteration < config.critic_only_iterations
        updates = config.critic_only_updates if critic_only else config.critic_updates
        self.replay.extend(list(ids))
        first_info, actor_info = {}, []
        with watch("critic"):
            if iteration == 0:
                first_info = self._begin(ids)
            critic_info = [self.update_critic() for _ in range(updates)]
        with watch("actor"):
            if iteration == 0 and config.actor_pretraining_updates > 0:
                first_info |= self._pretrain_actor()
            if not critic_only and config.actor_epochs > 0:
                actor_info = [self.update_actor(self.setup.gather(ids))]
                self.counters["version"] += 1
        return first_info | averaged(actor_info, "actor_") | averaged(critic_info, "critic_")

    # --- high level: the utterance critic -------------------------------------------------------

    def _begin(self, ids: Sequence[int]) -> Info:
        """Lets a new critic's heads begin at the mean return, and pre-trains the critic."""
        updates, new = self.config.critic_pretraining_updates, self.config.critic_from is None
        if updates == 0:
            if new:
                self.critic.start(self.setup.gather(ids))
            return {}
        replay = demonstrated(self.setup)
        if new:
            self.critic.start(replay.sample_trajectories(FIRST).to(self.policy.device))
        return averaged([self.update_critic(replay) for _ in range(updates)], "pretraining_")

    def update_critic(self, replay: ReplayBuffer | None = None) -> Info:
        """One step of Q and V on a batch from ``replay``, by default the policy's episodes."""
        config, replay = self.config, self.replay if replay is None else replay
        sample = replay.sample_trajectories if config.sample_unit == "trajectory" else replay.sample
        batch = as_seen(self.policy, replay.store, sample(config.critic_batch_size))
        q_target, v_target, target_info = self.targets.of(batch, self.critic)
        expectile = config.expectile if config.value_target == "stored" else 0.5
        td_error, info = self.critic.regress(batch, q_target, v_target, expectile)
        if config.priority_alpha:
            replay.update(
                batch.trajectory.cpu().numpy(), batch.turn.cpu().numpy(), td_error.cpu().numpy()
            )
        return info | target_info

    # --- low level: the token policy ------------------------------------------------------------

    def update_actor(self, fresh: TurnBatch[Tensor]) -> Info:
        """Policy-gradient steps, one an epoch.

        Args:
            fresh: this iteration's whole episodes, which ``actor_data: fresh_trajectories`` uses.

        Returns:
            Metrics, averaged over the epochs.
        """
        epochs = range(self.config.actor_epochs)
        if self.config.actor_data == "fresh_trajectories":
            advantage = self.advantages(fresh)
            return averaged([self._actor_step(fresh, advantage) for _ in epochs])
        draw = self._recent if self.config.actor_data == "replayed_trajectories" else self._respoken
        return averaged(
            [self._actor_step(batch, self.advantages(batch)) for batch in map(draw, epochs)]
        )

    def _respoken(self, _epoch: int) -> TurnBatch[Tensor]:
        """Contexts from the replay with utterances of the current policy."""
        drawn = self.replay.sample(self.config.actor_batch_size)
        return self.targets.respoken(as_seen(self.policy, self.replay.store, drawn))

    def _recent(self, _epoch: int) -> TurnBatch[Tensor]:
        """Some of the newest episodes, none twice."""
        count = len(self.setup.store)
        newest = range(max(count - self.config.recent_episodes, 0), count)
        order = torch.randperm(len(newest), generator=self.generator, device=self.policy.device)
        return self.setup.gather(
            [newest[n] for n in order[: self.config.actor_batch_size].tolist()]
        )

    def _pretrain_actor(self) -> Info:
        """Advantage-weighted regression on demonstrations, with the critic as it is."""
        replay, infos = demonstrated(self.setup), []
        for _ in range(self.config.actor_pretraining_updates):
            drawn = replay.sample_trajectories(self.config.actor_batch_size)
            batch = as_seen(self.policy, replay.store, drawn)
            advantage = self.targets.advantages(batch, self.critic.values(batch))
            weight = losses.awr_weight(losses.standardize(advantage), 1.0, self.MAX_WEIGHT)
            infos.append(self.actor.regress(batch, weight))
        self.counters["version"] += 1
        return averaged(infos, "actor_pretraining_")

    def _actor_step(self, batch: TurnBatch[Tensor], advantage: Tensor) -> Info:
        info = self.actor.step(batch, losses.spread(advantage, batch.turn_of_token))
        return info | moments(advantage)

    def advantages(self, batch: TurnBatch[Tensor]) -> Tensor:
        """The configured advantage of each turn, from the replay critic: (N,)."""
        advantage = self.targets.advantages(batch, self.critic.values(batch))
        return losses.standardize(advantage) if self.config.normalize_advantage else advantage

    def save(self, folder: Path) -> None:
        """The policy, and beside it the critic, for ``archer.critic_from``."""
        super().save(folder)
        save_critic(
            self.critic.critic,
            folder,
            discount=self.config.discount,
            knows_q=learns_q(self.config),
        )

    def critic_values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """As `Method.critic_values`; no Q where it is not learned."""
        values = self.critic.values(batch)
        return values if learns_q(self.config) else values.without_q()

    def kept(self) -> Kept:
        """As `Learner.kept`."""
        return self.actor.kept() | self.critic.kept() | Kept(replays={"replay": self.replay})
