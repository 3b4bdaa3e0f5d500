"""Exact values of small tasks, to compare learned ones with.

A built-in task is deterministic once it is reset, and its snapshots tell its states apart. So every
state that a list of commands reaches can be visited, and the task becomes a table. Two processes
can be had of a task with a turn limit:

- *without the limit* (the default): snapshots are compared with their turns set to 0, and an
  episode goes on where it would be truncated. A critic that bootstraps at truncations, as archer's
  do, has the values of this process as its fixed point.
- *with it* (``truncation_is_terminal``): the turns taken are part of the state, and a truncation is
  an end, worth nothing. The returns of episodes as they are played have these values as their
  means, and a critic learns them under ``archer.truncation_is_terminal``.

A state is all that the task knows. Where the agent is not told that (the hidden object of Twenty
Questions), the optimum is that of somebody who knows it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from archer.env.mdp import END, Mdp, without_turns
from archer.env.registration import make_vec
from archer.env.vector import TextVectorEnv
from archer.errors import EnvError, OptionError

BATCH = 4096
"""Steps taken at once."""


def explore(
    env_id: str,
    commands: Sequence[str],
    *,
    seeds: Sequence[int] = (0,),
    resets: Sequence[Mapping[str, Any]] = ({},),
    truncation_is_terminal: bool = False,
    max_states: int = 100_000,
    **options: Any,
) -> Mdp:
    """Visits every state that the commands reach, breadth first.

    Args:
        env_id: a built-in environment.
        commands: what can be said; a text that is no command of the task stands for all such texts.
        seeds: of the first episodes, which are variants of the task.
        resets: options of the reset of each variant, for each of the seeds.
        truncation_is_terminal: whether the turn limit is part of the process, as the module says.
        max_states: more are refused.
        options: of the task.

    Raises:
        UnknownEnvironmentError: no such environment.
        OptionError: no commands or variants, or an option that cannot be used.
        EnvError: too many states, or a task of one's own.
    """
    for name, given in {"commands": commands, "seeds": seeds, "resets": resets}.items():
        is_list = isinstance(given, Collection) and not isinstance(given, str | Mapping)
        if not is_list or len(given) == 0:
            raise OptionError(f"{name} are {given!r:.80}: give a list of at least one")
    commands = tuple(commands)
    env = make_vec(env_id, BATCH, **options)
    steps = _Steps(env, truncation_is_terminal)
    begun = [steps.begin(seed, reset) for seed in seeds for reset in resets]
    states: dict[bytes, int] = {}
    starts = [states.setdefault(start, len(states)) for _, start in begun]
    snapshots = list(states)
    results: list[tuple[int, float, bool]] = []
    while len(results) < len(snapshots) * len(commands):
        first = len(results) // len(commands)
        chunk = snapshots[first : first + max(1, BATCH // len(commands))]
        pairs = [(state, command) for state in chunk for command in commands]
        for after, reward, win in steps(*zip(*pairs, strict=True)):
            if after is not None and after not in states:
                states[after] = len(states)
                snapshots.append(after)
            results.append((END if after is None else states[after], reward, win))
        if len(states) > max_states:
            raise EnvError(
                f"{env_id} has more than {max_states} states: give fewer commands, variants or "
                "turns, or more max_states"
            )
    shape = len(states), len(commands)
    successors, rewards, wins = (
        np.array(column).reshape(shape) for column in zip(*results, strict=True)
    )
    return Mdp(
        commands,
        tuple(opening for opening, _ in begun),
        np.array(starts),
        successors,
        rewards,
        wins,
        steps,
        tuple(snapshots),
        states,
    )


class _Steps:
    """Takes turns from any states, which are snapshots of running episodes."""

    def __init__(self, env: TextVectorEnv, truncation_is_terminal: bool) -> None:
        self.env, self.truncation_is_terminal = env, truncation_is_terminal

    def begin(self, seed: int, reset: Mapping[str, Any]) -> tuple[str, bytes]:
        """The opening text and the state of the first episode of a seed."""
        self.env.seed(seed)
        (opening,) = self.env.reset_at([0], reset)
        return opening, self._state(self.env.snapshot([0])[0])

    def __call__(
        self, states: Sequence[bytes], utterances: Sequence[str]
    ) -> list[tuple[bytes | None, float, bool]]:
        """The state after each utterance, None at an end; the reward; whether it wins."""
        indices = range(len(states))
        self.env.restore(states, indices)
        step = self.env.step_at(indices, utterances)
        over = step.terminated
        if self.truncation_is_terminal:
            over = over | step.truncated
        after = [
            None if end else self._state(state)
            for state, end in zip(self.env.snapshot(indices), over, strict=True)
        ]
        rewards, wins = step.rewards.tolist(), step.infos["win"].tolist()
        return list(zip(after, rewards, wins, strict=True))

    def _state(self, snapshot: Any) -> bytes:
        """The snapshot, without the turns where these do not count."""
        if not isinstance(snapshot, bytes):
            raise EnvError(
                f"{self.env.id} is a task of your own, whose snapshots are no bytes: explore "
                "takes built-in environments"
            )
        return snapshot if self.truncation_is_terminal else without_turns(snapshot)
