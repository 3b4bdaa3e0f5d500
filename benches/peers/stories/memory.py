"""What a process grows by with many environments of Detective, in the middle of their episodes.

`python -m benches.peers.stories.memory STORY WHO COUNT` prints it, and reads the lines to say as
JSON; every measurement has its own process. What all environments have in common, the story among
it, is counted.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import archer
from archer.env import TextVectorEnv, scripted
from benches.peers.machine import resident
from benches.peers.stories import peer

LONGEST = 600
"""Seconds that one measurement may take."""


def measured(story: Path, count: int) -> dict[str, int | str]:
    """Bytes by contender, or why they could not be measured."""
    walkthrough = peer.load(story).get_walkthrough()
    lines = json.dumps(walkthrough[: len(walkthrough) // 2])
    return {who: _in_a_process(story, who, count, lines) for who in CONTENDERS}


def _in_a_process(story: Path, who: str, count: int, lines: str) -> int | str:
    print(f"  memory of {who}", file=sys.stderr)
    command = [sys.executable, "-m", __spec__.name, str(story), who, str(count)]
    try:
        done = subprocess.run(
            command, input=lines, capture_output=True, text=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return f"not measured within {LONGEST} seconds"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it died"])[-1]
    return int(json.loads(done.stdout))


def _alike(story: Path, count: int, lines: list[str]) -> TextVectorEnv:
    """All along the walkthrough."""
    envs = archer.make_vec("detective", count, story=str(story))
    everyone = range(count)
    envs.reset_at(everyone)
    for said in lines:
        envs.step_at(everyone, [said] * count)
    return envs


def _apart(story: Path, count: int, lines: list[str]) -> TextVectorEnv:
    """Each another way, by the policy that strays from the walkthrough half of the time.

    Who has come to an end begins anew, so that all are somewhere in the middle.
    """
    envs = archer.make_vec("detective", count, story=str(story))
    policy, everyone = scripted("detective", "noisy", seed=0), list(range(count))
    heard = envs.reset_at(everyone)
    policy.begin(everyone)
    for _ in lines:
        step = envs.step_at(everyone, policy.act(everyone, heard))
        heard = step.observations
        ended = np.flatnonzero(step.terminated | step.truncated).tolist()
        if ended:
            policy.begin(ended)
            for index, opening in zip(ended, envs.reset_at(ended), strict=True):
                heard[index] = opening
    return envs


def _jericho(story: Path, count: int, lines: list[str]) -> object:
    """All along the walkthrough."""
    envs = [peer.load(story) for _ in range(count)]
    for env in envs:
        for said in lines:
            env.step(said)
    return envs


CONTENDERS: dict[str, Callable[[Path, int, list[str]], object]] = {
    "archer, all alike": _alike,
    "archer, each another way": _apart,
    "jericho": _jericho,
}


def main() -> None:
    """Prints the bytes."""
    story, who, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    lines = json.load(sys.stdin)
    if who == "jericho":  # what belongs to the library, not to its environments
        peer.load(story)
    gc.collect()
    before = resident()
    kept = CONTENDERS[who](story, count, lines)
    gc.collect()
    print(json.dumps(resident() - before))
    del kept


if __name__ == "__main__":
    main()
