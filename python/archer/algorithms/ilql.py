"""Implicit language Q-learning (Snell et al., arXiv 2206.11871).

Every token is an action. From demonstrations alone: V moves toward an upper expectile of the target
network's Q of what was said, Q toward one-step targets from V, and a cross entropy keeps Q of what
nobody said low. The policy stays as it was cloned, and its log-probabilities are moved by
``β (Q - V)`` when it acts (`steered`).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.acting import save_acting
from archer.algorithms.bc import demonstrations_of, shown
from archer.algorithms.method import Info, Kept, Method, Setup, added, averaged
from archer.algorithms.seen import as_seen
from archer.algorithms.steered import Steered, TokenValues
from archer.algorithms.utterance_critic import FIRST, mean_return
from archer.batching import micro_batches
from archer.config import Config
from archer.critic import TWINS, CriticValues, polyak_update
from archer.episodes import WindowedBatch, next_values
from archer.optimizers import adamw, clip_gradients, count_turns
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ``M`` tokens of the utterances in a batch, ordered by row and column."""

    row: Tensor
    """(M,)."""
    column: Tensor
    """(M,) of the token itself; what it was chosen after lies one before."""
    next_column: Tensor
    """(M,) place after which the next token is chosen."""
    turn: Tensor
    """(M,) index of its turn in the batch."""
    ends_turn: Tensor
    """(M,) bool: the last of its utterance."""

    @classmethod
    def of(cls, batch: TurnBatch[Tensor]) -> Tokens:
        """Those of ``batch``."""
        row, column = (batch.turn_of_token >= 0).nonzero(as_tuple=True)
        turn = batch.turn_of_token[row, column]
        ends_turn = column == batch.utterance_end[turn]
        next_column = torch.where(ends_turn, batch.next_context_end[turn], column)
        return cls(row, column, next_column, turn, ends_turn)


