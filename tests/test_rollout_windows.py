"""Episodes longer than the policy: what it saw, what the store shows, what is learned from."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from archer import twin
from archer.config import PolicyConfig
from archer.env import TextEnv, vectorize
from archer.errors import ContextTooLongError, StoreError
from archer.policy import Policy
from archer.rollout import collect
from archer.sampler import Sampler
from archer.store import TrajectoryStore
from archer.windows import learning_rows


class Talker(TextEnv):
    """Answers at length; its openings and answers differ in length."""

    max_turns = 12

    def reset(self, rng):
        self.left = int(rng.integers(1, 13))
        return "Once upon a time. " * (1 + self.left % 3)

    def step(self, utterance):
        self.left -= 1
        return "blah " * (5 * self.left % 8), 1.0, self.left == 0


class Recorder(Sampler):
    """Notes the contexts that the model has seen before each utterance."""

    seen: ClassVar = []

    def speak(self):
        said = super().speak()
        for row, utterance in zip(self._rows, said, strict=True):
            context = row.stream[: row.turns[0]] + row.stream[row.turns[0] + row.dropped :]
            self.seen.append(tuple(context[: len(context) - len(utterance.tokens)]))
        return said


@pytest.fixture
def policy(model_folder):
    config = PolicyConfig(
        model=model_folder("gpt2"), device="cpu", max_new_tokens=5, temperature=0.8, top_p=0.9
    )
    policy = Policy.load(config)
    policy.model.config.max_position_embeddings = 96
    return policy


@pytest.fixture
def episodes(policy):
    Recorder.seen.clear()
    env = vectorize(Talker, 3, seed=0)
    return collect(policy, env, 10, torch.Generator().manual_seed(0), sampler=Recorder)


@pytest.fixture(params=[TrajectoryStore, twin.TrajectoryStore])
def store(request, episodes):
    store = request.param()
    store.extend([episode.trajectory for episode in episodes])
    return store


def test_the_policy_saw_what_the_store_shows(policy, store):
    seen = set(Recorder.seen)
    late = 0
    for key in range(len(store)):
        trajectory = store[key]
        for turn in range(trajectory.num_turns - 1):
            view = store.gather_turns([key], [turn], max_tokens=policy.max_prompt)
            late += view.lengths[0] < trajectory.boundaries[2 * turn + 3]
            assert tuple(view.tokens[0].tolist()) in seen
    assert late >= 10


def test_learning_rows_give_the_sampled_logprobs(policy, store):
    batch = learning_rows(store, range(len(store)), policy.max_prompt).to("cpu")
    whole = store.gather(range(len(store)))
    assert len(whole.lengths) < len(batch.lengths) < whole.num_turns
    assert batch.turn.tolist() == whole.turn.tolist()
    assert batch.trajectory.tolist() == whole.trajectory.tolist()
    with torch.no_grad():
        logprobs, _ = policy(batch.tokens, batch.lengths)
    said = batch.turn_of_token >= 0
    assert int(said.sum()) == int((whole.turn_of_token >= 0).sum())
    torch.testing.assert_close(logprobs[said], batch.logprobs[said], atol=1e-4, rtol=0)
    for turn in range(batch.num_turns):
        columns = torch.nonzero(batch.turn_of_token[batch.row[turn]] == turn).squeeze(1).tolist()
        assert columns == list(range(batch.context_end[turn] + 1, batch.utterance_end[turn] + 1))
    assert (batch.next_context_end < batch.lengths[batch.row]).all()
    assert (batch.next_context_end >= batch.utterance_end).all()


def test_short_episodes_are_whole_rows(store):
    whole, rows = store.gather([0, 1]), learning_rows(store, [0, 1], 10_000)
    assert np.array_equal(rows.tokens, whole.tokens)
    assert np.array_equal(rows.next_context_end, whole.next_context_end)
    assert learning_rows(store, [0, 1], None).lengths.tolist() == whole.lengths.tolist()


def test_rows_that_cannot_fit(store):
    with pytest.raises(StoreError, match="max_tokens = 3, but turn 0 of trajectory 0 needs more"):
        learning_rows(store, [0], 3)


def test_an_opening_that_does_not_fit_is_refused_before_anything_is_sampled(policy):
    policy.model.config.max_position_embeddings = 30
    stream = torch.Generator().manual_seed(0)
    before = stream.get_state()
    with pytest.raises(ContextTooLongError, match="lower max_new_tokens"):
        collect(policy, vectorize(Talker, 3, seed=0), 3, stream)
    assert torch.equal(stream.get_state(), before)
