"""A small task as a table of states and commands, with the exact values of any policy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from archer.errors import EnvError, OptionError

Values = NDArray[np.float64]
States = NDArray[np.int64]
Steps = Callable[[Sequence[bytes], Sequence[str]], list[tuple[bytes | None, float, bool]]]
"""From states and utterances: the next states, None at an end; the rewards; whether they win."""

END = -1
"""Stands for the state of an episode that is over, whose value is 0."""
TOLERANCE = 1e-12
"""Values have settled when no sweep changes them by more, relative to the greatest."""
SWEEPS = 100_000
_RUNNING = b"\x01"
"""The phase of an episode that goes on."""


def without_turns(snapshot: bytes) -> bytes:
    """The snapshot as of a running episode that has taken no turns.

    The format is that of `rust/env/src/snapshot.rs`: version, phase, the length of the id, the id,
    then what the task encodes, which begins with the turns in four bytes.
    """
    turns = 3 + snapshot[2]
    return snapshot[:1] + _RUNNING + snapshot[2:turns] + bytes(4) + snapshot[turns + 4 :]


class Solution(NamedTuple):
    """The values of one policy."""

    q: Values
    """(states, commands)."""
    v: Values
    """(states,)."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One episode of T turns in terms of the table."""

    states: States
    """(T + 1,): the state before each utterance, and the last one; `END` if it terminated."""
    commands: States
    """(T,): the index of each utterance in `Mdp.commands`; -1 for any other text."""
    rewards: Values
    """(T,)."""

    def v(self, values: Values) -> Values:
        """(T + 1,): the values (states,) of the states of the episode, 0 at its end."""
        return np.append(values, 0.0)[self.states]

    def q(self, values: Values, discount: float) -> Values:
        """(T,): r_t + discount V(s_{t+1}), also of utterances that are no command."""
        return self.rewards + discount * self.v(values)[1:]


