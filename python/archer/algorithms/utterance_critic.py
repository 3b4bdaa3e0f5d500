"""The high level: twin Q and twin V over utterances, with target networks."""

from __future__ import annotations

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.method import Info, Kept, added
from archer.batching import Piece
from archer.config import CriticStepConfig
from archer.critic import TWINS, Critic, CriticValues, polyak_update, target_of
from archer.episodes import next_values
from archer.optimizers import adamw, clip_gradients
from archer.types import TurnBatch

FIRST = 1000
"""Demonstrations that tell where values begin."""


class UtteranceCritic:
    """A critic, its target network and its optimizer."""

    def __init__(
        self,
        critic: Critic,
        config: CriticStepConfig,
        section: str,
        micro_batch_tokens: int | None = None,
    ) -> None:
        """Prepares the target network and the optimizer.

        Args:
            critic: trained in place.
            config: learning rate, gradient norm, discount and τ.
            section: of the configuration that these come from, for messages.
            micro_batch_tokens: tokens of one forward pass, see `archer.batching`.
        """
        self.critic, self.config, self.section = critic, config, section
        self.micro_batch_tokens = micro_batch_tokens
        self.target = target_of(critic)
        self.parameters = [p for p in critic.parameters() if p.requires_grad]
        self.optimizer = adamw(self.parameters, config.critic_learning_rate)

    def start(self, episodes: TurnBatch[Tensor]) -> None:
        """Lets every head begin at the mean discounted return of the turns of whole episodes."""
        self.critic.start_at(mean_return(episodes, self.config.discount))
        self.target.load_state_dict(self.critic.state_dict())

    def values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """What the critic says of each turn, without gradients."""
        return self._values(self.critic, batch)

    def target_values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """What the target network says of each turn."""
        return self._values(self.target, batch)

    @torch.no_grad()
    def _values(self, network: Critic, batch: TurnBatch[Tensor]) -> CriticValues:
        q, v, v_next = torch.zeros(3, TWINS, batch.num_turns, device=batch.row.device)
        for piece in network.pieces(batch, self.micro_batch_tokens):
            part: CriticValues = network(piece.batch)
            q[:, piece.turns], v[:, piece.turns] = part.q, part.v
            v_next[:, piece.turns] = part.v_next
        v_next = next_values(batch, v, v_next, lambda after: self._values(network, after).v_next)
        return CriticValues(q, v, v_next)

    def regress(
        self,
        batch: TurnBatch[Tensor],
        q_target: Tensor | None,
        v_target: Tensor,
        expectile: float = 0.5,
    ) -> tuple[Tensor, Info]:
        """One step of Q and V toward their targets, and of the target network toward the critic.

        Args:
            batch: ``N`` turns.
            q_target: (2, N); None leaves Q's heads as they are.
            v_target: (2, N).
            expectile: of V's regression; 0.5 is the mean.

        Returns:
            (N,) sizes of the errors of Q (of V without a target of Q), mean over the twins, and
            metrics.
        """
        self.optimizer.zero_grad()
        td_error = torch.zeros_like(batch.reward)
        info: Info = {}
        for piece in self.critic.pieces(batch, self.micro_batch_tokens):
            share = len(piece.turns) / batch.num_turns
            td_error[piece.turns], part = self._gradients(
                piece, q_target, v_target, expectile, share
            )
            info = added(info, part)
        norm = clip_gradients(
            self.parameters,
            self.config.critic_max_grad_norm,
            f"{self.section}.critic_learning_rate",
        )
        self.optimizer.step()
        polyak_update(self.target, self.critic, self.config.polyak)
        return td_error, info | {"grad_norm": norm, "td_error": float(td_error.mean())}

    def _gradients(
        self,
        piece: Piece,
        q_target: Tensor | None,
        v_target: Tensor,
        expectile: float,
        share: float,
    ) -> tuple[Tensor, Info]:
        online: CriticValues = self.critic(piece.batch)
        weight, target = piece.batch.weight, v_target[:, piece.turns]
        loss = losses.expectile_error(online.v, target, weight, expectile)
        info = {"v_loss": loss, "v_mean": online.v.mean()}
        error = target - online.v
        if q_target is not None:
            target = q_target[:, piece.turns]
            info["q_loss"] = losses.squared_error(online.q, target, weight)
            info["q_mean"] = online.q.mean()
            loss, error = loss + info["q_loss"], target - online.q
        (loss * share).backward()
        return error.abs().mean(dim=0).detach(), {
            k: value.item() * share for k, value in info.items()
        }

    def kept(self) -> Kept:
        """What a checkpoint keeps."""
        return Kept(
            {"critic": self.critic, "target": self.target},
            copies={"target": self.critic},
            optimizers={"critic": self.optimizer},
        )


def mean_return(episodes: TurnBatch[Tensor], discount: float) -> float:
    """The mean over the turns of whole episodes of the discounted return that follows."""
    zero = torch.zeros_like(episodes.reward)
    returns = losses.gae(
        episodes.reward,
        zero,
        zero,
        episodes.terminated,
        losses.follows(episodes.trajectory, episodes.turn),
        discount,
        1.0,
    )
    return float(returns.mean())
