"""A model that reads a corridor as its table does, and speaks with known habits.

A small transformer needs thousands of updates to see that the door that was named is the one of the
opening. Where a method's equations are tested this stands in for it: the hidden state after each
token is a vector of its own for each state, and what was said of the utterance so far.
"""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from archer.contexts import Utterance
from archer.env.tasks.corridor import COMMANDS
from archer.policy import Policy
from corridor_truth import TABLE

WIDTH = 128


class Places:
    """What each token leads to, from place to place; a place is a number."""

    def __init__(self, actor, store, walks):
        self.next, self.named, self.count = {}, {}, 1
        self.spelling = [actor.encode_utterance(command) for command in COMMANDS]
        for state in range(len(TABLE.rewards)):
            self.named["before", state] = self._new()
            for command, tokens in enumerate(self.spelling):
                self._path(self.named["before", state], tokens, ("after", state, command))
        for trajectory, walk in zip(store, walks, strict=True):
            pieces = np.split(trajectory.tokens, trajectory.boundaries[1:-1])
            self._path(0, pieces[0].tolist(), ("before", int(walk.states[0])))
            for turn, heard in enumerate(pieces[2::2]):
                said = int(walk.states[turn]), int(walk.commands[turn])
                after = ("before", int(walk.states[turn + 1]))
                self._path(self.named["after", *said], heard.tolist(), after)

    def _new(self):
        self.count += 1
        return self.count - 1

    def _path(self, here, tokens, end):
        """Gives the tokens of one piece places of their own, but for the last."""
        for token in tokens[:-1]:
            here = self.next.setdefault((here, token), self.count)
            self.count += here == self.count
        if end not in self.named:
            self.named[end] = self._new()
        assert self.next.setdefault((here, tokens[-1]), self.named[end]) == self.named[end]

    def read(self, tokens):
        """(B, L): the place after each token; 0 where nobody has been."""
        places = np.zeros(tokens.shape, np.int64)
        for b, row in enumerate(tokens.tolist()):
            here = 0
            for column, token in enumerate(row):
                here = self.next.get((here, token), -1)
                if here < 0:
                    break
                places[b, column] = here
        return torch.from_numpy(places)

    def states(self, contexts):
        """The state of the table after each context."""
        back = {place: name[1] for name, place in self.named.items() if name[0] == "before"}
        ends = []
        for context in contexts:
            here = 0
            for token in context:
                here = self.next[here, token]
            ends.append(back[here])
        return ends


class Trunk(nn.Module):
    """A learned vector for each place."""

    def __init__(self, places):
        super().__init__()
        self.places = places
        self.config = SimpleNamespace(hidden_size=WIDTH, max_position_embeddings=4096)
        self.vectors = nn.Embedding(places.count, WIDTH)

    def forward(self, tokens, attention_mask=None, use_cache=None):
        return SimpleNamespace(last_hidden_state=self.vectors(self.places.read(tokens)))


class Model(nn.Module):
    """A language model that at first says a command with its probability ``p`` (states, commands).

    The logits of each place are parameters: what it says can be trained, and read off exactly.
    """

    def __init__(self, places, p, vocabulary):
        super().__init__()
        self.base_model = Trunk(places)
        self.config = self.base_model.config
        # Nothing is embedded by it: its shape is what others ask for.
        self.shape = SimpleNamespace(num_embeddings=vocabulary, embedding_dim=WIDTH)
        mass = torch.full((places.count, vocabulary), 1e-12)
        for state, row in enumerate(p):
            for tokens, share in zip(places.spelling, row, strict=True):
                here = places.named["before", state]
                for token in tokens:
                    mass[here, token] += share
                    here = places.next[here, token]
        self.logits = nn.Parameter((mass / mass.sum(1, keepdim=True)).log())

    def get_input_embeddings(self):
        return self.shape

    def get_output_embeddings(self):
        """There is no head between a place and its logits."""

    def forward(self, tokens, attention_mask=None, **_):
        hidden = self.base_model(tokens).last_hidden_state
        logits = self.logits[self.base_model.places.read(tokens)]
        return SimpleNamespace(logits=logits, hidden_states=(hidden,))


def reader(actor, places, p, seed=0):
    """A policy of these habits, in the tokens of ``actor``."""
    torch.manual_seed(seed)
    model = Model(places, p, len(actor.tokenizer))
    return Policy(model, actor.tokenizer, actor.max_new_tokens, 1.0).eval()


@torch.no_grad()
def probabilities(places, logits):
    """(states, commands) of logits (places, tokens); what is missing to 1 is no command."""
    known = logits.log_softmax(-1)
    p = np.zeros(TABLE.rewards.shape)
    for state, command in np.ndindex(p.shape):
        here = places.named["before", state]
        for token in places.spelling[command]:
            p[state, command] += float(known[here, token])
            here = places.next[here, token]
    return np.exp(p)


def said_after(policy, contexts, generator, tokens=None, sampler=None):
    """In the place of that of `archer.algorithms.respoken`: commands alone, from the table."""
    places = policy.model.base_model.places
    p = torch.tensor(probabilities(places, policy.model.logits.detach()))
    drawn = p[places.states(contexts)].multinomial(1, generator=generator)[:, 0].tolist()
    return [Utterance(t, [0.0] * len(t)) for t in (places.spelling[n] for n in drawn)]
