"""What is measured of archer: one environment or several, in the caller's thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import archer
from archer.env import TextVectorEnv
from benches.peers.stories.clock import Seconds, median_of, seconds_each
from benches.peers.stories.peer import SEED

MAX_TURNS = 1000
RESETS = 50
TOGETHER = 64
"""Environments in one call, as training has them."""
OBSERVATIONS: dict[str, dict[str, Any]] = {
    "actions": {"show_commands": True},
    "full": {"observation": "paper"},
}
"""Rows whose steps show more than the text, and the options by which they do."""


class Archer:
    """`step_at`, `snapshot`, `restore` and `reset_at` along a walkthrough.

    What is measured for the first time is so in environments that have just been made.
    """

    def __init__(self, story: Path, lines: list[str]) -> None:
        self._story = story
        self._lines = lines
        self._known = self._make()
        self._states = self._snapshots()
        self._shown = {row: self._make(**options) for row, options in OBSERVATIONS.items()}
        self._many = self._make(TOGETHER)
        self._many_shown = self._make(TOGETHER, **OBSERVATIONS["full"])
        for envs in (*self._shown.values(), self._many, self._many_shown):
            self._walk(envs)

    def _make(self, num_envs: int = 1, **options: Any) -> TextVectorEnv:
        return archer.make_vec(
            "detective",
            num_envs,
            num_threads=1,
            story=str(self._story),
            frotz_seed=SEED,
            max_turns=MAX_TURNS,
            **options,
        )

    def _snapshots(self) -> list[bytes]:
        """One before each line of the walkthrough."""
        self._known.reset_at([0])
        states = []
        for said in self._lines:
            states += self._known.snapshot([0])
            self._known.step_at([0], [said])
        return states

    def first(self) -> Seconds:
        """Worlds and turns that are new."""
        return median_of(self._first)

    def _first(self) -> Seconds:
        made: list[TextVectorEnv] = []
        load = seconds_each(lambda _: made.append(self._make()), range(2))
        return {"load": load, "snapshot": self._carry(made[0]), "steps": self._walk(made[1])}

    def first_shown(self) -> Seconds:
        """Observations of worlds that are new."""
        return {row: self._walk(self._make(**options)) for row, options in OBSERVATIONS.items()}

    def again(self) -> Seconds:
        """Worlds, turns and observations that are remembered."""
        return median_of(self._again)

    def _again(self) -> Seconds:
        reset = seconds_each(lambda _: self._known.reset_at([0]), range(RESETS))
        shown = {row: self._walk(envs) for row, envs in self._shown.items()}
        snapshot, steps = self._carry(self._known), self._walk(self._known)
        return {"reset": reset, "snapshot": snapshot, "steps": steps, **shown}

    def together(self) -> Seconds:
        """For each of several environments that are stepped by one call, all remembered."""
        return median_of(self._together)

    def _together(self) -> Seconds:
        where = range(TOGETHER)
        reset = seconds_each(lambda _: self._many.reset_at(where), range(RESETS))
        return {
            row: seconds / TOGETHER
            for row, seconds in (
                ("reset", reset),
                ("snapshot", self._carry(self._many)),
                ("steps", self._walk(self._many)),
                ("full", self._walk(self._many_shown)),
            )
        }

    def _walk(self, envs: TextVectorEnv) -> float:
        """Seconds a call, from the beginning to the end."""
        where, count = range(envs.num_envs), envs.num_envs
        envs.reset_at(where)
        taken = seconds_each(lambda said: envs.step_at(where, [said] * count), self._lines)
        if not envs.finished(where).all():
            raise RuntimeError("the walkthrough has not come to the end")
        return taken

    def _carry(self, envs: TextVectorEnv) -> float:
        """Seconds for bringing back a state and saving it."""
        where, count = range(envs.num_envs), envs.num_envs
        envs.reset_at(where)

        def both(state: bytes) -> None:
            envs.restore([state] * count, where)
            envs.snapshot(where)

        return seconds_each(both, self._states)
