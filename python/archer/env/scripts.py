"""Scripted policies: demonstrations to learn from, and baselines to be compared with."""

from __future__ import annotations

from typing import Any

from archer.env.arguments import as_seed, check_options, did_you_mean
from archer.env.corridor import CorridorScript
from archer.env.script import ScriptedPolicy
from archer.env.spec import spec
from archer.env.twenty_questions import TwentyQuestionsScript
from archer.errors import OptionError


def scripted(env_id: str, name: str, seed: int = 0, **options: Any) -> ScriptedPolicy:
    """Makes a scripted policy of a built-in environment.

    ``optimal`` does what is best; ``noisy`` does so too, but with probability ``rate`` (0.5 by
    default) in each turn says anything that its task knows instead; ``random`` is ``noisy`` at
    rate 1. In Twenty Questions the best is what is expected to end the episode soonest, and the
    latter two phrase whatever they say at random.

    Args:
        env_id: a built-in environment.
        name: one of the names that its spec lists.
        seed: of its random streams, in ``[0, 2**64)``.
        options: ``rate`` of ``noisy``.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: no such policy, an option that cannot be used, or a task of one's own.
    """
    if isinstance(env_id, str) and ":" in env_id:
        raise OptionError(
            f"{env_id} is a task of your own, which has no scripted policy {name!r}; to train on "
            "it, name a store of demonstrations in bc.store, or leave them out with bc.steps: 0"
        )
    known = spec(env_id).scripted
    if name not in known:
        raise OptionError(f"{env_id} has no scripted policy {name!r}{did_you_mean(name, known)}")
    check_options(options, ["rate"] if name == "noisy" else [], f"scripted policy {name}")
    rate = {"optimal": 0.0, "noisy": options.get("rate", 0.5), "random": 1.0}[name]
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise OptionError(f"rate is {rate!r}: give a number from 0 to 1")
    if env_id == "corridor":
        return CorridorScript(as_seed(seed), float(rate))
    return TwentyQuestionsScript(env_id, as_seed(seed), float(rate), name != "optimal")
