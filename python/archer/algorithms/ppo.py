"""Token-level PPO (Schulman et al., arXiv 1707.06347) over multi-turn episodes.

    δ_k = r_k + γ V(s_{k+1}) - V(s_k)          A_k = δ_k + γ λ A_{k+1}
    V(s_k)  toward  A_k + V(s_k)
    policy: maximize  min(ρ_k A_k, clip(ρ_k, 1 - ε, 1 + ε) A_k)

The actions ``k`` are the tokens of all of an episode's utterances, one after the other; see
`archer.losses.token_gae` for rewards, observations and ends. V is a head on the policy's hidden
states, and moves them too.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from archer import losses
from archer.algorithms.actor import Actor
from archer.algorithms.method import Info, Kept, averaged, moments
from archer.algorithms.on_policy import OnPolicy, passes
from archer.batching import Piece, micro_batches
from archer.config import PPOConfig
from archer.critic import TWINS, CriticValues
from archer.episodes import WindowedBatch, episode_of, next_values, num_episodes
from archer.policy import Policy
from archer.stopwatch import Stopwatch
from archer.types import TurnBatch


class ValueHead(nn.Module):
    """V of the state in which a token is chosen, from the hidden state that predicts it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden, self.last = nn.Linear(width, width), nn.Linear(width, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, L, H) -> (B, L)."""
        value: Tensor = self.last(self.hidden(hidden.float()).relu()).squeeze(-1)
        return value


class ValuedActor(Actor):
    """A policy with a value head, both moved by one pass over each episode."""

    config: PPOConfig

    def __init__(self, policy: Policy, config: PPOConfig, micro_batch_tokens: int | None) -> None:
        super().__init__(
            policy,
            config,
            "ppo",
            loss="clipped",
            clip=config.clip,
            micro_batch_tokens=micro_batch_tokens,
        )
        width = policy.model.get_input_embeddings().embedding_dim
        self.value = ValueHead(width).to(policy.device)
        self.optimizer.add_param_group(
            {"params": list(self.value.parameters()), "lr": config.value_learning_rate}
        )
        self._target = torch.empty(0)

    def step_toward(self, batch: TurnBatch[Tensor], per_token: Tensor, target: Tensor) -> Info:
        """As `Actor.step`, and V of each token's state toward ``target`` (B, L)."""
        self._target = target
        return self.step(batch, per_token)

    def _further_losses(self, piece: Piece, hidden: Tensor, turns: int) -> dict[str, Tensor]:
        """The error of V, whose gradient reaches the head whole and what is below it in part."""
        rest = hidden.detach()
        value = self.value(rest + self.config.value_coefficient * (hidden - rest))
        error = losses.baseline_error(
            value, piece.tokens_of(self._target), piece.batch.turn_of_token, turns
        )
        return {"value_loss": error}

    @torch.no_grad()
    def values(self, batch: TurnBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """V before each token (B, L), and after each episode's last (E,)."""
        v, v_end = self._read(batch)
        if not isinstance(batch, WindowedBatch):
            return v, v_end
        v_next = next_values(
            batch, torch.zeros_like(batch.reward), v_end[batch.row], lambda b: self._read(b)[1]
        )
        return v, v_next[~losses.follows(batch.trajectory, batch.turn)]

    def _read(self, batch: TurnBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """V before each token (B, L), and after each row's last (B,)."""
        rows, length = batch.tokens.shape
        v = torch.zeros(rows, length + 1, device=batch.row.device)
        for piece in micro_batches(batch, self.micro_batch_tokens):
            tokens = piece.batch.tokens
            if tokens.shape[1] != self.policy.max_context:  # such a row ends with an utterance
                # One column more: the hidden state there is that after the row.
                tokens = nn.functional.pad(tokens, (0, 1))
            none = torch.zeros_like(tokens, dtype=torch.bool)
            _, hidden = self.policy(tokens, piece.batch.lengths, none)
            v[piece.rows, : tokens.shape[1]] = self.value(hidden)
        return v[:, :-1], v.gather(1, batch.lengths[:, None]).squeeze(1)

    def kept(self) -> Kept:
        """What a checkpoint keeps."""
        return super().kept() | Kept({"value": self.value})


class PPO(OnPolicy):
    """Generalised advantages of tokens, and several clipped steps."""

    section = "ppo"
    discounts_tokens = True
    actor: ValuedActor

    def build_actor(self) -> ValuedActor:
        """The policy and its value head."""
        return ValuedActor(self.policy, self.setup.config.ppo, self.micro_batch_tokens)

    def learn(self, ids: Sequence[int], iteration: int, watch: Stopwatch) -> Info:
        """Advantages and targets by the value head as it is, then the steps."""
        with watch("actor"):
            batch = self.setup.gather(ids, spare=1)  # V is read after the last token too
            if iteration == 0:
                self._start_values(batch)
            advantage, target = self.estimates(batch)
            infos = [
                self.actor.step_toward(
                    part.batch, part.tokens_of(advantage), part.tokens_of(target)
                )
                for part in passes(batch, self.actor.config, self.setup.generator)
            ]
        self.counters["version"] += 1
        return averaged(infos, "actor_") | moments(advantage[batch.turn_of_token >= 0], "actor_")

    def estimates(self, batch: TurnBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """(B, L) advantages, which the policy follows, and λ-returns, which V does."""
        config, action = self.setup.config.ppo, batch.turn_of_token >= 0
        v, v_last = self.actor.values(batch)
        advantage = losses.token_gae(
            batch.reward,
            v,
            v_last,
            batch.terminated,
            batch.turn_of_token,
            config.discount,
            config.gae_lambda,
            episode_of(batch),
        )
        target = advantage + v
        if config.normalize_advantage:
            advantage[action] = losses.standardize(advantage[action])
        return advantage, target

    def critic_values(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """As `Method.critic_values`: V before each utterance's first token; there is no Q."""
        each, at_end = self.actor.values(batch)
        v = each[batch.row, batch.context_end + 1]
        follows = losses.follows(batch.trajectory, batch.turn)
        v_next = torch.where(follows, v.roll(-1), at_end[episode_of(batch)])
        twice = v.expand(TWINS, -1)
        return CriticValues(twice, twice, v_next.expand(TWINS, -1)).without_q()

    def _start_values(self, batch: TurnBatch[Tensor]) -> None:
        """Lets V begin at the mean return, as the other critics do."""
        zero = torch.zeros_like(batch.tokens, dtype=torch.float32)
        v_last = zero.new_zeros(num_episodes(batch))
        mean = losses.token_gae(
            batch.reward,
            zero,
            v_last,
            batch.terminated,
            batch.turn_of_token,
            self.setup.config.ppo.discount,
            1.0,
            episode_of(batch),
        )[batch.turn_of_token >= 0].mean()
        with torch.no_grad():
            self.actor.value.last.bias.fill_(float(mean))
