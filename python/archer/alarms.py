"""What goes wrong in a run, in plain words: when a metric says so, and what to try."""

from __future__ import annotations

import math
from collections.abc import Mapping

BLIND_CORRELATION, BLIND_VARIANCE = 0.2, 0.02
"""A critic below both knows nothing of the returns."""
BLIND_ADVANTAGE = 0.02
"""Correlation of Q - V with G - V, which noise keeps low even where a critic is good."""
ENTROPY_LEFT, ENTROPY_GONE = 0.1, 0.01
"""Shares of the warm start's entropy: of a policy that is no better, and of any."""
RATE_RISE, RATE_LEAST = 0.2, 0.3
"""Of invalid or repeated utterances: above the warm start's, and at all."""
FAR = 10.0
"""Nats an utterance from the warm start."""
FEWER_STEPS = (
    "Lower the policy's learning rate or its epochs, hold it with kl_coefficient, and continue "
    "from a checkpoint or policy of before."
)
MORE_LEARNING = (
    "Try a higher critic_learning_rate (ppo: value_learning_rate), a higher critic_max_grad_norm, "
    "more critic updates, or more episodes before the policy's first update."
)
Values = Mapping[str, float | None]


def alarms(now: Values, before: Values, *, follows_q: bool = True) -> dict[str, str]:
    """What is wrong with an evaluation, by kind: each in a sentence, with what to try.

    A policy has collapsed only if its return has not risen above the warm start's: one that has
    become good may well be certain, repeat itself where the task asks for it, and be far from where
    it began. Of such a one, or where no return is known, it is only said that it hardly varies.

    Args:
        now: metrics of an evaluation; those that are missing, None or NaN say nothing.
        before: the same of the warm start.
        follows_q: whether the method's advantage, or what it does, comes from Q; otherwise what Q
            knows does not matter.
    """
    found = _critic(now, follows_q=follows_q)
    if _get(now, "mean_return") <= _get(before, "mean_return"):
        return found | _collapse(now, before)
    return found | _certainty(now, before)


def _critic(now: Values, *, follows_q: bool) -> dict[str, str]:
    """What V and Q do not know."""
    found = {}
    for kind, name in (("critic", "V"), ("q", "Q")) if follows_q else (("critic", "V"),):
        correlation = _get(now, f"{name.lower()}_correlation")
        variance = _get(now, f"{name.lower()}_explained_variance")
        # A critic that says one number has no correlation at all.
        if variance < BLIND_VARIANCE and not correlation >= BLIND_CORRELATION:
            found[kind] = (
                f"The critic explains nothing: on held-out episodes {name} has "
                f"{_known(correlation)} with the returns and explains {max(variance, 0.0):.0%} of "
                f"their variance. Its advantages are noise. {MORE_LEARNING}"
            )
    correlation = _get(now, "advantage_correlation")
    if follows_q and "q" not in found and correlation < BLIND_ADVANTAGE:
        found["advantage"] = (
            "The critic does not tell good utterances from bad ones: on held-out episodes its "
            f"advantage Q - V has a correlation of {correlation:.2f} with what the returns were "
            "above V, whatever V and Q know by themselves. "
            f"{MORE_LEARNING} ArCHer can also follow returns: advantage: gae."
        )
    return found


def _collapse(now: Values, before: Values) -> dict[str, str]:
    """How a policy that is no better than its warm start differs from it."""
    found = {}
    lost = (
        f"while the return has not risen: {_get(before, 'mean_return'):.2f} at the warm start, "
        f"{_get(now, 'mean_return'):.2f} now. {FEWER_STEPS}"
    )
    if _get(now, "entropy") < ENTROPY_LEFT * _get(before, "entropy"):
        found["entropy"] = f"The policy has collapsed: {_entropies(now, before)}, {lost}"
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


def _certainty(now: Values, before: Values) -> dict[str, str]:
    """That a policy has nearly stopped to vary, though nothing says that it became worse."""
    if not _get(now, "entropy") < ENTROPY_GONE * _get(before, "entropy"):
        return {}
    now_return, before_return = _get(now, "mean_return"), _get(before, "mean_return")
    context = f"The return rose from {before_return:.2f} (warm start) to {now_return:.2f}"
    if math.isnan(now_return) or math.isnan(before_return):
        context = "No return is known that would tell whether it is better for it"
    return {
        "certain": (
            f"The policy hardly varies any more: {_entropies(now, before)}. {context}, so this "
            "need not be a failure: a task that is solved looks like this, and so does a shortcut "
            "that the policy will not leave, since it tries nothing else. If more can be reached, "
            f"read some of its episodes. {FEWER_STEPS}"
        )
    }


def _entropies(now: Values, before: Values) -> str:
    return (
        f"its entropy is {_get(now, 'entropy'):.2g} nats a token "
        f"({_get(before, 'entropy'):.2g} at the warm start)"
    )


def _known(correlation: float) -> str:
    if math.isnan(correlation):
        return "no correlation (it is the same everywhere)"
    return f"a correlation of {correlation:.2f}"


def _get(values: Values, name: str) -> float:
    """NaN, with which every comparison is false, where there is nothing."""
    value = values.get(name)
    return float("nan") if value is None else float(value)
