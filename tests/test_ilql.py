"""ILQL: what its updates do, how it acts, and that its values are right."""

import pytest
import torch

from archer import losses
from archer.algorithms.ilql import Tokens
from archer.algorithms.method import Setup
from archer.algorithms.steered import Steered
from archer.config import Config
from archer.env import make_vec
from archer.errors import ConfigError
from archer.evaluate import evaluation_episodes
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from offline_cases import (
    DISCOUNT,
    GAME,
    any_command,
    demonstrations,
    method,
    policy,
    streams,
    weights,
)

SMALL = {"critic_learning_rate": 1e-3, "batch_size": 6, "updates": 2, "polyak": 0.25}


def learner(actor=None, **settings):
    actor = actor or policy()
    return method("ilql", actor, demonstrations(actor)[1], **(SMALL | settings))


def test_a_token_is_followed_by_the_next_one_or_by_the_next_context():
    actor = policy()
    batch = demonstrations(actor, 3)[1].gather([0, 1, 2]).to("cpu")
    tokens = Tokens.of(batch)
    for turn in range(batch.num_turns):
        first, last = int(batch.context_end[turn]) + 1, int(batch.utterance_end[turn])
        mine = tokens.turn == turn
        assert tokens.column[mine].tolist() == list(range(first, last + 1))
        after = [*range(first, last), int(batch.next_context_end[turn])]
        assert tokens.next_column[mine].tolist() == after
        assert tokens.ends_turn[mine].tolist() == [False] * (last - first) + [True]


def test_an_update_moves_the_values_and_their_target_alone():
    ilql = learner()
    before = [weights(m) for m in (ilql.policy, ilql.values, ilql.target)]
    ilql.update()
    after = [weights(m) for m in (ilql.policy, ilql.values, ilql.target)]
    torch.testing.assert_close(after[0], before[0], atol=0, rtol=0)
    assert not torch.equal(after[1], before[1])
    torch.testing.assert_close(after[2], before[2] + 0.25 * (after[1] - before[2]))


def test_micro_batches_give_the_same_step():
    whole, pieces = learner(), learner()
    pieces.micro_batch_tokens = 150
    infos = []
    for ilql in (whole, pieces):
        ilql.optimizer = torch.optim.SGD(ilql.values.parameters(), lr=1e-2)
        ilql.config.critic_max_grad_norm = 1e9
        infos.append(ilql.update())
    torch.testing.assert_close(weights(pieces.values), weights(whole.values), atol=1e-5, rtol=1e-4)
    same = {"q_loss", "v_loss", "conservative", "q_mean", "grad_norm", "advantage_std"}
    assert {k: infos[1][k] for k in same} == pytest.approx({k: infos[0][k] for k in same}, rel=1e-3)


def test_without_perturbation_it_is_the_policy_to_the_bit():
    ilql = learner(perturbation=0.0)
    ilql.learn([], 0, Stopwatch())
    env = make_vec(GAME, 4, 0, max_turns=4)
    alone = evaluation_episodes(ilql.policy, env, 6, 3)
    steered = evaluation_episodes(ilql.policy, env, 6, 3, sampler=ilql.sampler)
    assert streams(steered) == streams(alone)


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_it_records_the_distribution_that_it_samples_from(family, model_folder):
    actor = policy(model=model_folder(family), temperature=0.7)
    ilql = learner(actor, perturbation=3.0, batch_size=2, updates=1)
    ilql.values.start_at(1.0)
    env = make_vec(GAME, 3, 0, max_turns=3)
    episodes = evaluation_episodes(actor, env, 5, 3, sampler=ilql.sampler)
    store = TrajectoryStore()
    store.extend([episode.trajectory for episode in episodes])
    batch = store.gather(list(range(5))).to("cpu")
    tokens = Tokens.of(batch)
    with torch.no_grad():
        mask = (torch.arange(batch.tokens.shape[1]) < batch.lengths[:, None]).long()
        logits = actor.model(batch.tokens, attention_mask=mask).logits
        states = ilql.target(batch.tokens, batch.lengths)
        before = states[tokens.row, tokens.column - 1]
        perturbed = logits[tokens.row, tokens.column - 1] / 0.7
        advantage = ilql.target.q(before).amin(0) - ilql.target.v(before)[:, None]
        expected = (perturbed + 3.0 * advantage).log_softmax(-1)
    said = batch.tokens[tokens.row, tokens.column]
    torch.testing.assert_close(
        batch.logprobs[tokens.row, tokens.column],
        expected.gather(1, said[:, None]).squeeze(1),
        atol=1e-4,
        rtol=1e-4,
    )


def test_it_needs_demonstrations():
    setup = Setup(policy(), TrajectoryStore(), Config(method="ilql"), torch.Generator())
    with pytest.raises(ConfigError, match="ilql learns from demonstrations"):
        type(learner())(setup)


def test_targets_from_exact_values_are_exact():
    """In a corridor where any command is said, V of the next context gives Q of each utterance."""
    store, v, q = any_command(policy(), 40)
    batch = store.gather(list(range(40))).to("cpu")
    tokens, going_on = Tokens.of(batch), losses.follows(batch.trajectory, batch.turn)
    # Terminated turns have no next one: whatever is said of it must not matter.
    v_next = torch.where(going_on, v.roll(-1), torch.tensor(99.0))
    target = losses.token_td_target(
        batch.reward[tokens.turn],
        v_next[tokens.turn],
        tokens.ends_turn,
        batch.terminated[tokens.turn],
        DISCOUNT,
    )
    known = (going_on | batch.terminated)[tokens.turn] & tokens.ends_turn
    assert known.sum() > 100
    torch.testing.assert_close(target[known], q[tokens.turn][known], atol=1e-5, rtol=1e-5)


def test_more_perturbation_says_more_of_what_q_prefers():
    ilql = learner()
    end = ilql.policy.end_token
    with torch.no_grad():
        for head in ilql.target.q_heads:
            torch.nn.init.zeros_(head[-1].weight)
            head[-1].bias.zero_()[end] = 1.0
    env = make_vec(GAME, 4, 0, max_turns=4)
    shares = []
    for beta in (0.0, 4.0, 16.0):
        episodes = evaluation_episodes(ilql.policy, env, 8, 3, sampler=Steered(ilql.target, beta))
        said = [e.trajectory for e in episodes]
        tokens = sum(len(t.logprobs) for t in said)
        shares.append(sum(t.num_turns for t in said) / tokens)
    assert shares[0] < shares[1] < shares[2] == 1.0