@dataclass(frozen=True, eq=False)
class Mdp:
    """A task as a table. States are numbered in the order in which they are first reached."""

    commands: tuple[str, ...]
    openings: tuple[str, ...]
    """The opening text of each variant: each combination of a seed and reset options."""
    starts: States
    """(variants,): the state in which each begins; all are equally likely."""
    successors: States
    """(states, commands): the next state, or `END`."""
    rewards: Values
    """(states, commands)."""
    wins: NDArray[np.bool_]
    """(states, commands): the command does what the task asks for."""
    _steps: Steps = field(repr=False)
    _snapshots: tuple[bytes, ...] = field(repr=False)
    _states: dict[bytes, int] = field(repr=False)

    def optimal(self, discount: float) -> Solution:
        """Q* and V*, by value iteration.

        Raises:
            OptionError: a discount outside [0, 1].
            EnvError: the values do not settle, as can be at a discount of 1.
        """
        return self._solve(discount, lambda q: q.max(1))

    def evaluate(self, probabilities: Values | Literal["uniform"], discount: float) -> Solution:
        """Q and V of a policy, by iterating Bellman's equation.

        Args:
            probabilities: (states, commands), each row summing to 1, or ``"uniform"``.
            discount: in [0, 1].

        Raises:
            OptionError: a discount outside [0, 1], or anything but probabilities.
            EnvError: the values do not settle, as can be at a discount of 1.
        """
        p = self._as_probabilities(probabilities)
        return self._solve(discount, lambda q: (q * p).sum(1))

    def mean_start(self, values: Values) -> float:
        """The mean of values (states,) over the starts."""
        return float(values[self.starts].mean())

    @property
    def optimal_return(self) -> float:
        """The greatest mean return of an episode, undiscounted."""
        return self.mean_start(self.optimal(1.0).v)

    def walk(self, utterances: Sequence[str], variant: int | str) -> Walk:
        """Replays an episode.

        Args:
            utterances: what was said, turn by turn.
            variant: its index in `openings`, or the opening text itself.

        Raises:
            OptionError: no such variant, or no list of utterances.
            EnvError: an episode that goes on after its end, or leaves the table.
        """
        state = self._start(variant)
        names = {command: number for number, command in enumerate(self.commands)}
        states, rewards = [state], []
        if isinstance(utterances, str) or not isinstance(utterances, Collection):
            raise OptionError(f"utterances are {utterances!r:.80}: give a list, one for each turn")
        for turn, utterance in enumerate(utterances):
            if state == END:
                raise EnvError(
                    f"the episode is over after {turn} turns, and {len(utterances)} utterances "
                    "were given: give those of one episode"
                )
            ((after, reward, _),) = self._steps([self._snapshots[state]], [utterance])
            state = END if after is None else self._states.get(after, len(self.rewards))
            if state == len(self.rewards):
                raise EnvError(
                    f"utterance {turn}, {utterance!r:.80}, leads to a state that the commands do "
                    "not reach: explore with a command that has its effect"
                )
            states.append(state)
            rewards.append(reward)
        commands = [names.get(utterance, -1) for utterance in utterances]
        return Walk(np.array(states), np.array(commands, np.int64), np.array(rewards, np.float64))

    def states_of(self, limited: Mdp) -> States:
        """(states of ``limited``,): the state of this table, which has no turn limit, for each.

        A policy that does not count its turns has ``probabilities[free.states_of(limited)]`` in the
        table with a turn limit, where its returns are those of episodes as they are played.

        Raises:
            EnvError: the tables are not of one task, or this one has a turn limit.
        """
        states = [self._states.get(without_turns(state), -1) for state in limited._snapshots]
        if -1 in states:
            raise EnvError(
                "the tables do not match: explore the same task twice, first without and then with "
                "truncation_is_terminal"
            )
        return np.array(states)

    def _start(self, variant: int | str) -> int:
        """The state in which a variant begins."""
        if isinstance(variant, str):
            found = {
                int(start)
                for start, opening in zip(self.starts, self.openings, strict=True)
                if opening == variant
            }
            if len(found) == 1:
                return found.pop()
        elif isinstance(variant, int | np.integer) and 0 <= variant < len(self.starts):
            return int(self.starts[variant])
        raise OptionError(
            f"variant is {variant!r:.80}: give an index below {len(self.starts)}, or an opening "
            "text that belongs to one start alone"
        )

    def _as_probabilities(self, given: Values | str) -> Values:
        shape = self.rewards.shape
        if isinstance(given, str) and given == "uniform":
            return np.full(shape, 1 / shape[1])
        p = np.asarray(given)
        fits = p.shape == shape and p.dtype.kind == "f" and (p >= 0).all()
        if fits and np.allclose(p.sum(1), 1):
            return p
        what = repr(given) if isinstance(given, str) else f"an array of shape {p.shape}"
        raise OptionError(
            f"probabilities are {what}: give floats of shape {shape}, none of them negative, whose "
            "rows sum to 1, or 'uniform'"
        )

    def _solve(self, discount: float, backup: Callable[[Values], Values]) -> Solution:
        if not isinstance(discount, int | float) or not 0 <= discount <= 1:
            raise OptionError(f"discount is {discount!r}: give a number from 0 to 1")
        v = np.zeros(len(self.rewards) + 1)  # the last is the value of END
        for _ in range(SWEEPS):
            q = self.rewards + discount * v[self.successors]
            new = backup(q)
            change = np.abs(new - v[:-1]).max()
            v[:-1] = new
            if change <= TOLERANCE * max(1.0, np.abs(new).max()):
                return Solution(q, new)
        raise EnvError(
            f"values do not settle at discount {discount}, as some episodes never end: give a "
            "smaller discount, or explore with truncation_is_terminal"
        )


def epsilon_greedy(q: Values, rate: float) -> Values:
    """Probabilities (states, commands) of the first best command, or with ``rate`` of any.

    At a discount of 1, commands may be equally good though one of them makes no progress: give the
    Q of a smaller discount, which tells them apart.

    Raises:
        OptionError: a rate outside [0, 1].
    """
    if not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise OptionError(f"rate is {rate!r}: give a number from 0 to 1")
    states, commands = q.shape
    p = np.full(q.shape, rate / commands)
    p[np.arange(states), q.argmax(1)] += 1 - rate
    return p
