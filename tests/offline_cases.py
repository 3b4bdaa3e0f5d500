"""What the tests of the offline methods share: demonstrations, a method on them, a short run."""

import numpy as np
import torch

from archer.algorithms import METHODS
from archer.algorithms.method import Setup
from archer.config import Config, CriticConfig, PolicyConfig
from archer.env import explore, make_vec, scripted
from archer.env.tasks.corridor import COMMANDS
from archer.policy import Policy
from archer.rollout import collect_scripted
from archer.store import TrajectoryStore

GAME = "twenty_questions_subset"
DISCOUNT = 0.8
ROOMS = {"length": 2, "step_cost": 0.05}
RUN = """
env: {{id: twenty_questions_subset, num_envs: 4, options: {{max_turns: 4}}}}
policy: {{max_new_tokens: 6, device: cpu}}
bc: {{demonstrations: 24, steps: 8, batch_size: 8}}
method: {method}
{method}: {settings}
eval: {{episodes: 8, every: 1, final_episodes: 8, num_envs: 4}}
run: {{out: {out}, threads: 1, checkpoint_every: 1}}
"""


def policy(**settings):
    return Policy.load(PolicyConfig(device="cpu", max_new_tokens=6, **settings))


def demonstrations(actor, episodes=12, env_id=GAME, seed=0, rate=None, **options):
    """Episodes of the noisy script, and the store that holds them."""
    given = {} if rate is None else {"rate": rate}
    script = scripted(env_id, "noisy", seed=seed, **given)
    played = collect_scripted(script, make_vec(env_id, 8, seed, **options), episodes, actor)
    store = TrajectoryStore()
    store.extend([episode.trajectory for episode in played])
    return played, store


def method(name, actor, store, own=None, **settings):
    """A method on demonstrations."""
    torch.manual_seed(0)
    config = Config(method=name, critic=CriticConfig())
    section = getattr(config, name)
    for key, value in ({"critic_max_grad_norm": 100.0} | settings).items():
        setattr(section, key, value)
    config.run.micro_batch_tokens = None
    own = TrajectoryStore() if own is None else own
    return METHODS[name](Setup(actor, own, config, torch.Generator().manual_seed(0), store))


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def streams(episodes):
    """What makes episodes the same: their tokens and recorded log-probabilities."""
    return [(e.trajectory.tokens.tolist(), e.trajectory.logprobs.tolist()) for e in episodes]


def any_command(actor, episodes, seed=0):
    """A corridor in which any command is said, as episodes, store, and exact values of each turn.

    The values are those of such a speaker: V of each turn's context, and Q of what was said.
    """
    played, store = demonstrations(actor, episodes, "corridor", seed, 1.0, **ROOMS)
    table = explore("corridor", COMMANDS, resets=({"door": "red"}, {"door": "blue"}), **ROOMS)
    exact = table.evaluate("uniform", DISCOUNT)
    walks = [table.walk(episode.texts[1::2], episode.texts[0]) for episode in played]
    v = np.concatenate([walk.v(exact.v)[:-1] for walk in walks])
    q = np.concatenate([walk.q(exact.v, DISCOUNT) for walk in walks])
    return store, torch.tensor(v).float(), torch.tensor(q).float()
