"""Methods on episodes of a corridor, with a reader of its states in the place of a transformer."""

import torch

from archer.algorithms import METHODS
from archer.algorithms.method import Setup
from archer.config import Config
from archer.store import TrajectoryStore
from corridor_reader import Places, reader
from corridor_truth import DISCOUNT, error, exact, fixed_point, habits, seen, shown
from offline_cases import policy

BEHAVIOUR, POLICY = habits(0.5), habits(0.25)
BASIC = {
    "discount": DISCOUNT,
    "polyak": 0.1,
    "critic_batch_size": 32,
    "critic_learning_rate": 3e-3,
    "critic_max_grad_norm": 100.0,
}


class World:
    """Who reads, who speaks, and what was played; by the behaviour, and by the policy itself."""

    def __init__(self, seed):
        self.tokenizer = policy()
        self.seed = seed
        everything = [shown(self.tokenizer, BEHAVIOUR, 2000, seed)]
        everything += [shown(self.tokenizer, POLICY, 2000, seed + 1)]
        (self.stored, walks), (self.own, own_walks) = everything
        both = TrajectoryStore()
        both.extend([*self.stored, *self.own])
        self.places = Places(self.tokenizer, both, walks + own_walks)
        self.seen, self.own_seen = seen(walks), seen(own_walks)
        self.batch, self.walks = self._held(BEHAVIOUR, seed + 2)
        self.own_batch, self.own_walks = self._held(POLICY, seed + 3)

    def _held(self, p, seed):
        """Episodes to compare on."""
        store, walks = shown(self.tokenizer, p, 100, seed)
        return store.gather(range(len(store))).to("cpu"), walks

    def method(self, name, own, demonstrations=None, **settings):
        config = Config(method=name)
        section = getattr(config, name)
        for key, value in settings.items():
            assert hasattr(section, key), key
            setattr(section, key, value)
        config.run.micro_batch_tokens, config.run.seed = None, self.seed
        actor = reader(self.tokenizer, self.places, POLICY, self.seed)
        generator = torch.Generator().manual_seed(self.seed)
        return METHODS[name](Setup(actor, own, config, generator, demonstrations))

    def errors(self, backup, values):
        """Of V and Q, on held-out episodes of the behaviour."""
        v, q = exact(fixed_point(backup), self.walks)
        found = [error(values.v.mean(0), v), error(values.q.mean(0), q)]
        print(f"V {found[0]:.3f}, Q {found[1]:.3f}")
        return found

    def own_error(self, backup, v, discount):
        """Of V, on held-out episodes of the policy."""
        found = error(v, exact(fixed_point(backup, discount), self.own_walks)[0])
        print(f"V {found:.3f}")
        return found


def train(update, optimizer, updates=600):
    """Updates with a learning rate that falls to 0."""
    rates = [group["lr"] for group in optimizer.param_groups]
    for n in range(updates):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * (1 - n / updates)
        update()
