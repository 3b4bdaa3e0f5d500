"""New tokens a second: archer's rollout, and `generate` on the whole history at every turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from archer.config import PolicyConfig
from archer.env import TextEnv, TextVectorEnv, vectorize
from archer.policy import Policy
from archer.rollout import collect

ENVIRONMENTS = 128
MAX_NEW_TOKENS = 16
SHAPES = {"1M": (128, 5), "10M": (320, 8)}
"""Width and layers."""


class Even(TextEnv):
    """Ten turns, each answered in a few words."""

    max_turns = 20
    low, high = 10, 10

    def reset(self, rng: np.random.Generator) -> str:
        """Says what is asked for, in about 20 tokens."""
        self.left = int(rng.integers(self.low, self.high + 1))
        return "I am thinking of a thing. Ask me questions and find out what it is.\n"

    def step(self, utterance: str) -> tuple[str, float, bool]:
        """Answers alike whatever is asked."""
        self.left -= 1
        return "No, it is not.", -1.0, self.left == 0


class Uneven(Even):
    """One to nineteen turns, so that some episodes end long before others."""

    low, high = 1, 19


def policy_of(size: str, device: str, stops: bool) -> Policy:
    """A random GPT-2 with the built-in tokenizer.

    Its utterances have all tokens that they may have or, if it ``stops``, end after each token
    with probability 1/8.
    """
    tokenizer = Policy.load(PolicyConfig(device="cpu")).tokenizer
    width, layers = SHAPES[size]
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=len(tokenizer), n_embd=width, n_layer=layers, n_head=width // 32)
    config.bos_token_id = config.eos_token_id = tokenizer.eos_token_id
    model: Any = GPT2LMHeadModel(config)
    bias = torch.zeros(len(tokenizer))
    bias[tokenizer.eos_token_id] = np.log(len(tokenizer) / 7) if stops else -1e4
    model.lm_head.bias = torch.nn.Parameter(bias)
    return Policy(model.to(device), tokenizer, MAX_NEW_TOKENS, 1.0).eval()


def plain(policy: Policy, env: TextVectorEnv, episodes: int) -> int:
    """Waves of episodes by ``generate``; gives the tokens it made."""
    made = 0
    for _ in range(episodes // env.num_envs):
        running = list(range(env.num_envs))
        contexts = [policy.encode_opening(text) for text in env.reset_at(running)]
        while running:
            utterances = list(generated(policy, contexts))
            made += sum(map(len, utterances))
            step = env.step_at(running, [policy.decode(tokens) for tokens in utterances])
            goes_on = [row for row, over in enumerate(step.terminated | step.truncated) if not over]
            contexts = [
                [
                    *contexts[row],
                    *utterances[row],
                    *policy.encode_observation(step.observations[row]),
                ]
                for row in goes_on
            ]
            running = [running[row] for row in goes_on]
    return made


def generated(policy: Policy, contexts: list[list[int]]) -> Iterator[list[int]]:
    """One utterance for each context, up to its end token."""
    width = max(map(len, contexts))
    tokens = torch.tensor([[0] * (width - len(c)) + c for c in contexts], device=policy.device)
    mask = torch.tensor(
        [[0] * (width - len(c)) + [1] * len(c) for c in contexts], device=policy.device
    )
    output = policy.model.generate(
        tokens,
        attention_mask=mask,
        do_sample=True,
        top_k=0,
        max_new_tokens=MAX_NEW_TOKENS,
        eos_token_id=policy.end_token,
        pad_token_id=policy.end_token,
    )
    for row in output[:, width:].tolist():
        end = row.index(policy.end_token) + 1 if policy.end_token in row else len(row)
        yield row[:end]


def measure(model: str, device: str) -> list[dict[str, Any]]:
    """Rows of the table for one size of model."""
    rows = []
    for task in (Even, Uneven):
        policy = policy_of(model, device, stops=task is Uneven)
        episodes = ENVIRONMENTS if task is Even else 2 * ENVIRONMENTS
        rates = {}
        for name in ("warm-up", "archer", "plain"):
            env = vectorize(task, ENVIRONMENTS, seed=0)
            number = ENVIRONMENTS if name == "warm-up" else episodes
            start = time.perf_counter()
            if name == "plain":
                made = plain(policy, env, number)
            else:
                generator = torch.Generator(policy.device).manual_seed(0)
                played = collect(policy, env, number, generator)
                made = sum(len(episode.trajectory.logprobs) for episode in played)
            rates[name] = made / (time.perf_counter() - start)
        what = "even turns, all tokens" if task is Even else "uneven turns and utterances"
        rows.append({"what": what, "model": model, "unit": "new tokens/s"} | rates)
    return rows
