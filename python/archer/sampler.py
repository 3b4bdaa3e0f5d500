"""Sampling utterances turn by turn, with a key-value cache that lives as long as the episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from archer.policy import Policy


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a policy said: its tokens, and their log-probabilities when they were sampled."""

    tokens: list[int]
    logprobs: list[float]


class Sampler:
    """Samples utterances over growing contexts; the key-value cache survives from turn to turn.

    Rows of different lengths share one cache. Slots that a row does not use are masked, and
    positions count only the tokens that are there, so a row never sees its neighbours' padding.
    """

    def __init__(
        self, policy: Policy, generator: torch.Generator, contexts: Sequence[Sequence[int]]
    ) -> None:
        """Starts one row for each context (lists of token ids, none empty)."""
        self.policy = policy
        self.generator = generator
        self.pending = [list(context) for context in contexts]
        self.lengths = torch.zeros(len(contexts), dtype=torch.long, device=policy.device)
        self.mask = torch.zeros(len(contexts), 0, dtype=torch.long, device=policy.device)
        self.cache: Any = None

    def hear(self, observations: Sequence[Sequence[int]]) -> None:
        """Appends each row's observation to its context."""
        for row, observation in zip(self.pending, observations, strict=True):
            row.extend(observation)

    def keep(self, rows: Sequence[int]) -> None:
        """Drops all rows but these; the others keep their order."""
        index = torch.tensor(rows, dtype=torch.long, device=self.policy.device)
        self.pending = [self.pending[row] for row in rows]
        self.lengths, self.mask = self.lengths[index], self.mask[index]
        if self.cache is not None:
            self.cache.batch_select_indices(index)

    @torch.no_grad()
    def speak(self) -> list[Utterance]:
        """Samples one utterance a row, up to the end token or the policy's limit.

        Raises:
            ContextTooLongError: before anything is sampled.
        """
        policy = self.policy
        lengths = self.lengths.tolist()
        longest = max((n + len(p) for n, p in zip(lengths, self.pending, strict=True)), default=0)
        policy.check_length(longest + policy.max_new_tokens)
        utterances = [Utterance([], []) for _ in self.pending]
        with policy.precision():
            self._speak(utterances)
        # An utterance's last token is fed together with the observation that follows it.
        self.pending = [[utterance.tokens[-1]] for utterance in utterances]
        return utterances

    def _speak(self, utterances: Sequence[Utterance]) -> None:
        """Appends to each row's utterance, token by token, until all have ended."""
        policy = self.policy
        logits = self._feed(self.pending)
        active = list(range(len(utterances)))
        for step in range(policy.max_new_tokens):
            logprobs = (logits.float() / policy.temperature).log_softmax(-1)
            drawn = torch.multinomial(logprobs.exp(), 1, generator=self.generator)
            chosen = logprobs.gather(1, drawn).squeeze(1).tolist()
            tokens = drawn.squeeze(1).tolist()
            for row in active:
                utterances[row].tokens.append(tokens[row])
                utterances[row].logprobs.append(chosen[row])
            active = [row for row in active if tokens[row] != policy.end_token]
            if not active or step + 1 == policy.max_new_tokens:
                break
            speaking = set(active)
            logits = self._feed(
                [[tokens[row]] if row in speaking else [] for row in range(len(tokens))]
            )

    def _feed(self, pieces: Sequence[Sequence[int]]) -> Tensor:
        """Runs the model over each row's new tokens; (rows, vocabulary) logits after the last."""
        device = self.policy.device
        width = max(len(piece) for piece in pieces)
        counts = torch.tensor([len(piece) for piece in pieces], device=device)
        # Padding stands on the left, so that the last column is every row's last token.
        padded = [[*([0] * (width - len(piece))), *piece] for piece in pieces]
        offset = torch.arange(width, device=device) - (width - counts)[:, None]
        self.mask = torch.cat([self.mask, (offset >= 0).long()], dim=1)
        output = self.policy.model(
            torch.tensor(padded, device=device),
            attention_mask=self.mask,
            position_ids=self.lengths[:, None] + offset.clamp(min=0),
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self.cache = output.past_key_values
        self.lengths = self.lengths + counts
        logits: Tensor = output.logits[:, -1]
        return logits
