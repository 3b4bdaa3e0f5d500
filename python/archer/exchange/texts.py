"""Episodes as texts, encoded as a rollout encodes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from numbers import Real
from typing import Any

from archer.errors import ExchangeError
from archer.exchange.strict_json import short
from archer.policy import Policy
from archer.rollout import assemble
from archer.types import Trajectory
from archer.writing import written_otherwise


def is_reward(value: Any) -> bool:
    """Whether this is a number that is finite in 32 bits."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return abs(float(value)) < 2.0**128 - 2.0**103
    except OverflowError:
        return False


def reward_of(name: str, value: Any) -> float:
    """An argument that is a reward.

    Raises:
        ExchangeError: It is none; ``name`` is what the message calls it.
    """
    if not is_reward(value):
        raise ExchangeError(f"{name} is {short(value)}; expected a finite number of 32 bits")
    return float(value)


def encode(
    policy: Policy,
    texts: Sequence[str],
    rewards: Sequence[float],
    extra: dict[str, Any],
    **fields: Any,
) -> Trajectory:
    """The trajectory of a dialogue, with the tokens that a rollout would have stored.

    Args:
        policy: its tokenizer encodes the texts.
        texts: ``o_0, a_0, o_1, …``; where the last is an utterance, nothing was observed after it.
        rewards: of each utterance.
        extra: kept, along with the policy's fingerprint.
        fields: the others of `Trajectory`; log-probabilities are NaN.

    Raises:
        ExchangeError: A text is no Unicode.
    """
    for place, text in enumerate(texts):
        _check(place, text)
    opening, *later = texts
    pieces = [policy.encode_opening(opening)]
    for place, text in enumerate(later):
        spoken = place % 2 == 0
        pieces.append(policy.encode_utterance(text) if spoken else policy.encode_observation(text))
    if len(pieces) % 2 == 0:
        pieces.append([])
    logprobs = [math.nan] * sum(map(len, pieces[1::2]))
    extra = {**extra, "tokenizer": policy.fingerprint}
    return assemble(pieces, rewards, logprobs, extra=extra, **fields)


def _check(place: int, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ExchangeError(f"text {place} holds half of a surrogate pair: {error}") from error


def decode(policy: Policy, trajectory: Trajectory) -> list[str]:
    """``o_0, a_0, o_1, …`` as texts; a last observation without tokens is left out.

    Raises:
        ExchangeError: Another tokenizer or template has made the tokens, or this tokenizer does not
            know them.
    """
    if other := written_otherwise(trajectory.extra.get("tokenizer"), policy.fingerprint):
        raise ExchangeError(f"its tokens are those of {other}")
    largest, known = int(trajectory.tokens.max()), len(policy.tokenizer)
    if largest >= known:
        raise ExchangeError(
            f"it holds the token {largest}, and the policy's tokenizer knows only {known}; give "
            "the policy whose tokenizer has made it"
        )
    tokens, ends = trajectory.tokens.tolist(), trajectory.boundaries.tolist()
    opening, *later = (tokens[a:b] for a, b in pairwise(ends))
    if not later[-1]:
        later.pop()
    return [policy.decode_opening(opening), *map(policy.decode, later)]
