"""Old contexts, new utterances: what the current policy would say in states from the replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from archer import losses
from archer.batching import groups_by_size
from archer.contexts import Utterance
from archer.episodes import WindowedBatch
from archer.policy import Policy
from archer.sampler import Sampler, SamplerFactory, uniforms
from archer.types import TurnBatch

_CACHED = 8
"""Times the tokens of a pass that speak together: keys and values are two vectors a token and
layer, of the sixteen and more that a pass with gradients keeps unless it computes layers anew."""


def respoken(
    policy: Policy,
    batch: TurnBatch[Tensor],
    generator: torch.Generator,
    tokens: int | None = None,
    sampler: SamplerFactory = Sampler,
) -> TurnBatch[Tensor]:
    """Every context of ``batch`` in its own row, followed by a new utterance of ``policy``.

    Args:
        policy: speaks.
        batch: ``N`` turns, whose contexts are kept and whose utterances are not.
        generator: random stream of the sampling, on the policy's device.
        tokens: of one pass over contexts, padding included; None for all at once.
        sampler: how the policy acts.

    Returns:
        ``N`` turns in ``N`` rows. What followed the old utterance (reward, steps, ends, next
        context) means nothing for the new one: ``next_context_end`` repeats ``utterance_end``.
    """
    contexts = prefixes(batch, batch.context_end)
    utterances = said_after(policy, contexts, generator, tokens, sampler)
    spoken = in_own_rows(contexts, utterances, batch.tokens.device)
    return replace(
        spoken,
        reward=batch.reward,
        steps=batch.steps,
        terminated=batch.terminated,
        truncated=batch.truncated,
        trajectory=batch.trajectory,
        turn=batch.turn,
        policy_version=batch.policy_version,
        weight=batch.weight,
    )


def prefixes(batch: TurnBatch[Tensor], ends: Tensor) -> list[list[int]]:
    """The tokens of each turn's row up to and with a place; ``ends`` is (N,)."""
    rows = batch.tokens.tolist()
    both = zip(batch.row.tolist(), ends.tolist(), strict=True)
    return [rows[row][: end + 1] for row, end in both]


def next_contexts(batch: TurnBatch[Tensor]) -> list[list[int]]:
    """The context after each of ``N`` turns; without meaning where the episode terminated."""
    contexts = prefixes(batch, batch.next_context_end)
    if isinstance(batch, WindowedBatch):
        shown, after = prefixes(batch, batch.context_end), batch.after
        follows = losses.follows(batch.trajectory, batch.turn)
        for n in (batch.elsewhere & follows).nonzero().squeeze(1).tolist():
            contexts[n] = shown[n + 1]
        others = prefixes(after, after.next_context_end)
        for n, context in zip(batch.after_turn.tolist(), others, strict=True):
            contexts[n] = context
    return contexts


def said_after(
    policy: Policy,
    contexts: Sequence[Sequence[int]],
    generator: torch.Generator,
    tokens: int | None = None,
    sampler: SamplerFactory = Sampler,
) -> list[Utterance]:
    """What a policy says in each context; arguments as in `respoken`.

    By default what is said does not depend on ``tokens``: each context has random numbers of its
    own.
    """
    uniform = uniforms((len(contexts), policy.max_new_tokens), policy.device, generator)
    said: dict[int, Utterance] = {}
    lengths = torch.tensor([len(context) + policy.max_new_tokens for context in contexts])
    cached = 1 if policy.recomputes_layers else _CACHED
    together = None if tokens is None else cached * tokens
    # A group is passed over once for each token that it says: as few groups as will do.
    for group in groups_by_size(lengths, together, pass_cost=together):
        speaker = sampler(policy, generator, [contexts[n] for n in group])
        speaker.pass_tokens = tokens
        # Another way to act may try several utterances in a context, and draws for each.
        numbers = uniform[group] if sampler is Sampler else None
        said.update(zip(group, speaker.speak(numbers), strict=True))
    return [said[n] for n in range(len(contexts))]


def in_own_rows(
    contexts: Sequence[Sequence[int]], utterances: Sequence[Utterance], device: torch.device
) -> TurnBatch[Tensor]:
    """Contexts, each in a row of its own, followed by an utterance.

    Args:
        contexts: token ids of ``N`` contexts, none empty.
        utterances: one for each.
        device: of what is returned.

    Returns:
        ``N`` turns in ``N`` rows, of which nothing else is known: rewards and ids are 0, no turn
        ends its episode, and ``next_context_end`` repeats ``utterance_end``.
    """
    spoken = [[*c, *u.tokens] for c, u in zip(contexts, utterances, strict=True)]
    lengths = torch.tensor([len(row) for row in spoken])
    starts = torch.tensor([len(context) for context in contexts])
    shape = (len(spoken), int(lengths.max()))
    tokens, logprobs = torch.zeros(shape, dtype=torch.long), torch.zeros(shape)
    for n, (row, utterance) in enumerate(zip(spoken, utterances, strict=True)):
        tokens[n, : len(row)] = torch.tensor(row)
        logprobs[n, starts[n] : len(row)] = torch.tensor(utterance.logprobs)
    columns, turns = torch.arange(shape[1]), torch.arange(len(spoken))
    said = (columns >= starts[:, None]) & (columns < lengths[:, None])
    none, zero = torch.zeros(len(spoken), dtype=torch.bool), torch.zeros_like(lengths)
    return TurnBatch(
        tokens=tokens,
        lengths=lengths,
        turn_of_token=torch.where(said, turns[:, None], -1),
        logprobs=logprobs,
        row=turns,
        context_end=starts - 1,
        utterance_end=lengths - 1,
        next_context_end=lengths - 1,
        reward=torch.zeros(len(spoken)),
        steps=torch.ones_like(lengths),
        terminated=none,
        truncated=none,
        trajectory=zero,
        turn=zero,
        policy_version=zero,
        weight=torch.ones(len(spoken)),
    ).to(device)
