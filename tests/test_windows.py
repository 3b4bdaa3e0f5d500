"""Episodes longer than the policy: what every turn's values are read from, turn by turn."""

import pytest
import torch

from archer import losses
from archer.algorithms.respoken import next_contexts
from archer.algorithms.seen import as_seen
from archer.algorithms.utterance_critic import UtteranceCritic
from archer.batching import minibatches, piece_of
from archer.config import CriticConfig, TurnPPOConfig
from archer.critic import load_critic
from archer.episodes import WindowedBatch, episode_of, num_episodes
from archer.errors import StoreError
from archer.replay import ReplayBuffer
from archer.rollout import assemble
from archer.store import TrajectoryStore
from archer.windows import learning_rows, windowed
from windows_cases import (
    context,
    every_turn,
    few_positions,
    last_context,
    played,
    rows_of,
    said,
)


@pytest.fixture
def policy(model_folder):
    return few_positions(model_folder("gpt2"))


@pytest.fixture
def store(policy, generator):
    store = played(policy, generator)
    assert sum(len(t.tokens) > 2 * policy.max_context for t in store) >= 3
    assert sum(len(t.tokens) <= policy.max_prompt for t in store) >= 2
    assert any(t.truncated for t in store)
    return store


@pytest.fixture
def critic(policy, request):
    network = load_critic(CriticConfig(kind=getattr(request, "param", "causal")), policy, seed=3)
    return UtteranceCritic(network, TurnPPOConfig(), "turn_ppo", micro_batch_tokens=400)


def whole(policy, store, **options):
    return as_seen(policy, store, store.gather(range(len(store))), **options)


def drawn(policy, store, **options):
    """Single turns in any order, with some that follow upon each other, and some twice."""
    replay = ReplayBuffer(store, 10_000, seed=0)
    replay.extend(list(range(len(store))))
    batch = replay.sample(60)
    return as_seen(policy, store, batch, **options)


def states(policy, store, batch, spare=0):
    """The contexts before and after every turn, and its utterance; None after the end."""
    turns = [
        (store[i], t) for i, t in zip(batch.trajectory.tolist(), batch.turn.tolist(), strict=True)
    ]
    now = [context(trajectory, t, policy.max_prompt) for trajectory, t in turns]
    after = []
    for trajectory, t in turns:
        if t + 1 < trajectory.num_turns:
            after.append(context(trajectory, t + 1, policy.max_prompt))
        else:
            end = last_context(policy, trajectory, spare)
            after.append(None if trajectory.terminated else end)
    return now, [said(trajectory, t) for trajectory, t in turns], after


