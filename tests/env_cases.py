"""What several tests of the environments share."""

import re
from functools import cache
from pathlib import Path

import numpy as np

import archer
from stories import needed


def make_vec(env_id, *arguments, **options):
    """`archer.make_vec`, with a story where the task needs one."""
    return archer.make_vec(env_id, *arguments, **needed(env_id) | options)


_made = cache(make_vec)


def made_anew(env_id, num_envs, seed):
    """As `make_vec`, but made once: for tests with many examples."""
    envs = _made(env_id, num_envs)
    envs.seed(seed)
    return envs


def play(policy, envs, count):
    """(returns, dialogues) of `count` episodes in each environment, in order."""
    indices = np.arange(envs.num_envs)
    returns, dialogues = [], []
    for _ in range(count):
        running, heard = indices, envs.reset_at(indices)
        policy.begin(indices)
        episode_returns = np.zeros(envs.num_envs)
        dialogue = [[text] for text in heard]
        while len(running):
            said = policy.act(running, heard)
            step = envs.step_at(running, said)
            episode_returns[running] += step.rewards
            for i, *texts in zip(running, said, step.observations, strict=True):
                dialogue[i] += texts
            on = ~(step.terminated | step.truncated)
            running = running[on]
            heard = [text for text, runs in zip(step.observations, on, strict=True) if runs]
        returns += episode_returns.tolist()
        dialogues += dialogue
    return np.array(returns), dialogues


def code_of_docs(heading):
    """The Python code of one section of docs/environments.md."""
    page = (Path(__file__).parent.parent / "docs" / "environments.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return "\n".join(re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL))
