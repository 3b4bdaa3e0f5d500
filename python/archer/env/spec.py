"""What there is to know of a built-in environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archer.env.script import ScriptedPolicy

OptimalValue = Callable[[Sequence[str], float, Mapping[str, Any]], float]
"""From a dialogue, a discount and all options of the task: see `archer.env.optimal_value`."""
MakeScript = Callable[..., ScriptedPolicy]
"""From name, seed and rate, and the script's own options by keyword.

With probability ``rate`` in each turn the policy says anything instead of the best.
"""


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What `archer envs` lists."""

    id: str
    gymnasium_id: str
    description: str
    make_script: MakeScript = field(repr=False)
    """Makes any of ``scripted``; `archer.env.scripted` checks the names and the rate."""
    options: dict[str, Any] = field(default_factory=dict)
    """Options of `archer.make_vec` and their defaults, ``max_turns`` always among them."""
    reset_options: dict[str, str] = field(default_factory=dict)
    """Options of one reset, and what they mean."""
    scripted: tuple[str, ...] = ("optimal", "noisy", "random")
    """Names for `archer.env.scripted`."""
    script_options: dict[str, Any] = field(default_factory=dict)
    """Options of every scripted policy beside ``rate``, and their defaults."""
    optimal_value: OptimalValue | None = field(default=None, repr=False)
    """Gives exact values, where the task is small enough."""
    picture: Callable[[str], str] | None = field(default=None, repr=False)
    """Draws what an observation tells, for people who play; an empty text is no picture."""
    answerer: dict[str, Any] = field(default_factory=dict, repr=False)
    """What `archer.env.TransformersAnswerer` takes here, where it is not the default."""
    needs: str = ""
    """What it needs that is not part of the package, and how it is given, in a sentence."""
    shows_status: bool = False
    """Whether ``hidden`` tells how the game stands, which people who play may see all the time."""
