"""Sampling utterances turn by turn, with a key-value cache that lives as long as the episodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, TypeAlias

import torch
from torch import Tensor

from archer.batching import groups_by_size
from archer.cache import RowCache
from archer.contexts import Row, Utterance
from archer.errors import ModelError
from archer.passes import uncompiled
from archer.policy import Policy


class Sampler:
    """Samples utterances over growing contexts; the key-value cache survives from turn to turn.

    Rows have lengths of their own and never see each other. A row whose utterance has ended is not
    fed again until all have ended: rows that still speak lie at the first places of the cache.

    A context that leaves no room for an utterance within the model's positions loses its oldest
    turns, each an utterance with the observation that answers it, as few as will do; the opening
    stays. That is what ``store.gather_turns(max_tokens=...)`` shows, see `docs/data.md`.

    Other ways to act override `distribution`.
    """

    wants_hidden = False
    """Whether `distribution` is given hidden states."""
    pass_tokens: int | None = None
    """Tokens of one pass over new rows; None reads all of them at once."""
    trunk: Any = None
    """Reads along, with a cache of its own: whose hidden states these are, if not the policy's. Set
    it before the base class is initialised."""

    def __init__(
        self, policy: Policy, generator: torch.Generator, contexts: Sequence[Sequence[int]]
    ) -> None:
        """Starts one row for each context (lists of token ids, none empty)."""
        self.policy = policy
        self.generator = generator
        self._rows: list[Row] = []
        self._places: list[Row] = []
        """The same rows in the order of the cache."""
        self._cache = RowCache(policy.model.config)
        self._trunk_cache = None if self.trunk is None else RowCache(self.trunk.config)
        self.add(contexts)

    def add(self, contexts: Sequence[Sequence[int]]) -> None:
        """Starts further rows, which come after those that are there; none is empty."""
        if not all(map(len, contexts)):
            raise ModelError("a context holds no token; give each at least one, as openings do")
        for context in contexts:
            row = Row(list(context), len(self._places))
            self._rows.append(row)
            self._places.append(row)

    def hear(self, observations: Sequence[Sequence[int]]) -> None:
        """Appends to each row's context its observation, which may be empty."""
        if len(observations) != len(self._rows):
            raise ModelError(
                f"{len(observations)} observations were given for {len(self._rows)} rows; give one "
                "for each, an empty one where there is nothing to hear"
            )
        for row, observation in zip(self._rows, observations, strict=True):
            row.stream.extend(observation)

    def keep(self, rows: Sequence[int]) -> None:
        """Drops all rows but these, of which each is given once; they stand in this order then."""
        known = range(len(self._rows))
        if len(set(rows)) < len(rows) or any(row not in known for row in rows):
            raise ModelError(
                f"rows to keep are {rows!r:.80}; give numbers from 0 below {len(known)}, none twice"
            )
        self._rows = [self._rows[row] for row in rows]
        self._to_front(self._rows)
        del self._places[len(rows) :]

    def distribution(self, logits: Tensor, hidden: Tensor | None) -> Tensor:
        """The log-probabilities that a token is sampled from; by default the policy's own.

        Args:
            logits: (n, V) of the rows that speak, as the model gives them.
            hidden: (n, H) last hidden states, if ``wants_hidden`` or if there is a ``trunk``.

        Returns:
            (n, V) float32, each row summing to one after ``exp``.
        """
        del hidden
        return self.policy.distribution(logits)

    @torch.no_grad()
    def speak(self, uniform: Tensor | None = None) -> list[Utterance]:
        """Samples one utterance a row, up to the end token or the policy's limit.

        Args:
            uniform: (rows, policy.max_new_tokens) float64 in [0, 1) on the policy's device, one
                number for each token that a row may say; drawn as they are needed if not given.

        Raises:
            ContextTooLongError: an opening with the newest turn leaves no room for an utterance;
                nothing has been sampled then.
        """
        policy = self.policy
        for row in self._rows:
            row.shorten(policy.max_prompt)
            policy.check_length(row.length + policy.max_new_tokens)
        utterances = [Utterance([], []) for _ in self._rows]
        for row, utterance in zip(self._rows, utterances, strict=True):
            row.turns.append(len(row.stream))
            row.saying = utterance
        if utterances:
            with policy.precision(), uncompiled() if policy.is_compiled else nullcontext():
                self._speak(uniform)
        return utterances

    def _speak(self, uniform: Tensor | None) -> None:
        """Appends to each row's utterance, token by token, until all have ended."""
        policy = self.policy
        logits, hidden = self._listen()
        speaking = list(self._places)
        number = {id(row): n for n, row in enumerate(self._rows)}
        for column in range(policy.max_new_tokens):
            logprobs = self.distribution(logits, hidden)
            given = None
            if uniform is not None:
                given = uniform[[number[id(row)] for row in speaking], column]
            drawn = self._draw(logprobs, given)
            chosen = logprobs.gather(1, drawn).squeeze(1).tolist()
            for row, token, logprob in zip(
                speaking, drawn.squeeze(1).tolist(), chosen, strict=True
            ):
                row.stream.append(token)
                row.saying.tokens.append(token)
                row.saying.logprobs.append(logprob)
            speaking = [row for row in speaking if row.stream[-1] != policy.end_token]
            if not speaking or len(speaking[0].saying.tokens) == policy.max_new_tokens:
                break
            self._to_front(speaking)
            speaking = self._places[: len(speaking)]
            logits, hidden = self._feed(speaking)

    def _draw(self, logprobs: Tensor, uniform: Tensor | None) -> Tensor:
        """(n, 1) tokens; ``torch.multinomial`` would draw as many numbers as there are tokens."""
        mass = logprobs.double().exp().cumsum(-1)
        if uniform is None:
            uniform = uniforms((len(mass),), mass.device, self.generator)
        # A token of no mass is never chosen: the total is 1 and the number below it.
        return (mass / mass[:, -1:] <= uniform[:, None]).sum(-1, keepdim=True)

    def _listen(self) -> tuple[Tensor, Tensor | None]:
        """Feeds all rows what is new; what comes after, in the order of the cache.

        New rows are fed apart from those that go on, whose new tokens are far fewer.
        """
        self._to_front([row for row in self._places if row.fed])
        going_on = sum(row.fed > 0 for row in self._places)
        parts = [self._places[:going_on], *self._new_parts(self._places[going_on:])]
        logits, hidden = zip(*map(self._feed, filter(None, parts)), strict=True)
        return torch.cat(logits), torch.cat(hidden) if self.wants_hidden else None

    def _new_parts(self, rows: list[Row]) -> list[list[Row]]:
        """Rows that the cache has nothing of, by passes; they change places for it."""
        if self.pass_tokens is None or not rows:
            return [rows]
        lengths = torch.tensor([len(row.new()) for row in rows], device=self.policy.device)
        parts = [[rows[n] for n in group] for group in groups_by_size(lengths, self.pass_tokens)]
        first = len(self._places) - len(rows)
        self._places[first:] = [row for part in parts for row in part]
        for place, row in enumerate(self._places[first:], first):
            row.place = place
        return parts

    def _feed(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor | None]:
        """Runs the model over the new tokens of rows at neighbouring places.

        Returns:
            (n, V) logits after the last token, and its (n, H) hidden states if they are wanted.
        """
        policy, device = self.policy, self.policy.device
        pieces = [row.new() for row in rows]
        width = max(map(len, pieces))
        lengths, counts = (
            torch.tensor(numbers, device=device)
            for numbers in ([row.fed for row in rows], [len(piece) for piece in pieces])
        )
        # Padding stands on the left, so that the last column is every row's last token.
        padded = [[*([0] * (width - len(piece))), *piece] for piece in pieces]
        tokens, first = torch.tensor(padded, device=device), rows[0].place
        output = self._run(
            policy.model,
            self._cache,
            tokens,
            (first, lengths, counts),
            logits_to_keep=1,
            output_hidden_states=self.wants_hidden and self.trunk is None,
        )
        hidden = None
        if self._trunk_cache is not None:
            read = self._run(self.trunk, self._trunk_cache, tokens, (first, lengths, counts))
            hidden = read.last_hidden_state[:, -1]
        elif self.wants_hidden:
            hidden = output.hidden_states[-1][:, -1]
        for row, piece in zip(rows, pieces, strict=True):
            row.fed += len(piece)
        return output.logits[:, -1], hidden

    def _run(
        self,
        model: Any,
        cache: RowCache,
        tokens: Tensor,
        rows: tuple[int, Tensor, Tensor],
        **options: Any,
    ) -> Any:
        """One pass over a cache; ``rows`` are their first place, their lengths and counts."""
        positions, mask = cache.expect(*rows, tokens.shape[1])
        if self.policy.max_context is not None:
            # Only padding lies beyond the last position.
            positions = positions.clamp(max=self.policy.max_context - 1)
        return model(
            tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **options,
        )

    def _to_front(self, rows: Sequence[Row]) -> None:
        """Brings these rows to the first places of the cache, with as few moves as will do."""
        wanted = set(map(id, rows))
        holes = [row for row in self._places[: len(rows)] if id(row) not in wanted]
        behind = [row for row in self._places[len(rows) :] if id(row) in wanted]
        if not holes:
            return
        one, other = [row.place for row in holes], [row.place for row in behind]
        # The cache has nothing yet of rows that were never fed, nor need it have a place for them.
        fed = [pair for pair in zip(holes, behind, strict=True) if pair[1].fed]
        front, back = [hole.place for hole, _ in fed], [row.place for _, row in fed]
        for cache in (self._cache, self._trunk_cache):
            if cache is not None and fed:
                slots = max(row.fed for pair in fed for row in pair)
                cache.move(front + back, back + front, slots)
        for row, place in zip(holes + behind, other + one, strict=True):
            row.place = place
            self._places[place] = row


def uniforms(shape: tuple[int, ...], device: torch.device, generator: torch.Generator) -> Tensor:
    """Numbers in [0, 1) that decide tokens, float64."""
    return torch.rand(shape, dtype=torch.float64, device=device, generator=generator)


SamplerFactory: TypeAlias = Callable[[Policy, torch.Generator, Sequence[Sequence[int]]], Sampler]
"""`Sampler`, or another way to act."""