class ILQL(Method):
    """Values of tokens from demonstrations, and a policy that they steer."""

    def __init__(self, setup: Setup) -> None:
        """Copies the policy's trunk for the values."""
        super().__init__(setup)
        self.config = config = setup.config.ilql
        self.demonstrations = demonstrations_of(setup)
        self.shown = shown(self.demonstrations, setup.held_out)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(setup.config.run.seed)
            self.values = TokenValues(setup.policy).to(self.policy.device).eval()
        self.target = copy.deepcopy(self.values).requires_grad_(False)
        self.optimizer = adamw(self.values.parameters(), config.critic_learning_rate)

    @classmethod
    def plays(cls, config: Config) -> bool:
        """As `Method.plays`."""
        return False

    @classmethod
    def learns_from_demonstrations(cls, config: Config) -> bool:
        """As `Method.learns_from_demonstrations`."""
        return True

    @property
    def sampler(self) -> Steered:
        """As `Method.sampler`."""
        return Steered(self.target, self.config.perturbation)

    @property
    def follows_q(self) -> bool:
        """As `Method.follows_q`."""
        return True

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Updates of the values on batches of demonstrations; ``ids`` is empty."""
        with watch("critic"):
            if iteration == 0:
                self.start()
            infos = [self.update() for _ in range(self.config.updates)]
        self.counters["version"] += 1
        return averaged(infos, "critic_")

    def start(self) -> None:
        """Lets Q and V begin at the mean return of the first demonstrations."""
        some = self.demonstrations.gather(self.shown[:FIRST]).to()
        mean = mean_return(some, self.config.discount)
        for network in (self.values, self.target):
            network.start_at(mean)

    def update(self) -> Info:
        """One step of Q and V on whole episodes drawn with replacement."""
        config, store = self.config, self.demonstrations
        drawn = torch.randint(
            len(self.shown),
            (config.batch_size,),
            generator=self.setup.generator,
            device=self.policy.device,
        )
        batch = as_seen(self.policy, store, store.gather([self.shown[n] for n in drawn.tolist()]))
        v_next = self._next_values(batch)
        total = int((batch.turn_of_token >= 0).sum())
        self.optimizer.zero_grad()
        info: Info = {}
        for piece in micro_batches(batch, self.micro_batch_tokens):
            known = None if v_next is None else v_next[piece.turns]
            info = added(info, self._gradients(piece.batch, total, known))
        norm = clip_gradients(
            self.values.parameters(), config.critic_max_grad_norm, "ilql.critic_learning_rate"
        )
        self.optimizer.step()
        count_turns(self.optimizer, batch.num_turns)
        polyak_update(self.target, self.values, config.polyak)
        variance = info.pop("advantage_square") - info["advantage_mean"] ** 2
        return info | {"grad_norm": norm, "advantage_std": math.sqrt(max(variance, 0.0))}

    @torch.no_grad()
    def _next_values(self, batch: TurnBatch[Tensor]) -> Tensor | None:
        """V of the context after each turn (N,), where it may lie in another row; else None."""
        if not isinstance(batch, WindowedBatch):
            return None
        v, v_next = self._v(batch)
        return next_values(batch, v, v_next, lambda after: self._v(after)[1])

    @torch.no_grad()
    def critic_values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """As `Method.critic_values`: V before each utterance's first token, Q of its last."""
        v, v_next = self._v(batch)
        v_next = next_values(batch, v, v_next, lambda after: self._v(after)[1])
        q = torch.zeros(TWINS, batch.num_turns, device=batch.row.device)
        for piece in micro_batches(batch, self.micro_batch_tokens):
            part = piece.batch
            states, end = self.values(part.tokens, part.lengths), part.utterance_end
            before_last = self.values.q(states[part.row, end - 1])
            q[:, piece.turns] = _of(before_last, part.tokens[part.row, end])
        return CriticValues(q, v.expand(TWINS, -1), v_next.expand(TWINS, -1))

    def _v(self, batch: TurnBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """V of each turn's context, and of the next one in its row: (N,) both."""
        v, v_next = torch.zeros(2, batch.num_turns, device=batch.row.device)
        for piece in micro_batches(batch, self.micro_batch_tokens):
            part = piece.batch
            states = self.values(part.tokens, part.lengths)
            v[piece.turns] = self.values.v(states[part.row, part.context_end])
            v_next[piece.turns] = self.values.v(states[part.row, part.next_context_end])
        return v, v_next

    def _gradients(
        self, batch: TurnBatch[Tensor], total: int, v_next_turn: Tensor | None = None
    ) -> Info:
        """Gradients of some rows; returns their share of the metrics of ``total`` tokens.

        V after an utterance is read in its row, or given for each turn: (n,).
        """
        config, tokens = self.config, Tokens.of(batch)
        said = batch.tokens[tokens.row, tokens.column]
        ones = torch.ones(len(said), device=said.device)
        states = self.values(batch.tokens, batch.lengths)
        before = states[tokens.row, tokens.column - 1]
        q, v = self.values.q(before), self.values.v(before)
        with torch.no_grad():
            v_next = self.values.v(states[tokens.row, tokens.next_column])
            if v_next_turn is not None:
                v_next = torch.where(tokens.ends_turn, v_next_turn[tokens.turn], v_next)
            slow_states = self.target(batch.tokens, batch.lengths)
            slow = _of(self.target.q(slow_states[tokens.row, tokens.column - 1]), said)
        target = losses.token_td_target(
            batch.reward[tokens.turn],
            v_next,
            tokens.ends_turn,
            batch.terminated[tokens.turn],
            config.discount,
        )
        parts = {
            "q_loss": losses.squared_error(_of(q, said), target.expand(2, -1), ones),
            "v_loss": losses.expectile_error(v[None], slow.amin(0)[None], ones, config.expectile),
            "conservative": losses.conservative_tokens(q, said),
        }
        loss = parts["q_loss"] + parts["v_loss"] + config.conservative * parts["conservative"]
        share = len(said) / total
        (loss * share).backward()
        parts |= {"q_mean": _of(q, said).mean(), "v_mean": v.mean()}
        advantage = slow.amin(0) - v
        parts |= {"advantage_mean": advantage.mean(), "advantage_square": advantage.square().mean()}
        return {name: part.item() * share for name, part in parts.items()}

    def save(self, folder: Path) -> None:
        """The policy, and beside it what steers it."""
        super().save(folder)
        save_acting(self.sampler, folder)

    def kept(self) -> Kept:
        """As `Learner.kept`."""
        return Kept(
            {"policy": self.policy, "values": self.values, "target": self.target},
            copies={"target": self.values},
            optimizers={"values": self.optimizer},
        )


def _of(q: Tensor, chosen: Tensor) -> Tensor:
    """Q of the chosen tokens: (2, M, V), (M,) -> (2, M)."""
    return q.gather(-1, chosen.expand(2, -1).unsqueeze(-1)).squeeze(-1)
