"""Which baselines leave the policy gradient as it is, by enumeration of every batch of episodes.

An episode: go on with probability ``P`` or stop for a reward of 1; who went on says ``a`` with
probability ``Q`` for a reward of 3, else ``b`` for 0. So the policy decides when an episode stops.
"""

import itertools

import pytest
import torch
from torch import tensor

from archer import losses

P, Q, EPISODES = 0.1, 0.5, 4
# Of each way to go through an episode: its probability, rewards, and for each turn the derivative
# of the log-probability by the logits of going on and of a.
WAYS = (
    (1 - P, [1.0], [(-P, 0.0)]),
    (P * Q, [0.0, 3.0], [(1 - P, 0.0), (0.0, 1 - Q)]),
    (P * (1 - Q), [0.0, 0.0], [(1 - P, 0.0), (0.0, -Q)]),
)
TRUE = tensor([P * (1 - P) * (3 * Q - 1), P * Q * (1 - Q) * 3])


def expected_gradient(advantage_of):
    """Of the sum over turns of advantage times score, for an episode, over all batches."""
    total = torch.zeros(2)
    for batch in itertools.product(WAYS, repeat=EPISODES):
        probability = torch.tensor([way[0] for way in batch]).prod()
        reward = tensor([r for way in batch for r in way[1]])
        score = tensor([s for way in batch for s in way[2]])
        owner = tensor([i for i, way in enumerate(batch) for _ in way[1]])
        turn = tensor([t for way in batch for t in range(len(way[1]))])
        follows = losses.follows(owner, turn)
        advantage = advantage_of(reward, follows, owner, turn)
        total += probability * (advantage[:, None] * score).sum(0) / EPISODES
    return total


def test_returns_alone_are_unbiased():
    torch.testing.assert_close(
        expected_gradient(lambda r, f, *_: losses.turn_returns(r, f, 1.0)), TRUE
    )


def test_the_other_episodes_turns_are_unbiased():
    def advantage(reward, follows, owner, turn):
        returns = losses.turn_returns(reward, follows, 1.0)
        return losses.leave_one_out(returns, torch.zeros_like(owner), owner)

    # Beside nobody the advantage is 0, which never happens here: there are always others.
    torch.testing.assert_close(expected_gradient(advantage), TRUE)


def test_the_mean_of_all_turns_shrinks_both_turns_nearly_alike():
    def advantage(reward, follows, owner, turn):
        returns = losses.turn_returns(reward, follows, 1.0)
        return returns - returns.mean()

    factors = expected_gradient(advantage) / TRUE
    assert factors.tolist() == pytest.approx([0.638, 0.619], abs=1e-3)


def test_the_mean_of_each_turns_index_forgets_the_late_turns():
    def advantage(reward, follows, owner, turn):
        return losses.group_relative(losses.turn_returns(reward, follows, 1.0), turn, False)

    # 1 - 1/4 at the first turn; at the second 1 - 1/n with n - 1 of three others there too.
    others = sum(
        count * P**k * (1 - P) ** (3 - k) * (1 - 1 / (k + 1))
        for k, count in enumerate((1, 3, 3, 1))
    )
    factors = tensor([0.75, others])
    assert others == pytest.approx(0.140, abs=5e-4)
    torch.testing.assert_close(expected_gradient(advantage), TRUE * factors)


def test_rewards_less_the_mean_of_their_turns_index_say_nothing_of_stopping():
    """At a cost of 1 a turn going on costs 1 more, but every centred reward is 0."""

    def advantage(reward, follows, owner, turn):
        centred = losses.group_relative(torch.full_like(reward, -1.0), turn, False)
        return losses.turn_returns(centred, follows, 1.0)

    def returns(reward, follows, owner, turn):
        return losses.turn_returns(torch.full_like(reward, -1.0), follows, 1.0)

    torch.testing.assert_close(expected_gradient(advantage), torch.zeros(2))
    torch.testing.assert_close(expected_gradient(returns), tensor([-P * (1 - P), 0.0]))
