"""Who steps environments of text, each as it is meant to be used.

Every function makes environments in which episodes have begun, and gives calls that take `TURNS`
turns in each, begin each anew, or save and bring back the state of each. Episodes that end are
begun anew in the same call.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import archer
from archer import TextEnv
from archer.env import AnyText, TextVectorEnv
from benches.peers.env_games import TURNS, Game
from benches.peers.ports import lmrl_history
from benches.peers.ports.lmrl_history import Text
from benches.peers.ports.words import accepted, lists
from benches.peers.timing import Call


class AbsentError(LookupError):
    """A contender has no such task."""


class Calls(NamedTuple):
    """What is timed; None is for what a contender cannot do."""

    steps: Call
    reset: Call | None = None
    snapshot: Call | None = None


Contender = Callable[[Game, int, int], Calls]
"""Of a game, a number of environments and a number of threads."""


def archer_native(game: Game, num_envs: int, threads: int) -> Calls:
    """`archer.make_vec`: `step` in Gymnasium's mode SameStep, infos included."""
    return _of_archer(
        archer.make_vec(
            game.id, num_envs, autoreset_mode="SameStep", num_threads=threads, **game.options
        ),
        game,
    )


def archer_vectorize(game: Game, num_envs: int, threads: int) -> Calls:
    """`archer.vectorize` of the tuned port, with the same interface."""
    envs = archer.vectorize(_tuned(game), num_envs, autoreset_mode="SameStep")
    return _of_archer(envs, game)


def _of_archer(envs: TextVectorEnv, game: Game) -> Calls:
    envs.reset()
    turns, everyone = game.turns(envs.num_envs), np.arange(envs.num_envs)

    def steps() -> None:
        for said in turns:
            envs.step(said)

    return Calls(steps, envs.reset, lambda: envs.restore(envs.snapshot(everyone), everyone))


def tuned_loop(game: Game, num_envs: int, threads: int) -> Calls:
    """The tuned port in a plain loop: lists of texts, arrays of rewards and ends, and no infos."""
    make = _tuned(game)
    envs, rng = [make() for _ in range(num_envs)], np.random.default_rng(0)
    taken, most = [0] * num_envs, make.max_turns
    turns = game.turns(num_envs)

    def step(said: list[str]) -> object:
        texts, rewards, terminated, truncated = [], [], [], []
        for i, (env, utterance) in enumerate(zip(envs, said, strict=True)):
            text, reward, over = env.step(utterance)
            taken[i] += 1
            cut = not over and taken[i] >= most
            if over or cut:
                text, taken[i] = env.reset(rng), 0
            texts.append(text)
            rewards.append(reward)
            terminated.append(over)
            truncated.append(cut)
        return texts, np.array(rewards, np.float32), np.array(terminated), np.array(truncated)

    def steps() -> None:
        for said in turns:
            step(said)

    def reset() -> object:
        taken[:] = [0] * num_envs
        return [env.reset(rng) for env in envs]

    def snapshot() -> None:
        states = [copy.copy(env.__dict__) for env in envs]
        for env, state in zip(envs, states, strict=True):
            env.__dict__.update(state)

    reset()
    return Calls(steps, reset, snapshot)


