"""Old contexts, new utterances: who speaks together, and what is said, by any budget of tokens."""

import pytest
import torch

from archer.algorithms.respoken import respoken, said_after
from archer.config import PolicyConfig
from archer.env import make_vec
from archer.policy import Policy
from archer.replay import ReplayBuffer
from archer.rollout import collect
from archer.store import TrajectoryStore

NEW_TOKENS = 6
CONTEXTS = [[1 + n % 7] * (5 + 3 * n % 23) for n in range(20)]


@pytest.fixture(scope="module")
def policy():
    torch.manual_seed(0)
    return Policy.load(PolicyConfig(device="cpu", max_new_tokens=NEW_TOKENS))


def spoken(policy, tokens, contexts=CONTEXTS):
    """What is said, and the shapes of the passes over the policy."""
    shapes = []
    model = policy.model
    watch = model.register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape)))
    generator = torch.Generator().manual_seed(7)
    said = said_after(policy, contexts, generator, tokens)
    watch.remove()
    return said, shapes


def test_contexts_are_kept_and_answered_anew(policy):
    env = make_vec("twenty_questions_subset", 6, seed=0, max_turns=4)
    store = TrajectoryStore()
    generator = torch.Generator().manual_seed(0)
    store.extend([episode.trajectory for episode in collect(policy, env, 6, generator)])
    replay = ReplayBuffer(store, capacity=100, seed=0)
    replay.extend(list(range(6)))
    batch = replay.sample(8).to("cpu")
    new = respoken(policy, batch, torch.Generator().manual_seed(7), tokens=100)
    for n in range(8):
        end, length = int(batch.context_end[n]) + 1, int(new.lengths[n])
        assert new.context_end[n] == end - 1
        assert new.utterance_end[n] == length - 1
        row = int(batch.row[n])
        torch.testing.assert_close(new.tokens[n, :end], batch.tokens[row, :end])
        said = new.turn_of_token[n] == n
        assert said.nonzero().flatten().tolist() == list(range(end, length))
    with torch.no_grad():
        logprob, _ = policy(new.tokens, new.lengths)
    inside = new.turn_of_token >= 0
    torch.testing.assert_close(logprob[inside], new.logprobs[inside], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("tokens", [1, 40, 70, 1000])
def test_what_is_said_does_not_depend_on_the_budget(policy, tokens):
    said, _ = spoken(policy, tokens)
    whole, _ = spoken(policy, None)
    assert [utterance.tokens for utterance in said] == [utterance.tokens for utterance in whole]
    for one, other in zip(said, whole, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)


def test_a_pass_keeps_to_the_budget_and_eight_of_them_speak_together(policy):
    tokens = 70
    _, shapes = spoken(policy, tokens)
    assert all(rows * width <= tokens or rows == 1 for rows, width in shapes)
    listening = [shape for shape in shapes if shape[1] > 1]
    assert sum(rows for rows, _ in listening) == len(CONTEXTS)
    longest = max(map(len, CONTEXTS)) + NEW_TOKENS
    groups = -(-len(CONTEXTS) * longest // (8 * tokens))
    answering = [shape for shape in shapes if shape[1] == 1]
    assert len(answering) <= groups * (NEW_TOKENS - 1) < len(listening) * (NEW_TOKENS - 1)
    assert max(rows for rows, _ in answering) > max(rows for rows, _ in listening)


def test_policies_that_keep_little_of_a_pass_speak_by_single_passes():
    saving = Policy.load(PolicyConfig(device="cpu", max_new_tokens=NEW_TOKENS))
    saving.recompute_layers()
    tokens = 70
    _, shapes = spoken(saving, tokens)
    longest = max(map(len, CONTEXTS)) + NEW_TOKENS
    assert max(rows for rows, _ in shapes) <= tokens // (min(map(len, CONTEXTS)) + NEW_TOKENS)
    assert tokens // longest == 2 < max(rows for rows, _ in shapes)


def test_nothing_to_say(policy):
    assert spoken(policy, None, []) == ([], [])
    assert spoken(policy, 100, []) == ([], [])
