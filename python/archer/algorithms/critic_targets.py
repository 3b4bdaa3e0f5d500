"""What ArCHer's critic moves toward, and the advantages that are read from it."""

from __future__ import annotations

import torch
from torch import Tensor

from archer import losses
from archer.algorithms.archer_settings import learns_q
from archer.algorithms.respoken import respoken
from archer.algorithms.utterance_critic import UtteranceCritic
from archer.batching import micro_batches
from archer.config import ArcherConfig
from archer.critic import CriticValues
from archer.errors import ConfigError
from archer.policy import Policy
from archer.types import TurnBatch


class CriticTargets:
    """The configured targets of Q and V."""

    def __init__(
        self,
        config: ArcherConfig,
        policy: Policy,
        generator: torch.Generator,
        micro_batch_tokens: int | None = None,
    ) -> None:
        """Keeps what the targets depend on.

        Args:
            config: its ``target``, ``value_target`` and ``discount`` among others.
            policy: the one that is to be evaluated.
            generator: random stream of what it says anew, on its device.
            micro_batch_tokens: tokens of one forward pass, see `archer.batching`.
        """
        self.config, self.policy, self.generator = config, policy, generator
        self.micro_batch_tokens = micro_batch_tokens

    def of(
        self, batch: TurnBatch[Tensor], critic: UtteranceCritic
    ) -> tuple[Tensor | None, Tensor, dict[str, float]]:
        """Targets of every turn in ``batch``.

        Args:
            batch: ``N`` turns; whole episodes unless ``config.target`` is "one_step".
            critic: the critic whose target network is bootstrapped from.

        Returns:
            (2, N) of Q, None where Q is not learned; (2, N) of V; and metrics.
        """
        config, slow = self.config, critic.target_values(batch)
        if config.target == "one_step":
            q = losses.td_target(batch.reward, slow.v_next, self.ends(batch), config.discount)
            return q, self._expected_q(batch, slow, critic), {}
        ratio, ends = self.ratios(batch), self.ends(batch)
        info = {"ratio": float(ratio.mean())}
        follows = losses.follows(batch.trajectory, batch.turn)
        known = (ends, follows, config.discount)
        if config.target == "retrace":
            q = losses.retrace(
                batch.reward, slow.q, slow.v_next, ratio, *known, config.trace_lambda
            )
            return q, self._expected_q(batch, slow, critic), info
        v = losses.vtrace(batch.reward, slow.v, slow.v_next, ratio, *known, config.trace_lambda)
        if not learns_q(config):
            return None, v, info
        return losses.vtrace_q(batch.reward, slow.v_next, v, *known), v, info

    def _expected_q(
        self, batch: TurnBatch[Tensor], slow: CriticValues, critic: UtteranceCritic
    ) -> Tensor:
        """Q of each stored utterance, or of one that the current policy would say: (2, N)."""
        if self.config.value_target == "stored":
            return slow.q
        return critic.target_values(self.respoken(batch)).q

    def respoken(self, batch: TurnBatch[Tensor]) -> TurnBatch[Tensor]:
        """The contexts of ``batch`` with utterances of the current policy."""
        return respoken(self.policy, batch, self.generator, self.micro_batch_tokens)

    def ends(self, batch: TurnBatch[Tensor]) -> Tensor:
        """The turns that nothing is bootstrapped after: (N,) bool."""
        if self.config.truncation_is_terminal:
            return batch.terminated | batch.truncated
        return batch.terminated

    @torch.no_grad()
    def ratios(self, batch: TurnBatch[Tensor]) -> Tensor:
        """See `archer.losses.utterance_ratio`: (N,)."""
        ratio = torch.ones_like(batch.reward)
        for piece in micro_batches(batch, self.micro_batch_tokens):
            part = piece.batch
            logprob, _ = self.policy(part.tokens, part.lengths, part.turn_of_token >= 0)
            ratio[piece.turns] = losses.utterance_ratio(
                logprob, part.logprobs, part.turn_of_token, part.num_turns
            )
        return ratio

    def advantages(self, batch: TurnBatch[Tensor], values: CriticValues) -> Tensor:
        """The configured advantage of each turn: (N,).

        Args:
            batch: ``N`` turns; whole episodes unless ``config.advantage`` is "q_minus_v".
            values: what the critic says of them.

        Raises:
            ConfigError: the rewards are not those that "doubly_robust" is made for.
        """
        config = self.config
        if config.advantage == "q_minus_v":
            return losses.q_minus_v(values.q, values.v)
        v, v_next, ends = values.v.mean(0), values.v_next.mean(0), self.ends(batch)
        follows = losses.follows(batch.trajectory, batch.turn)
        known = (batch.reward, v, v_next, ends, follows, config.discount)
        if config.advantage == "doubly_robust":
            _check_success(batch.reward, follows)
            return losses.doubly_robust(*known, config.gae_lambda)
        # "td" is the sum's first summand.
        return losses.gae(*known, config.gae_lambda if config.advantage == "gae" else 0.0)


def _check_success(reward: Tensor, follows: Tensor) -> None:
    """Refuses rewards other than one of success, from 0 to 1, in the last turn."""
    other = torch.where(follows, reward != 0.0, (reward < 0.0) | (reward > 1.0))
    if other.any():
        n = int(other.nonzero()[0])
        place = "before the last turn" if follows[n] else "in the last turn"
        raise ConfigError(
            f"archer.advantage 'doubly_robust' is for tasks that reward success alone: from 0 to 1 "
            f"in the last turn, 0 before it; here a reward is {float(reward[n]):g} {place}. Set "
            "advantage to 'gae'"
        )
