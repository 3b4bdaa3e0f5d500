"""What goes wrong in a run, in plain words: when a metric says so, and what to try."""

from __future__ import annotations

import math
from collections.abc import Mapping

BLIND_CORRELATION, BLIND_VARIANCE = 0.2, 0.02
"""A critic below both knows nothing of the returns."""
ENTROPY_LEFT = 0.1
"""Share of the warm start's entropy."""
RATE_RISE, RATE_LEAST = 0.2, 0.3
"""Of invalid or repeated utterances: above the warm start's, and at all."""
FAR = 10.0
"""Nats an utterance from the warm start."""
FEWER_STEPS = (
    "Lower the policy's learning rate or its epochs, hold it with kl_coefficient, and continue "
    "from a checkpoint or policy of before."
)
Values = Mapping[str, float | None]


def alarms(now: Values, before: Values) -> dict[str, str]:
    """What is wrong with an evaluation, by kind: each in a sentence, with what to try.

    A policy has collapsed only if its return has fallen below the warm start's: one that has become
    good may well be certain, repeat itself where the task asks for it, and be far from where it
    began.

    Args:
        now: metrics of an evaluation; those that are missing, None or NaN say nothing.
        before: the same of the warm start.
    """
    found = {}
    correlation, variance = _get(now, "v_correlation"), _get(now, "v_explained_variance")
    # A critic that says one number has no correlation at all.
    if variance < BLIND_VARIANCE and not correlation >= BLIND_CORRELATION:
        found["critic"] = (
            f"The critic explains nothing: on held-out episodes V has {_known(correlation)} with "
            f"the returns and explains {max(variance, 0.0):.0%} of their "
            "variance. Its advantages are noise. Try a higher critic_learning_rate, a higher "
            "critic_max_grad_norm, more critic updates, or more episodes before the policy's first "
            "update."
        )
    if not _get(now, "mean_return") < _get(before, "mean_return"):
        return found
    lost = (
        f"while the return fell from {_get(before, 'mean_return'):.2f} (warm start) to "
        f"{_get(now, 'mean_return'):.2f}. {FEWER_STEPS}"
    )
    if _get(now, "entropy") < ENTROPY_LEFT * _get(before, "entropy"):
        found["entropy"] = (
            f"The policy has collapsed: its entropy is {_get(now, 'entropy'):.3f} nats a token "
            f"({_get(before, 'entropy'):.3f} at the warm start), {lost}"
        )
    for kind, what in (("repeated", "what it said before"), ("invalid", "what is not understood")):
        rate, begun = _get(now, f"{kind}_rate"), _get(before, f"{kind}_rate")
        if rate > max(RATE_LEAST, begun + RATE_RISE):
            found[kind] = (
                f"The policy has collapsed: {rate:.0%} of its utterances are {what} "
                f"({begun:.0%} at the warm start), {lost}"
            )
    distance = _get(now, "kl_to_warm_start")
    if distance > FAR:
        found["kl"] = (
            f"The policy has collapsed: it is {distance:.0f} nats an utterance away from the warm "
            f"start, {lost}"
        )
    return found


def _known(correlation: float) -> str:
    if math.isnan(correlation):
        return "no correlation (it is the same everywhere)"
    return f"a correlation of {correlation:.2f}"


def _get(values: Values, name: str) -> float:
    """NaN, with which every comparison is false, where there is nothing."""
    value = values.get(name)
    return float("nan") if value is None else float(value)
