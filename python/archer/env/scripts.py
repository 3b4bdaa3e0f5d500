"""Scripted policies: demonstrations to learn from, and baselines to be compared with."""

from __future__ import annotations

from typing import Any

from archer.env.arguments import as_seed, check_options, did_you_mean
from archer.env.catalogue import spec
from archer.env.script import ScriptedPolicy
from archer.errors import OptionError


def scripted(env_id: str, name: str, seed: int = 0, **options: Any) -> ScriptedPolicy:
    """Makes a scripted policy of a built-in environment.

    ``optimal`` does what is best, and is called ``best`` where no more is known than a good way;
    ``noisy`` does so too, but with probability ``rate`` (0.5 by default) in each turn says anything
    that its task knows instead; ``random`` is ``noisy`` at rate 1.

    Args:
        env_id: a built-in environment.
        name: one of the names that its spec lists.
        seed: of its random streams, in ``[0, 2**64)``.
        options: ``rate`` of ``noisy``, and ``script_options`` of the spec.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: no such policy, an option that cannot be used, or a task of one's own.
    """
    if isinstance(env_id, str) and ":" in env_id:
        raise OptionError(
            f"{env_id} is a task of your own, which has no scripted policy {name!r}; to train on "
            "it, name a store of demonstrations in bc.store, or leave them out with bc.steps: 0"
        )
    task = spec(env_id)
    if name not in task.scripted:
        raise OptionError(
            f"{env_id} has no scripted policy {name!r}{did_you_mean(name, task.scripted)}"
        )
    known = [*(["rate"] if name == "noisy" else []), *task.script_options]
    check_options(options, known, f"scripted policy {name}")
    rate = {"noisy": options.pop("rate", 0.5), "random": 1.0}.get(name, 0.0)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise OptionError(f"rate is {rate!r}: give a number from 0 to 1")
    return task.make_script(name, as_seed(seed), float(rate), **task.script_options | options)
