"""ArCHer without an environment: an utterance critic and an actor from demonstrations alone.

High level: implicit Q-learning (IQL, arXiv 2110.06169) whose action is an utterance. Low level:
advantage-weighted regression on the demonstrated utterances (arXiv 1910.00177), or the policy
gradient on new ones, held near the warm start by a KL term.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from archer import losses
from archer.algorithms.actor import Actor
from archer.algorithms.critic_file import save_critic
from archer.algorithms.demonstrated import demonstrated
from archer.algorithms.method import Info, Kept, Method, Setup, averaged
from archer.algorithms.respoken import respoken
from archer.algorithms.seen import as_seen
from archer.algorithms.utterance_critic import FIRST, UtteranceCritic
from archer.config import Config
from archer.critic import CriticValues, load_critic
from archer.errors import ConfigError
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


class ArcherOffline(Method):
    """An utterance critic and an actor, both from a store of demonstrations."""

    def __init__(self, setup: Setup) -> None:
        """Builds critic and actor by the sections ``critic`` and ``archer_offline``.

        Raises:
            ConfigError: settings that contradict each other, or no demonstrations to learn from.
        """
        super().__init__(setup)
        self.check(setup.config)
        self.config = config = setup.config.archer_offline
        seed = setup.config.run.seed
        self.replay = demonstrated(setup)
        critic = load_critic(setup.config.critic, self.policy, seed)
        self.critic = UtteranceCritic(critic, config, "archer_offline", self.micro_batch_tokens)
        self.actor = Actor(
            self.policy, config, "archer_offline", micro_batch_tokens=self.micro_batch_tokens
        )

    @classmethod
    def plays(cls, config: Config) -> bool:
        """As `Method.plays`."""
        return False

    @classmethod
    def learns_from_demonstrations(cls, config: Config) -> bool:
        """As `Method.learns_from_demonstrations`."""
        return True

    @classmethod
    def check(cls, config: Config) -> None:
        """As in `Method`."""
        section = config.archer_offline
        if section.actor == "iql_kl" and section.kl_coefficient == 0.0:
            raise ConfigError(
                "archer_offline.actor 'iql_kl' is held near the demonstrations by "
                "archer_offline.kl_coefficient alone, which is 0; set it above 0 or actor to 'awr'"
            )
        if section.actor == "awr" and section.kl_coefficient > 0.0:
            raise ConfigError(
                f"archer_offline.kl_coefficient {section.kl_coefficient} is of actor 'iql_kl'; "
                "'awr' says nothing new to estimate the divergence from, and is held by "
                "inverse_temperature: set kl_coefficient to 0 or actor to 'iql_kl'"
            )

    @property
    def follows_q(self) -> bool:
        """As `Method.follows_q`."""
        return True

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Critic updates, then the actor's."""
        with watch("critic"):
            if iteration == 0:
                self.critic.start(self.replay.sample_trajectories(FIRST).to(self.policy.device))
            critic_info = [self.update_critic() for _ in range(self.config.critic_updates)]
        with watch("actor"):
            actor_info = [self.update_actor() for _ in range(self.config.actor_updates)]
            self.counters["version"] += self.config.actor_updates > 0
        return averaged(critic_info, "critic_") | averaged(actor_info, "actor_")

    def update_critic(self) -> Info:
        """One step of IQL: V toward an expectile of the demonstrated utterances' Q, Q toward V."""
        config = self.config
        batch = self._seen(self.replay.sample_trajectories(config.critic_batch_size))
        slow = self.critic.target_values(batch)
        q_target = losses.td_target(batch.reward, slow.v_next, batch.terminated, config.discount)
        v_target = slow.q.amin(dim=0).expand_as(slow.q)
        return self.critic.regress(batch, q_target, v_target, config.expectile)[1]

    def update_actor(self) -> Info:
        """One step of the policy."""
        config = self.config
        if config.actor == "awr":
            batch = self._seen(self.replay.sample_trajectories(config.actor_batch_size))
        else:
            contexts = self._seen(self.replay.sample(config.actor_batch_size))
            batch = respoken(self.policy, contexts, self.setup.generator, self.micro_batch_tokens)
        values = self.critic.values(batch)
        advantage = losses.q_minus_v(values.q, values.v)
        info = {
            "advantage_mean": float(advantage.mean()),
            "advantage_std": float(advantage.std(correction=0)),
        }
        if config.actor == "awr":
            weight = losses.awr_weight(advantage, config.inverse_temperature, config.max_weight)
            return self.actor.regress(batch, weight) | info | {"weight_mean": float(weight.mean())}
        return self.actor.step(batch, losses.spread(advantage, batch.turn_of_token)) | info

    def _seen(self, drawn: TurnBatch[NDArray[Any]]) -> TurnBatch[Tensor]:
        return as_seen(self.policy, self.replay.store, drawn)

    def save(self, folder: Path) -> None:
        """The policy, and beside it the critic, for ``archer.critic_from``."""
        super().save(folder)
        save_critic(self.critic.critic, folder, discount=self.config.discount)

    def critic_values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """As `Method.critic_values`."""
        return self.critic.values(batch)

    def kept(self) -> Kept:
        """As in `Learner`."""
        return self.actor.kept() | self.critic.kept() | Kept(replays={"replay": self.replay})
