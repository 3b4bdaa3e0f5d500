"""The low level: policy-gradient steps of a token-level policy."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from archer import losses
from archer.algorithms.method import Info, Kept, added
from archer.batching import Piece, micro_batches
from archer.config import ActorConfig
from archer.optimizers import adamw, clip_gradients, count_turns
from archer.policy import Policy
from archer.types import TurnBatch

Loss = Literal["reinforce", "clipped", "clipped_utterance"]
"""The policy gradient, or a clipped ratio: each token's, or each utterance's."""


class _Size(NamedTuple):
    """Of a whole batch, whose pieces have shares of it."""

    turns: int
    tokens: int
    """Of its utterances."""


class TokenBaseline(nn.Module):
    """The optional token-level baseline: the advantage expected before a token is chosen."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.head = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, L, H) hidden states, which get no gradient from here -> (B, L)."""
        value: Tensor = self.head(hidden.detach().float()).squeeze(-1)
        return value


class Actor:
    """A policy, its optimizer, and what holds it back: a reference and a token-level baseline."""

    def __init__(
        self,
        policy: Policy,
        config: ActorConfig,
        section: str,
        *,
        loss: Loss = "reinforce",
        clip: float = 0.2,
        baseline_learning_rate: float | None = None,
        micro_batch_tokens: int | None = None,
    ) -> None:
        """Prepares the optimizer, and a frozen copy of the policy where a KL term needs it.

        Args:
            policy: trained in place.
            config: learning rate, gradient norm and KL coefficient.
            section: of the configuration that these come from, for messages.
            loss: see `Loss`.
            clip: half-width of the clipped ratio's interval around 1.
            baseline_learning_rate: of a learned token-level baseline; None for none.
            micro_batch_tokens: tokens of one forward pass, see `archer.batching`.
        """
        self.policy, self.config, self.section = policy, config, section
        self.loss, self.clip, self.micro_batch_tokens = loss, clip, micro_batch_tokens
        self.reference = policy.frozen_copy() if config.kl_coefficient else None
        self.parameters = [p for p in policy.parameters() if p.requires_grad]
        self.optimizer = adamw(self.parameters, config.policy_learning_rate)
        self.baseline: TokenBaseline | None = None
        self.baseline_optimizer: torch.optim.Optimizer | None = None
        if baseline_learning_rate is not None:
            width = policy.model.get_input_embeddings().embedding_dim
            self.baseline = TokenBaseline(width).to(policy.device)
            self.baseline_optimizer = adamw(self.baseline.parameters(), baseline_learning_rate)

    def regress(self, batch: TurnBatch[Tensor], weight: Tensor) -> Info:
        """One optimizer step toward the utterances of ``batch``, weighted by (N,) ``weight``.

        Advantage-weighted regression (arXiv 1910.00177) is the policy gradient with these weights
        in the advantage's place, whatever ``loss`` the actor has.
        """
        return self.step(batch, losses.spread(weight, batch.turn_of_token), "reinforce")

    def step(self, batch: TurnBatch[Tensor], per_token: Tensor, loss: Loss | None = None) -> Info:
        """One optimizer step on the utterances of ``batch``.

        Args:
            batch: ``N`` turns in ``B`` rows.
            per_token: (B, L) advantage of each token (see `archer.losses.spread`).
            loss: see `Loss`; the actor's without.

        Raises:
            DivergenceError: the gradient is not finite; no weight has changed.
        """
        self.optimizer.zero_grad()
        info: Info = {}
        size = _Size(batch.num_turns, int((batch.turn_of_token >= 0).sum()))
        for piece in micro_batches(batch, self.micro_batch_tokens):
            info = added(info, self._gradients(piece, per_token, size, loss or self.loss))
        norm = clip_gradients(
            self.parameters,
            self.config.policy_max_grad_norm,
            f"{self.section}.policy_learning_rate",
        )
        self.optimizer.step()
        count_turns(self.optimizer, batch.num_turns)
        if self.baseline_optimizer is not None:
            self.baseline_optimizer.step()
            self.baseline_optimizer.zero_grad()
        return info | {"grad_norm": norm}

    def _gradients(self, piece: Piece, per_token: Tensor, whole: _Size, kind: Loss) -> Info:
        """Gradients of one piece; returns its share of the metrics of the ``whole``."""
        batch, advantage, turns = piece.batch, piece.tokens_of(per_token), whole.turns
        mask = batch.turn_of_token
        logprob, hidden = self.policy(batch.tokens, batch.lengths, mask >= 0)
        info: dict[str, Tensor] = {}
        loss = torch.zeros((), device=logprob.device)
        if self.baseline is not None:
            baseline = self.baseline(hidden)
            info["baseline_loss"] = losses.baseline_error(baseline, advantage, mask, turns)
            loss = loss + info["baseline_loss"]
            advantage = advantage - baseline.detach()
        info |= self._policy_loss(batch, logprob, advantage, whole, kind)
        loss = loss + info["policy_loss"]
        if self.reference is not None:
            with torch.no_grad():
                reference, _ = self.reference(batch.tokens, batch.lengths, mask >= 0)
            info["kl"] = losses.kl_estimate(logprob, reference, mask, turns)
            loss = loss + self.config.kl_coefficient * info["kl"]
        for name, further in self._further_losses(piece, hidden, turns).items():
            info[name], loss = further, loss + further
        loss.backward()
        return {key: value.item() for key, value in info.items()}

    def _further_losses(self, piece: Piece, hidden: Tensor, turns: int) -> dict[str, Tensor]:
        """What a subclass adds to the loss, by name; ``hidden`` is that of `Policy.forward`."""
        return {}

    def _policy_loss(
        self,
        batch: TurnBatch[Tensor],
        logprob: Tensor,
        advantage: Tensor,
        whole: _Size,
        kind: Loss,
    ) -> dict[str, Tensor]:
        mask, turns = batch.turn_of_token, whole.turns
        if kind == "reinforce":
            return {"policy_loss": losses.reinforce(logprob, advantage, mask, turns)}
        if kind == "clipped_utterance":
            clipped, share = losses.clipped_utterance_ratio, batch.num_turns / turns
        else:  # whose fraction is of tokens
            clipped = losses.clipped_ratio
            share = int((mask >= 0).sum()) / whole.tokens
        loss, fraction = clipped(logprob, batch.logprobs, advantage, mask, turns, self.clip)
        return {"policy_loss": loss, "clip_fraction": fraction * share}

    def kept(self) -> Kept:
        """What a checkpoint keeps."""
        kept = Kept({"policy": self.policy}, optimizers={"policy": self.optimizer})
        if self.reference is not None:
            kept |= Kept({"reference": self.reference}, copies={"reference": self.policy})
        if self.baseline is not None and self.baseline_optimizer is not None:
            kept |= Kept(
                {"baseline": self.baseline}, optimizers={"baseline": self.baseline_optimizer}
            )
        return kept
