"""The exact value of a dialogue, where a task is small enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archer.env.arguments import check_options
from archer.env.catalogue import spec, specs
from archer.errors import OptionError


def optimal_value(
    env_id: str, texts: Sequence[str], discount: float = 1.0, **options: Any
) -> float:
    """The greatest expected discounted return from here on, for whoever knows this dialogue.

    What to hold V(s) of a learned critic against. As archer's critics bootstrap where an episode is
    cut off, the turn limit is no part of it.

    Args:
        env_id: a built-in environment whose spec has an ``optimal_value``.
        texts: the opening text, then in turns an utterance and what the environment said; the
            episode goes on after the last of them.
        discount: in [0, 1].
        options: of the task, as given to `archer.make_vec`.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: no exact values of it are known, or an argument that cannot be used.
    """
    task = spec(env_id)
    if task.optimal_value is None:
        known = ", ".join(known.id for known in specs() if known.optimal_value)
        raise OptionError(f"no exact values of {env_id} are known; they are of {known}")
    check_options(options, task.options, env_id)
    if isinstance(texts, str) or len(texts) % 2 == 0:
        raise OptionError(
            f"texts are {texts!r:.80}: give the opening, then an utterance and an observation for "
            "each turn"
        )
    if not isinstance(discount, int | float) or not 0 <= discount <= 1:
        raise OptionError(f"discount is {discount!r}: give a number from 0 to 1")
    return task.optimal_value(texts, float(discount), options)
