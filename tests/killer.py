"""Runs or resumes a run and kills its own process (SIGKILL) the n-th time it comes to a place.

python killer.py CONFIG_OR_RUN PLACE N
"""

import os
import signal
import sys
from pathlib import Path

import archer.algorithms.actor
import archer.algorithms.bc
import archer.algorithms.utterance_critic
import archer.checkpoint.files
import archer.report.finish
import archer.store
import archer.train
import archer.warm_start
from archer.config import load_config
from archer.env.native import NativeVectorEnv

PLACES = {
    "never": None,
    "cloning": (archer.algorithms.bc.BehaviourCloning, "update"),
    "collecting": (NativeVectorEnv, "step_at"),
    "critic": (archer.algorithms.utterance_critic.UtteranceCritic, "regress"),
    "actor": (archer.algorithms.actor.Actor, "_gradients"),
    "checkpoint": (archer.checkpoint.files, "_sync"),
    "summary": (archer.train, "finish"),
    "figure": (archer.report.finish, "draw_returns"),
}


def kill_at(place: str, count: int) -> None:
    """Lets the process kill itself before the ``count``-th call of a place."""
    if PLACES[place] is None:
        return
    owner, name = PLACES[place]
    original = getattr(owner, name)
    calls = 0

    def wrapper(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, wrapper)


if __name__ == "__main__":
    path, place, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    archer.warm_start.INTERVAL = 4
    kill_at(place, count)
    if path.is_dir():
        archer.train.resume(path, quiet=True)
    else:
        archer.train.train(load_config(path), quiet=True)
