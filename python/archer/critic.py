"""The utterance-level critic: twin Q(s, a) and twin V(s) on a trunk of transformers.

Two ways to read a state and an utterance:

- `CausalCritic`: one causal pass over a row; V is read at the context's last token, Q at the
  utterance's last token, so one pass serves every turn of an episode.
- `JointCritic`: context and utterance are encoded apart and concatenated (the paper's RoBERTa).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModel

from archer.adapters import own_trunk, shares_base
from archer.batching import Piece, turn_batches
from archer.config import CriticConfig
from archer.errors import ConfigError, ContextTooLongError, ModelError
from archer.models import (
    BUILT_IN,
    load_built_in,
    load_pretrained,
    resolve_dtype,
)
from archer.passes import compile_trunk, reads_both_ways, recompute_layers
from archer.policy import Policy
from archer.twins import TWINS, Critic, CriticValues, TwinHead, polyak_update, target_of
from archer.types import TurnBatch

__all__ = [
    "TWINS",
    "CausalCritic",
    "Critic",
    "CriticValues",
    "JointCritic",
    "TwinHead",
    "check_shared_base",
    "load_critic",
    "polyak_update",
    "target_of",
]


class CausalCritic(Critic):
    """Q and V from one causal pass over each row of token ids."""

    def __init__(self, trunk: Any, hidden: int | None = None) -> None:
        """Wraps ``trunk``.

        Raises:
            ModelError: the trunk reads in both directions, so V would see what follows.
        """
        if reads_both_ways(trunk):
            raise ModelError(
                "a causal critic needs a trunk that reads from left to right, but "
                f"{type(trunk).__name__} reads in both directions; set critic.kind to joint, or "
                "take a causal language model as its trunk"
            )
        width = int(trunk.config.hidden_size)
        super().__init__(trunk, width, width, hidden)

    def forward(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """Reads V at ``context_end``, Q at ``utterance_end`` and V(s') at ``next_context_end``.

        Raises:
            ContextTooLongError: a row has more tokens than the trunk has positions.
        """
        length = batch.tokens.shape[1]
        limit = getattr(self.trunk.config, "max_position_embeddings", None)
        if limit is not None and length > limit:
            raise ContextTooLongError(
                f"an episode of {length} tokens does not fit into the critic's {limit} positions; "
                "lower the environment's turn limit or take a trunk with a longer context"
            )
        columns = torch.arange(length, device=batch.tokens.device)
        mask = (columns < batch.lengths[:, None]).long()
        states = self.read(batch.tokens, mask).last_hidden_state
        v_features = states[
            torch.cat([batch.row, batch.row]),
            torch.cat([batch.context_end, batch.next_context_end]),
        ]
        v, v_next = self.v_head(v_features).chunk(2, dim=1)
        return CriticValues(self.q_head(states[batch.row, batch.utterance_end]), v, v_next)


class JointCritic(Critic):
    """Q and V from a context and an utterance that are encoded apart, then concatenated.

    A trunk with its own tokenizer reads text: the policy's ids are decoded for it. These texts
    feed the critic alone; the policy's losses are always on the sampled ids.
    """

    def __init__(
        self,
        trunk: Any,
        tokenizer: Any | None,
        decode: Callable[[Sequence[int]], str],
        hidden: int | None = None,
    ) -> None:
        """Wraps ``trunk``; without a ``tokenizer`` it reads the policy's token ids themselves.

        Raises:
            ModelError: the tokenizer cannot pad.
        """
        width = int(trunk.config.hidden_size)
        super().__init__(trunk, 2 * width, width, hidden)
        if tokenizer is not None and tokenizer.pad_token_id is None:
            if tokenizer.eos_token is None:
                raise ModelError("the critic's tokenizer has neither a pad nor an end token")
            tokenizer.pad_token = tokenizer.eos_token
        if tokenizer is not None:
            tokenizer.truncation_side = "left"
        self.tokenizer = tokenizer
        self.decode = decode
        self.reads_first = reads_both_ways(trunk)

    def pieces(self, batch: TurnBatch[Tensor], tokens: int | None) -> Iterator[Piece]:
        """Pieces by turns: each of them is read in rows of its own."""
        return turn_batches(batch, tokens)

    def forward(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """Encodes each distinct context once, and each utterance."""
        tokens, rows = batch.tokens.tolist(), batch.row.tolist()
        ends, next_ends = batch.context_end.tolist(), batch.next_context_end.tolist()
        stops = batch.utterance_end.tolist()
        wanted = [*zip(rows, ends, strict=True), *zip(rows, next_ends, strict=True)]
        place = {key: i for i, key in enumerate(dict.fromkeys(wanted))}
        contexts = self._encode([tokens[row][: end + 1] for row, end in place])
        utterances = self._encode(
            [
                tokens[row][end + 1 : stop + 1]
                for row, end, stop in zip(rows, ends, stops, strict=True)
            ]
        )
        index = torch.tensor([place[key] for key in wanted], device=contexts.device)
        state, next_state = contexts[index].chunk(2)
        v, v_next = self.v_head(torch.cat([state, next_state])).chunk(2, dim=1)
        return CriticValues(self.q_head(torch.cat([state, utterances], dim=1)), v, v_next)

    def _encode(self, pieces: Sequence[Sequence[int]]) -> Tensor:
        """One feature vector for each piece of the policy's tokens; (pieces, H).

        Longer texts than the trunk has positions lose their beginning, as in the released code.
        """
        ids = [self._ids(piece) for piece in pieces]
        width = max(len(row) for row in ids)
        device = next(self.parameters()).device
        padded = torch.tensor([[*row, *([0] * (width - len(row)))] for row in ids], device=device)
        lengths = torch.tensor([len(row) for row in ids], device=device)
        if self.tokenizer is not None:
            fill = torch.arange(width, device=device) >= lengths[:, None]
            padded = padded.masked_fill(fill, self.tokenizer.pad_token_id)
        mask = (torch.arange(width, device=device) < lengths[:, None]).long()
        output = self.read(padded, mask)
        pooled = getattr(output, "pooler_output", None)
        if pooled is not None:
            return torch.as_tensor(pooled)
        states: Tensor = output.last_hidden_state
        last = torch.zeros_like(lengths) if self.reads_first else lengths - 1
        return states[torch.arange(len(ids), device=device), last]

    def _ids(self, piece: Sequence[int]) -> list[int]:
        limit = int(getattr(self.trunk.config, "max_position_embeddings", 1 << 30))
        if self.tokenizer is None:
            return list(piece[-limit:])
        # RoBERTa numbers positions from its padding index, so two of them are never used.
        limit = min(limit - 2, int(self.tokenizer.model_max_length))
        ids: list[int] = self.tokenizer(self.decode(piece), truncation=True, max_length=limit)[
            "input_ids"
        ]
        return ids or [int(self.tokenizer.pad_token_id)]


def load_critic(config: CriticConfig, policy: Policy, seed: int = 0) -> Critic:
    """A critic whose trunk is the policy's, built in, a folder, or a hub name.

    The policy's is a copy, or with LoRA its frozen base with adapters of the critic's own, which
    begin as the policy's. A target network shares that base too, see `target_of`.

    Raises:
        ConfigError: the trunk would share a base in bfloat16 and pass in float32.
        ModelError: the trunk cannot be loaded, or a causal critic would read foreign token ids or
            in both directions.
    """
    dtype = resolve_dtype(config.dtype)
    if config.model == "policy" and shares_base(policy.model):
        check_shared_base(config, policy.dtype)
    trunk, tokenizer = _load_trunk(config.model, policy, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        critic: Critic
        if config.kind == "joint":
            critic = JointCritic(trunk, tokenizer, policy.decode, config.hidden)
        else:
            if tokenizer is not None and tokenizer.get_vocab() != policy.tokenizer.get_vocab():
                raise ModelError(
                    f"a causal critic reads the policy's token ids, but {config.model!r} has "
                    "another vocabulary; set critic.kind to joint, or take a trunk of the "
                    "policy's family"
                )
            critic = CausalCritic(trunk, config.hidden)
    critic.dtype = dtype
    if policy.recomputes_layers:
        recompute_layers(critic.trunk)
    if policy.is_compiled:
        compile_trunk(critic.trunk)
    return critic.to(policy.device).eval()


def check_shared_base(critic: CriticConfig, policy_dtype: torch.dtype) -> None:
    """Refuses passes in float32 over a base that adapters share in bfloat16.

    Raises:
        ConfigError: they are.
    """
    if policy_dtype == torch.bfloat16 and critic.dtype == "float32":
        raise ConfigError(
            "the critic stands on the policy's frozen base, which policy.dtype keeps in bfloat16, "
            "but critic.dtype is float32; set critic.dtype to bfloat16 (adapters and heads stay in "
            "float32), or critic.model to a trunk of its own"
        )


def _load_trunk(name: str, policy: Policy, seed: int) -> tuple[Any, Any]:
    """The trunk in float32, and its tokenizer where it does not share the policy's."""
    if name == "policy":
        return own_trunk(policy.model), None
    if name == BUILT_IN:
        model, tokenizer = load_built_in(seed, torch.float32)
        return model.base_model, tokenizer
    return load_pretrained(AutoModel, name, torch.float32)