class _GymEnv(gymnasium.Env[str, str]):
    """A port as an environment of Gymnasium."""

    observation_space = AnyText()
    action_space = AnyText()

    def __init__(self, port: TextEnv) -> None:
        self._port = port
        self._turns = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self._turns = 0
        return self._port.reset(self.np_random), {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        text, reward, over = self._port.step(action)
        self._turns += 1
        return text, reward, over, not over and self._turns >= self._port.max_turns, {}


def gymnasium_sync(game: Game, num_envs: int, threads: int) -> Calls:
    """Gymnasium's `SyncVectorEnv` of the tuned port, mode SameStep, observations not copied."""
    make = _tuned(game)
    envs = SyncVectorEnv(
        [lambda: _GymEnv(make())] * num_envs, copy=False, autoreset_mode=AutoresetMode.SAME_STEP
    )
    envs.reset()
    turns = game.turns(num_envs)

    def steps() -> None:
        for said in turns:
            envs.step(said)

    return Calls(steps, envs.reset)


def lmrl(game: Game, num_envs: int, threads: int) -> Calls:
    """The port that goes LMRL-Gym's way, in a loop; its snapshots are deep copies, as there."""
    if game.lmrl is None:
        raise AbsentError(game.absent["lmrl"])
    if num_envs > game.lmrl_most:
        raise AbsentError(f"more than {game.lmrl_most} take too long; each is stepped by itself")
    envs = [game.lmrl() for _ in range(num_envs)]
    histories = [env.reset() for env in envs]
    turns = game.turns(num_envs)

    def steps() -> None:
        for said in turns:
            for i, utterance in enumerate(said):
                history, _, over = envs[i].step((*histories[i], Text(utterance, True)))
                histories[i] = envs[i].reset() if over else history

    def reset() -> None:
        histories[:] = [env.reset() for env in envs]

    def snapshot() -> None:
        envs[:] = [lmrl_history.copy(env) for env in envs]

    return Calls(steps, reset, snapshot)


def textarena(game: Game, num_envs: int, threads: int) -> Calls:
    """TextArena's nearest game in a loop, without wrappers; snapshots deep copy its state."""
    if game.textarena is None:
        raise AbsentError(game.absent["textarena"])
    envs = [_TEXTARENA[game.textarena]() for _ in range(num_envs)]
    turns = [[f"[{text.removeprefix('move ')}]" for text in said] for said in game.turns(num_envs)]

    def begin(env: Any) -> None:
        env.reset(num_players=1)
        env.get_observation()

    def steps() -> None:
        for said in turns:
            for env, utterance in zip(envs, said, strict=True):
                over, _ = env.step(utterance)
                if over:
                    begin(env)
                else:
                    env.get_observation()

    def reset() -> None:
        for env in envs:
            begin(env)

    def snapshot() -> None:
        for env in envs:
            env.state = copy.deepcopy(env.state)

    reset()
    return Calls(steps, reset, snapshot)


def textarena_wordle() -> Any:
    """Its Wordle, begun by nobody yet."""
    # Wordle there loads its words from the network; it gets archer's, and asks nobody.
    vars(import_module("nltk"))["download"] = lambda *_, **__: False
    base = import_module("textarena.envs.Wordle.env").WordleEnv
    made = object.__new__(base)
    made.word_length, made.num_guesses, made.word_list = 5, 6, lists().answers
    made._check_word = accepted().__contains__
    return made


def _textarena_frozen_lake() -> Any:
    return import_module("textarena.envs.FrozenLake.env").FrozenLakeEnv()


_TEXTARENA: dict[str, Callable[[], Any]] = {
    "Wordle": textarena_wordle,
    "FrozenLake": _textarena_frozen_lake,
}


def envpool(toy: str) -> Contender:
    """EnvPool's toy text task of this name; its observations are numbers."""

    def make(game: Game, num_envs: int, threads: int) -> Calls:
        """EnvPool's toy text task; its observations are numbers, and one action is repeated."""
        if game.tuned is None or game.id != "corridor":
            raise AbsentError("its tasks of text are toys, compared in the trivial row")
        made = import_module("envpool")
        envs = made.make(toy, env_type="gymnasium", num_envs=num_envs, num_threads=threads)
        envs.reset()
        actions = np.zeros(num_envs, np.int32)

        def steps() -> None:
            for _ in range(TURNS):
                envs.step(actions)

        return Calls(steps, envs.reset)

    return make


def _tuned(game: Game) -> type[TextEnv]:
    if game.tuned is None:
        raise AbsentError("there is no port in Python")
    return game.tuned


CONTENDERS: dict[str, Contender] = {
    "archer": archer_native,
    "archer.vectorize": archer_vectorize,
    "tuned Python": tuned_loop,
    "gymnasium": gymnasium_sync,
    "lmrl": lmrl,
    "textarena": textarena,
    "envpool FrozenLake": envpool("FrozenLake-v1"),
    "envpool Taxi": envpool("Taxi-v3"),
}
