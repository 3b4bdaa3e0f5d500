"""How fast a run collects and learns: what was counted, over the seconds that it took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from archer.types import Trajectory

COLLECTED = ("episodes", "turns", "new_tokens")
"""What is counted of new episodes; a new token is one that the policy sampled, end tokens too."""
LEARNED = "learned_turns"
"""The turns in the batches of all optimizer steps: once for each step that they are in, of the
policy and of a critic alike."""
SPEEDS = tuple(f"{name}_per_second" for name in (*COLLECTED, LEARNED))
"""Their names as speeds."""


def collected(trajectories: Iterable[Trajectory]) -> dict[str, int]:
    """The counts in `COLLECTED` of new episodes."""
    counts = dict.fromkeys(COLLECTED, 0)
    for trajectory in trajectories:
        counts["episodes"] += 1
        counts["turns"] += trajectory.num_turns
        counts["new_tokens"] += len(trajectory.logprobs)
    return counts


def speed_of(counts: Mapping[str, int], seconds: Mapping[str, float]) -> dict[str, float]:
    """Each count a second: what was collected over "collect", what was learned over all the rest.

    Args:
        counts: By the names in `COLLECTED`, and `LEARNED`; any may be missing.
        seconds: Of training, by what they were spent on.

    Returns:
        By the count's name with ``_per_second``, to three digits after the point; without what was
        not counted, or took no time.
    """
    collecting = seconds.get("collect", 0.0)
    learning = math.fsum(value for name, value in seconds.items() if name != "collect")
    over = dict.fromkeys(COLLECTED, collecting) | {LEARNED: learning}
    return {
        f"{name}_per_second": round(counts[name] / spent, 3)
        for name, spent in over.items()
        if counts.get(name) and spent
    }
