"""CHAI (Verma et al., arXiv 2204.08426).

Utterances are actions, and the language model, which stays as it was cloned, is what proposes them.
From demonstrations: Q moves toward ``r + γ max_k Q̄(s', a_k)`` over utterances that the model
proposes in the next context, and a conservative term keeps Q of proposals below Q of what was said.
It acts by saying the proposal of the largest Q (`best_of`); the paper samples among them by Q.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.acting import save_acting
from archer.algorithms.bc import demonstrations_of, shown
from archer.algorithms.best_of import BestOf
from archer.algorithms.method import Info, Kept, Method, Setup, added, averaged
from archer.algorithms.respoken import in_own_rows, next_contexts, prefixes, said_after
from archer.algorithms.seen import as_seen
from archer.algorithms.utterance_critic import FIRST, UtteranceCritic
from archer.config import Config
from archer.contexts import Utterance
from archer.critic import CriticValues, load_critic, polyak_update
from archer.optimizers import clip_gradients, count_turns
from archer.replay import ReplayBuffer
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


class Chai(Method):
    """An utterance critic from demonstrations, and a policy that proposes for it."""

    def __init__(self, setup: Setup) -> None:
        """Builds the critic by the section ``critic``."""
        super().__init__(setup)
        self.config = config = setup.config.chai
        self.demonstrations = demonstrations_of(setup)
        seed = setup.config.run.seed
        stores = {"demonstrated": self.demonstrations}
        if config.episodes_per_iteration:
            stores["own"] = setup.store
        self.replays = {
            name: ReplayBuffer(store, 1 << 40, seed=seed) for name, store in stores.items()
        }
        critic = load_critic(setup.config.critic, setup.policy, seed)
        self.critic = UtteranceCritic(critic, config, "chai", self.micro_batch_tokens)

    @classmethod
    def plays(cls, config: Config) -> bool:
        """As `Method.plays`."""
        return config.chai.episodes_per_iteration > 0

    @classmethod
    def learns_from_demonstrations(cls, config: Config) -> bool:
        """As `Method.learns_from_demonstrations`."""
        return True

    @property
    def sampler(self) -> BestOf:
        """As `Method.sampler`."""
        critic, candidates = self.critic.critic, self.config.candidates
        return BestOf(critic, candidates, self.setup.config.critic, self.micro_batch_tokens)

    @property
    def follows_q(self) -> bool:
        """As `Method.follows_q`."""
        return True

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Critic updates on demonstrations, and on its own episodes if it plays any."""
        if iteration == 0:
            self.start()
        if "own" in self.replays:
            self.replays["own"].extend(list(ids))
        with watch("critic"):
            infos = [self.update() for _ in range(self.config.critic_updates)]
        self.counters["version"] += 1
        return averaged(infos, "critic_")

    def start(self) -> None:
        """Makes the demonstrations drawable; Q begins at the mean return of the first of them."""
        everything = shown(self.demonstrations, self.setup.held_out)
        self.replays["demonstrated"].extend(everything)
        self.critic.start(self.demonstrations.gather(everything[:FIRST]).to(self.policy.device))

    def update(self) -> Info:
        """One step of Q on turns drawn evenly."""
        batch = self._draw()
        target = self.targets(batch)
        contexts = prefixes(batch, batch.context_end)
        stored = prefixes(batch, batch.utterance_end)
        said = [
            Utterance(tokens[len(context) :], [0.0] * (len(tokens) - len(context)))
            for context, tokens in zip(contexts, stored, strict=True)
        ]
        proposed = self._proposals(contexts) if self.config.conservative else [[] for _ in said]
        self.critic.optimizer.zero_grad()
        info: Info = {}
        for some in self._pieces(stored):
            options = [[said[n], *proposed[n]] for n in some]
            share = len(some) / len(said)
            part = self._gradients([contexts[n] for n in some], options, target[some], share)
            info = added(info, part)
        norm = clip_gradients(
            self.critic.parameters,
            self.config.critic_max_grad_norm,
            "chai.critic_learning_rate",
        )
        self.critic.optimizer.step()
        count_turns(self.critic.optimizer, batch.num_turns)
        polyak_update(self.critic.target, self.critic.critic, self.config.polyak)
        return info | {"grad_norm": norm}

    def _draw(self) -> TurnBatch[Tensor]:
        """Turns of one store, which is chosen by how many it holds."""
        held = torch.tensor([len(replay) for replay in self.replays.values()], dtype=torch.float)
        held = held.to(self.policy.device)
        chosen = int(held.multinomial(1, generator=self.setup.generator))
        replay, room = list(self.replays.values())[chosen], self.policy.max_new_tokens
        drawn = replay.sample(self.config.critic_batch_size)
        return as_seen(self.policy, replay.store, drawn, spare=room)  # to say what comes next

    def targets(self, batch: TurnBatch[Tensor]) -> Tensor:
        """What Q of each turn moves toward: (N,). Nothing is proposed where the task has ended."""
        config = self.config
        going_on = (~batch.terminated).nonzero().squeeze(1)
        v_next = torch.zeros_like(batch.reward)
        if len(going_on):
            contexts = next_contexts(batch)
            contexts = [contexts[n] for n in going_on.tolist()]
            options = self._proposals(contexts)
            q = self.critic.target_values(self._rows(contexts, options)).q
            v_next[going_on] = losses.proposal_value(q.view(2, -1, config.proposals))
        return losses.td_target(batch.reward, v_next, batch.terminated, config.discount)

    def _proposals(self, contexts: Sequence[Sequence[int]]) -> list[list[Utterance]]:
        """What the language model would say in each context, ``proposals`` times."""
        count = self.config.proposals
        repeated = [context for context in contexts for _ in range(count)]
        said = said_after(self.policy, repeated, self.setup.generator, self.micro_batch_tokens)
        return [said[n : n + count] for n in range(0, len(said), count)]

    def _rows(
        self, contexts: Sequence[Sequence[int]], options: Sequence[Sequence[Utterance]]
    ) -> TurnBatch[Tensor]:
        """Every option of every context in a row of its own."""
        repeated = [c for c, some in zip(contexts, options, strict=True) for _ in some]
        return in_own_rows(repeated, [u for some in options for u in some], self.policy.device)

    def _pieces(self, stored: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Turns that pass through the critic at once, with all that was proposed in their place."""
        longest = max(map(len, stored)) + self.policy.max_new_tokens
        size = len(stored)
        if self.micro_batch_tokens is not None:
            size = max(self.micro_batch_tokens // (longest * (1 + self.config.proposals)), 1)
        for start in range(0, len(stored), size):
            yield list(range(start, min(start + size, len(stored))))

    def _gradients(
        self,
        contexts: Sequence[Sequence[int]],
        options: Sequence[Sequence[Utterance]],
        target: Tensor,
        share: float,
    ) -> Info:
        """Gradients of some turns, ``share`` of all; returns their share of the metrics.

        The first option of each context is what was said, the others were proposed.
        """
        values: CriticValues = self.critic.critic(self._rows(contexts, options))
        q = values.q.view(2, len(contexts), -1)
        stored, proposed = q[..., 0], q[..., 1:]
        ones = torch.ones_like(target)
        parts = {"q_loss": losses.squared_error(stored, target.expand(2, -1), ones)}
        loss = parts["q_loss"]
        if self.config.conservative:
            parts["conservative"] = losses.conservative_utterances(stored, proposed)
            parts["q_proposed"] = proposed.mean()
            loss = loss + self.config.conservative * parts["conservative"]
        (loss * share).backward()
        parts["q_mean"] = stored.mean()
        return {name: part.item() * share for name, part in parts.items()}

    def critic_values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """As `Method.critic_values`: Q alone is trained."""
        values = self.critic.values(batch)
        unknown = torch.full_like(values.v, torch.nan)
        return CriticValues(values.q, unknown, unknown)

    def save(self, folder: Path) -> None:
        """The policy, and beside it the critic that chooses."""
        super().save(folder)
        save_acting(self.sampler, folder)

    def kept(self) -> Kept:
        """As `Learner.kept`."""
        return Kept({"policy": self.policy}, replays=self.replays) | self.critic.kept()