@pytest.mark.parametrize("gather", [whole, drawn])
@pytest.mark.parametrize("critic", ["causal", "joint"], indirect=True)
def test_values_are_those_of_each_context_by_itself(policy, store, critic, gather):
    batch = gather(policy, store)
    assert isinstance(batch, WindowedBatch)
    assert batch.elsewhere.any()
    assert len(batch.after_turn)
    values = critic.values(batch)
    now, spoken, after = states(policy, store, batch)
    alone = critic.values(rows_of(policy, now, spoken))
    torch.testing.assert_close(values.q, alone.q, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(values.v, alone.v, atol=1e-5, rtol=1e-5)
    on = [n for n, state in enumerate(after) if state is not None]
    v_next = critic.values(rows_of(policy, [after[n] for n in on], [[1]] * len(on))).v
    torch.testing.assert_close(values.v_next[:, on], v_next, atol=1e-5, rtol=1e-5)
    critic.micro_batch_tokens = None
    torch.testing.assert_close(critic.values(batch).v_next, values.v_next, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("gather", [whole, drawn])
def test_next_contexts_leave_room_to_speak(policy, store, gather):
    spare = policy.max_new_tokens
    batch = gather(policy, store, spare=spare)
    _, _, after = states(policy, store, batch, spare)
    for given, expected in zip(next_contexts(batch), after, strict=True):
        if expected is not None:
            assert given == expected
            assert len(given) <= policy.max_prompt


def test_every_turn_stands_once_in_its_context(policy, store):
    batch = whole(policy, store)
    turns = every_turn(store, range(len(store)))
    assert batch.num_turns == len(turns)
    assert batch.tokens.shape[1] <= policy.max_context
    for n, (trajectory, t) in enumerate(turns):
        row = batch.tokens[batch.row[n]].tolist()
        begin, end = int(batch.context_end[n]) + 1, int(batch.utterance_end[n]) + 1
        assert row[:begin] == context(trajectory, t, policy.max_prompt)
        assert row[begin:end] == said(trajectory, t)
        assert (batch.turn_of_token[batch.row[n], begin:end] == n).all()
    ids = episode_of(batch).tolist()
    assert ids == batch.trajectory.tolist()
    assert num_episodes(batch) == len(store)


def test_where_there_is_room_a_batch_stays_as_it_is(policy, store):
    batch = store.gather(range(len(store)))
    length = batch.tokens.shape[1]
    longest_context = int(batch.context_end.max()) + 1
    assert longest_context < length
    assert windowed(store, batch, None) is batch
    assert windowed(store, batch, length) is batch
    assert windowed(store, batch, longest_context, max_final=length) is batch
    assert windowed(store, batch, longest_context, max_final=length - 1) is not batch
    assert windowed(store, batch, longest_context - 1, max_final=length) is not batch
    turns = store.gather_turns([0, 0], [0, store[0].num_turns - 1])
    assert windowed(store, turns, turns.tokens.shape[1]) is turns


def test_long_utterances_of_others_drop_more(policy):
    store = TrajectoryStore()
    pieces = [[1] * 4, [2] * 3, [3] * 3, [4] * 3, [5] * 2, [6] * 7, [7]]
    fields = {"terminated": True, "truncated": False}
    store.append(assemble(pieces, [0.0] * 3, [0.0] * 13, **fields))
    batch = learning_rows(store, [0], 15, max_row=22)
    assert len(batch.lengths) == 1  # 15 tokens before the last utterance, and 22 with it
    batch = learning_rows(store, [0], 15, max_row=21)
    assert batch.tokens[1].tolist()[:16] == [1] * 4 + [4] * 3 + [5] * 2 + [6] * 7
    assert batch.elsewhere.tolist() == [False, False, True]
    with pytest.raises(StoreError, match="and max_row = 15, but turn 2 of trajectory 0 needs"):
        learning_rows(store, [0], 15, max_row=15)


def test_what_follows_the_end_needs_no_row(policy, store):
    batch = whole(policy, store)
    assert not batch.terminated[batch.after_turn].any()
    last = ~losses.follows(batch.trajectory, batch.turn)
    assert (batch.elsewhere & last & batch.terminated).any()
    assert (
        batch.after_turn.tolist()
        == (batch.elsewhere & last & batch.truncated).nonzero().squeeze(1).tolist()
    )


def test_minibatches_deal_whole_episodes(policy, store):
    batch = whole(policy, store)
    seen = []
    for piece in minibatches(batch, 4, torch.Generator().manual_seed(0)):
        assert not isinstance(piece.batch, WindowedBatch)
        ids = set(piece.batch.trajectory.tolist())
        assert len(piece.turns) == sum(store[i].num_turns for i in ids)
        seen += ids
    assert sorted(seen) == list(range(len(store)))


def test_pieces_of_rows_are_what_they_were(store):
    batch = store.gather(range(len(store))).to("cpu")
    order = torch.randperm(len(store), generator=torch.Generator().manual_seed(5))
    dealt = minibatches(batch, 5, torch.Generator().manual_seed(5))
    for part, piece in zip(order.tensor_split(5), dealt, strict=True):
        expected = piece_of(batch, part.sort().values)
        assert torch.equal(piece.rows, expected.rows)
        assert torch.equal(piece.batch.tokens, expected.batch.tokens)
        assert torch.equal(piece.batch.turn_of_token, expected.batch.turn_of_token)


def test_a_windowed_batch_can_be_moved_and_pinned(policy, store):
    batch = learning_rows(store, range(len(store)), policy.max_prompt)
    for moved in (batch.to("cpu"), batch.pin_memory()):
        assert isinstance(moved, WindowedBatch)
        assert isinstance(moved.episode, torch.Tensor)
        assert isinstance(moved.after.tokens, torch.Tensor)
