"""A corridor whose values are known, and what a critic should learn of it.

Everybody plays with fixed habits: in each state of the table a command has a known probability.
What a critic should learn then is the fixed point of its own equation, found on the table by
iteration.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from archer.env import epsilon_greedy, explore, make_vec
from archer.env.mdp import Solution, Walk
from archer.env.tasks.corridor import COMMANDS
from archer.rollout import collect_scripted
from archer.store import TrajectoryStore

ROOMS = {"length": 4, "step_cost": 0.01, "max_turns": 30}
DOORS = ({"door": "red"}, {"door": "blue"})
DISCOUNT = 0.95
TABLE = explore("corridor", COMMANDS, resets=DOORS, **ROOMS)


def habits(rate):
    """Probabilities (states, commands) of the noisy script."""
    return epsilon_greedy(TABLE.optimal(0.999).q, rate)


class Speaker:
    """Says in each state any command with its probability in ``p`` (states, commands)."""

    def __init__(self, p, seed):
        self.p, self.rng = p, np.random.default_rng(seed)
        self.states = {}

    def begin(self, indices):
        self.states |= dict.fromkeys(indices)

    def act(self, indices, observations):
        return [self._say(*turn) for turn in zip(indices, observations, strict=True)]

    def _say(self, index, observation):
        state = self.states[index]
        if state is None:
            state = int(TABLE.starts[TABLE.openings.index(observation)])
        command = self.rng.choice(len(COMMANDS), p=self.p[state])
        self.states[index] = int(TABLE.successors[state, command])
        return COMMANDS[command]


def shown(actor, p, episodes, seed=0):
    """Episodes of such a speaker in a store, with true log-probabilities; and their walks.

    An utterance's is recorded at its last token, the others have 0.
    """
    env = make_vec("corridor", 32, seed, **ROOMS)
    played = collect_scripted(Speaker(p, seed), env, episodes, actor)
    store, walks = TrajectoryStore(), walks_of(played)
    for episode, walk in zip(played, walks, strict=True):
        logprobs = np.zeros_like(episode.trajectory.logprobs)
        ends = np.diff(episode.trajectory.boundaries)[1::2].cumsum() - 1
        logprobs[ends] = np.log(p[walk.states[:-1], walk.commands])
        store.append(replace(episode.trajectory, logprobs=logprobs))
    return store, walks


def walks_of(episodes):
    """Episodes of commands in terms of the table, as `Mdp.walk`, without playing them again."""
    return [_walk(episode.texts) for episode in episodes]


def _walk(texts):
    states = [int(TABLE.starts[TABLE.openings.index(texts[0])])]
    commands = [COMMANDS.index(text) for text in texts[1::2]]
    for command in commands:
        states.append(int(TABLE.successors[states[-1], command]))
    rewards = TABLE.rewards[states[:-1], commands]
    return Walk(np.array(states), np.array(commands), rewards)


def seen(walks):
    """Shares (states, commands) of what was said; even where nobody has been.

    A critic of stored episodes learns the values of these, not of the speaker's probabilities.
    """
    counts = np.full(TABLE.rewards.shape, 1e-9)
    for walk in walks:
        np.add.at(counts, (walk.states[:-1], walk.commands), 1)
    return counts / counts.sum(1, keepdims=True)


def fixed_point(backup: Callable, discount=DISCOUNT):
    """Q and V of ``V(s) = backup(Q(s, ·))``, ``Q = r + discount V(s')``."""
    v = np.zeros(len(TABLE.rewards) + 1)
    while True:
        q = TABLE.rewards + discount * v[TABLE.successors]
        new = np.append(backup(q), 0.0)
        if np.abs(new - v).max() < 1e-7:
            return Solution(q, new[:-1])
        v = new


def mean(p):
    return lambda q: (p * q).sum(1)


def expectile(p, tau):
    """The v of each row with ``tau E[(q - v)+] = (1 - tau) E[(v - q)+]``."""

    def backup(q):
        v = (p * q).sum(1, keepdims=True)
        for _ in range(20):
            weight = p * np.where(q > v, tau, 1 - tau)
            v = (weight * q).sum(1, keepdims=True) / weight.sum(1, keepdims=True)
        return v[:, 0]

    return backup


def best_of(p, count):
    """The mean of the best of ``count`` draws."""
    return lambda q: (chosen(p, q, count) * q).sum(1)


def chosen(p, q, count):
    """Probabilities (states, commands) of the best by ``q`` of ``count`` draws from ``p``."""
    order = q.argsort(1)
    below = np.take_along_axis(p, order, 1).cumsum(1) ** count
    share = np.empty_like(p)
    np.put_along_axis(share, order, np.diff(below, axis=1, prepend=0.0), 1)
    return share


def exact(solution, walks, discount=DISCOUNT):
    """(N,) V before, and Q of, each utterance of some episodes."""
    v = np.concatenate([walk.v(solution.v)[:-1] for walk in walks])
    return v, np.concatenate([walk.q(solution.v, discount) for walk in walks])


def error(estimate, truth):
    """Root mean square over the range of the truth."""
    estimate = np.asarray(estimate, dtype=np.float64)
    return float(np.sqrt(np.square(estimate - truth).mean()) / np.ptp(truth))


def by_token(p, spelling, tau):
    """Expectiles of expectiles, from an utterance's last token to its first."""

    def backup(q):
        return np.array(
            [
                _of_token(list(zip(spelling, *row, strict=True)), tau)
                for row in zip(p, q, strict=True)
            ]
        )

    return backup


def _of_token(options, tau):
    """V before the next token of (tokens left, probability, Q) of each option."""
    if len(options) == 1 and not options[0][0]:
        return options[0][2]
    after = {}
    for (first, *rest), share, value in options:
        after.setdefault(first, []).append((rest, share, value))
    p = np.array([[sum(o[1] for o in some) for some in after.values()]])
    q = np.array([[_of_token(some, tau) for some in after.values()]])
    return expectile(p / p.sum(), tau)(q)[0]


def played_return(p):
    """The mean undiscounted return of a policy; where rows are short of 1, "What?" is answered."""
    share = p.sum(1)
    backup = lambda q: ((p * q).sum(1) - (1 - share) * ROOMS["step_cost"]) / share  # noqa: E731
    return TABLE.mean_start(fixed_point(backup, 1.0).v)
