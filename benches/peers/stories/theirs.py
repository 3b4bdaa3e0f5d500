"""What is measured of Jericho: one environment."""

from __future__ import annotations

from pathlib import Path
from time import process_time

from benches.peers.stories import peer
from benches.peers.stories.clock import Seconds, median_of, seconds_each

RESETS = 5


class Jericho:
    """`step`, `get_state`, `set_state`, `reset` and `get_valid_actions` along its walkthrough."""

    def __init__(self, story: Path) -> None:
        self._story = story
        self._env = peer.load(story)
        self.lines: list[str] = self._env.get_walkthrough()
        self._states = []
        for said in self.lines:
            self._states.append(self._env.get_state())
            self._env.step(said)

    def quick(self) -> Seconds:
        """All but what takes valid actions."""
        return median_of(self._quick)

    def _quick(self) -> Seconds:
        env = self._env
        load = seconds_each(lambda _: peer.load(self._story), [None])
        reset = seconds_each(lambda _: env.reset(), range(RESETS))

        def both(state: object) -> None:
            env.set_state(state)
            env.get_state()

        snapshot = seconds_each(both, self._states)
        env.reset()
        steps = seconds_each(env.step, self.lines)
        self._check()
        return {"load": load, "reset": reset, "snapshot": snapshot, "steps": steps}

    def shown(self) -> Seconds:
        """Full observations, and of them the part of the valid actions."""
        env = self._env
        env.reset()
        full = actions = 0.0
        for said in self.lines:
            start = process_time()
            peer.full_observation(env, said)
            middle = process_time()
            peer.valid_actions(env)
            end = process_time()
            full, actions = full + end - start, actions + end - middle
        self._check()
        return {"actions": actions / len(self.lines), "full": full / len(self.lines)}

    def _check(self) -> None:
        if not self._env.victory():
            raise RuntimeError("the walkthrough has not come to the end")
