"""What the tests of long episodes share: a talkative task, few positions, contexts."""

from archer.algorithms.respoken import in_own_rows
from archer.config import PolicyConfig
from archer.contexts import Utterance
from archer.env import TextEnv, vectorize
from archer.policy import Policy
from archer.rollout import collect
from archer.store import TrajectoryStore

POSITIONS = 80


class Talker(TextEnv):
    """Answers at length; openings, answers and episodes differ in length, and some are cut off."""

    max_turns = 9

    def reset(self, rng):
        self.left = int(rng.integers(1, 13))
        return "Once upon a time. " * (1 + self.left % 3)

    def step(self, utterance):
        self.left -= 1
        return "blah " * (5 * self.left % 12), float(self.left % 4), self.left == 0


def few_positions(folder, positions=POSITIONS):
    """A policy from a folder, as if its model had so many positions."""
    policy = Policy.load(PolicyConfig(model=folder, device="cpu", max_new_tokens=5))
    policy.model.config.max_position_embeddings = positions
    return policy


def played(policy, generator, episodes=12):
    """A store of talks, of which some outgrow the policy and some do not."""
    store = TrajectoryStore()
    env = vectorize(Talker, 4, seed=0)
    store.extend([e.trajectory for e in collect(policy, env, episodes, generator)])
    return store


def context(trajectory, turn, limit):
    """What a policy sees before ``turn``, the number of turns giving the last state."""
    tokens, bounds = trajectory.tokens.tolist(), trajectory.boundaries.tolist()
    end = bounds[2 * turn + 1]
    for oldest in range(max(turn, 1)):
        kept = tokens[: bounds[1]] + tokens[bounds[2 * oldest + 1] : end]
        if len(kept) <= limit:
            return kept
    raise AssertionError("too long")


def said(trajectory, turn):
    """The tokens of an utterance."""
    start, end = trajectory.boundaries[2 * turn + 1 : 2 * turn + 3].tolist()
    return trajectory.tokens[start:end].tolist()


def last_context(policy, trajectory, spare=0):
    """The state after an episode: on from its last turn's row where it fits, else as shown."""
    turn, bounds = trajectory.num_turns - 1, trajectory.boundaries
    before = context(trajectory, turn, policy.max_prompt)
    whole = before + trajectory.tokens[bounds[2 * turn + 1] :].tolist()
    if len(whole) <= policy.max_context - spare:
        return whole
    return context(trajectory, turn + 1, policy.max_prompt)


def rows_of(policy, contexts, utterances):
    """Each context with its utterance in a row of its own."""
    spoken = [Utterance(tokens, [0.0] * len(tokens)) for tokens in utterances]
    return in_own_rows(contexts, spoken, policy.device)


def every_turn(store, ids):
    """(trajectory, turn) of all turns of some episodes."""
    return [(store[i], t) for i in ids for t in range(store[i].num_turns)]
