"""What several tests of the environments share."""

import numpy as np


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
