"""Every loss on literal numbers that were worked out by hand."""

import math

import pytest
import torch
from torch import tensor

from archer import losses

NAN = float("nan")


def close(actual, expected):
    torch.testing.assert_close(actual, tensor(expected), atol=1e-6, rtol=1e-6)


def test_td_target_bootstraps_through_everything_but_termination():
    target = losses.td_target(
        reward=tensor([-1.0, -1.0, 0.0]),
        v_next=tensor([[-4.0, -2.0, -7.0], [-6.0, -3.0, -9.0]]),
        terminated=tensor([False, False, True]),
        discount=0.5,
    )
    close(target, [[-3.0, -2.0, 0.0], [-4.0, -2.5, 0.0]])


def test_td_target_takes_a_discount_for_each_turn():
    # Sums of 1, 2 and 3 rewards: 0.5, 0.25 and 0.125 of the value after them.
    steps = tensor([1, 2, 3])
    target = losses.td_target(
        reward=tensor([-1.0, -1.5, -1.75]),
        v_next=tensor([[-4.0, -4.0, -8.0], [-6.0, -8.0, -9.0]]),
        terminated=tensor([False, False, True]),
        discount=0.5**steps,
    )
    close(target, [[-3.0, -2.5, -1.75], [-4.0, -3.5, -1.75]])
    with pytest.raises(ValueError, match=r"discount has shape \(2,\), expected \(1,\)"):
        losses.td_target(tensor([1.0]), tensor([1.0]), tensor([False]), 0.5 ** steps[:2])


def test_td_target_ignores_a_value_after_termination_even_if_it_is_not_a_number():
    target = losses.td_target(tensor([2.0]), tensor([NAN]), tensor([True]), 0.9)
    close(target, [2.0])


def test_squared_error_sums_twins_and_weighs_turns():
    # First twin: (1*4 + 0.5*0)/2 = 2; second: (1*1 + 0.5*4)/2 = 1.5.
    loss = losses.squared_error(
        tensor([[1.0, 2.0], [0.0, 0.0]]), tensor([[3.0, 2.0], [1.0, 2.0]]), tensor([1.0, 0.5])
    )
    close(loss, 3.5)


def test_squared_error_gives_no_gradient_to_the_target():
    prediction = tensor([[1.0], [1.0]], requires_grad=True)
    target = tensor([[2.0], [0.0]], requires_grad=True)
    losses.squared_error(prediction, target, tensor([1.0])).backward()
    close(prediction.grad, [[-2.0], [2.0]])
    assert target.grad is None


def test_expectile_error_weighs_the_sides():
    # Targets above by 2 and below by 1: 2*0.9*4 = 7.2 and 2*0.1*1 = 0.2, mean 3.7, twice.
    prediction = tensor([[0.0, 0.0], [0.0, 0.0]])
    target = tensor([[2.0, -1.0], [2.0, -1.0]])
    close(losses.expectile_error(prediction, target, tensor([1.0, 1.0]), 0.9), 7.4)


def test_expectile_one_half_is_the_squared_error():
    prediction, target, weight = torch.randn(2, 5), torch.randn(2, 5), torch.rand(5)
    torch.testing.assert_close(
        losses.expectile_error(prediction, target, weight, 0.5),
        losses.squared_error(prediction, target, weight),
    )


def test_q_minus_v_takes_each_minimum_by_itself():
    advantage = losses.q_minus_v(
        tensor([[-3.0, -1.0], [-2.0, -5.0]]), tensor([[-4.0, -4.0], [-6.0, 1.0]])
    )
    close(advantage, [3.0, -1.0])


def test_td_advantage():
    advantage = losses.td_advantage(
        tensor([-1.0, 0.0]), tensor([-3.0, -1.0]), tensor([-2.0, 5.0]), tensor([False, True]), 0.5
    )
    close(advantage, [1.0, 1.0])


def test_gae_stops_at_row_ends_and_bootstraps_truncation():
    # The first episode, terminated: deltas are -1 + 0.5*-2 - -3 = 1 and 0 - -2 = 2;
    # A = [1 + 0.25*2, 2].
    # The same again, begun anew and truncated: -1 + 0.5*-4 - -1 = -2.
    advantage = losses.gae(
        reward=tensor([-1.0, 0.0, -1.0]),
        v=tensor([-3.0, -2.0, -1.0]),
        v_next=tensor([-2.0, 9.0, -4.0]),
        terminated=tensor([False, True, False]),
        follows=losses.follows(tensor([4, 4, 4]), tensor([0, 1, 0])),
        discount=0.5,
        lam=0.5,
    )
    close(advantage, [1.5, 2.0, -2.0])


def test_follows():
    same = losses.follows(tensor([3, 3, 3, 5, 5]), tensor([0, 1, 0, 1, 2]))
    assert same.tolist() == [True, False, False, True, False]
    assert losses.follows(tensor([]), tensor([])).tolist() == []


def test_gae_limits():
    torch.manual_seed(0)
    reward, v = torch.randn(6), torch.randn(6)
    v_next = torch.cat([v[1:], torch.zeros(1)])
    terminated = torch.arange(6) == 5
    follows = torch.arange(6) < 5
    torch.testing.assert_close(
        losses.gae(reward, v, v_next, terminated, follows, 0.9, 0.0),
        losses.td_advantage(reward, v, v_next, terminated, 0.9),
    )
    returns = torch.stack([sum(reward[t + k] * 0.9**k for k in range(6 - t)) for t in range(6)])
    torch.testing.assert_close(
        losses.gae(reward, v, v_next, terminated, follows, 0.9, 1.0), returns - v
    )


def test_standardize():
    close(losses.standardize(tensor([1.0, 2.0, 3.0])), [-1.0, 0.0, 1.0])
    close(losses.standardize(tensor([5.0])), [0.0])


def test_spread_gives_each_token_its_turns_value():
    close(
        losses.spread(tensor([10.0, 20.0]), tensor([[-1, 0, 0], [1, -1, -1]])),
        [[0.0, 10.0, 10.0], [20.0, 0.0, 0.0]],
    )


TURN_OF_TOKEN = tensor([[-1, 0, 0, -1, 1]])
LOGPROB = tensor([[9.0, -1.0, -2.0, 9.0, -0.5]])


def test_reinforce_sums_tokens_and_averages_turns():
    # -( (-1 - 2)*2 + (-0.5)*-4 ) / 2 = -(-6 + 2)/2 = 2
    advantage = losses.spread(tensor([2.0, -4.0]), TURN_OF_TOKEN)
    close(losses.reinforce(LOGPROB, advantage, TURN_OF_TOKEN, 2), 2.0)


def test_reinforce_gradient_reaches_only_utterances():
    logprob = LOGPROB.clone().requires_grad_()
    advantage = losses.spread(tensor([2.0, -4.0]), TURN_OF_TOKEN)
    losses.reinforce(logprob, advantage, TURN_OF_TOKEN, 2).backward()
    close(logprob.grad, [[0.0, -1.0, -1.0, 0.0, 2.0]])


def test_clipped_ratio():
    # Ratios 1.5 and 0.5, clip 0.2. A=+1: min(1.5, 1.2) = 1.2; A=-1: min(-0.5, -0.8) = -0.8.
    ratio = tensor([[1.5, 0.5, 1.1]])
    turn = tensor([[0, 1, 0]])
    advantage = losses.spread(tensor([1.0, -1.0]), turn)
    behaviour = torch.full((1, 3), -2.0)
    loss, outside = losses.clipped_ratio(
        behaviour + ratio.log(), behaviour, advantage, turn, 2, 0.2
    )
    close(loss, -(1.2 - 0.8 + 1.1) / 2)
    close(outside, 2 / 3)


def test_clipped_ratio_ignores_tokens_that_nobody_recorded():
    behaviour = tensor([[NAN, -1.0]])
    turn = tensor([[-1, 0]])
    loss, _ = losses.clipped_ratio(
        tensor([[0.0, -1.0]]), behaviour, tensor([[0.0, 3.0]]), turn, 1, 0.2
    )
    close(loss, -3.0)


def test_clipped_ratio_at_ratio_one_has_the_gradient_of_reinforce():
    advantage = losses.spread(tensor([2.0, -4.0]), TURN_OF_TOKEN)
    gradients = []
    for clipped in (True, False):
        logprob = LOGPROB.clone().requires_grad_()
        if clipped:
            loss, _ = losses.clipped_ratio(logprob, LOGPROB, advantage, TURN_OF_TOKEN, 2, 0.2)
        else:
            loss = losses.reinforce(logprob, advantage, TURN_OF_TOKEN, 2)
        loss.backward()
        gradients.append(logprob.grad)
    torch.testing.assert_close(*gradients)


def test_clipped_utterance_ratio():
    """Ratios of whole utterances 1.5, 0.5, 1.5, 0.9, with advantages 2, -1, -1, 3."""
    turn_of_token = torch.tensor([[-1, 0, 0, -1, 1], [2, -1, 3, 3, -1]])
    ratio = torch.tensor([[9.0, 1.25, 1.2, 9.0, 0.5], [1.5, 9.0, 1.0, 0.9, 9.0]])
    advantage = torch.tensor([[7.0, 1.0, 3.0, 7.0, -1.0], [-1.0, 7.0, 3.0, 3.0, 7.0]])
    behaviour = torch.full((2, 5), -2.0)
    logprob = (behaviour + ratio.log()).requires_grad_()
    loss, fraction = losses.clipped_utterance_ratio(
        logprob, behaviour, advantage, turn_of_token, 4, clip=0.2
    )
    # min(3, 2.4) + min(-0.5, -0.8) + min(-1.5, -1.2) + min(2.7, 2.7) = 2.8, of four turns.
    assert loss.item() == pytest.approx(-0.7)
    assert float(fraction) == pytest.approx(0.75)
    loss.backward()
    expected = torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0], [0.375, 0.0, -0.675, -0.675, 0.0]])
    torch.testing.assert_close(logprob.grad, expected)


def test_baseline_error():
    # ((1-0)^2 + (1-3)^2) for turn 0, (2-2)^2 for turn 1, over 2 turns.
    advantage = losses.spread(tensor([1.0, 2.0]), TURN_OF_TOKEN)
    baseline = tensor([[7.0, 0.0, 3.0, 7.0, 2.0]])
    close(losses.baseline_error(baseline, advantage, TURN_OF_TOKEN, 2), 2.5)


def test_kl_estimate():
    # d = log 2 and 0: 2 - 1 - log 2, over one turn.
    turn = tensor([[-1, 0, 0]])
    logprob = tensor([[5.0, -1.0, -1.0]])
    reference = tensor([[0.0, -1.0 + 0.6931472, -1.0]])
    close(losses.kl_estimate(logprob, reference, turn, 1), 1.0 - 0.6931472)


def test_the_gradient_of_the_kl_estimate_is_that_of_the_other_divergence():
    logits = tensor([0.5, -1.0, 2.0]).requires_grad_()
    policy, reference = logits.log_softmax(0), tensor([1.0, 1.0, -3.0]).log_softmax(0)
    one, token = torch.zeros(1, 1, dtype=torch.long), range(3)
    estimates = [
        losses.kl_estimate(policy[None, a : a + 1], reference[None, a : a + 1], one, 1)
        for a in token
    ]
    # The mean over the tokens that the policy samples, which are held fixed.
    mean = sum(p * estimate for p, estimate in zip(policy.exp().detach(), estimates, strict=True))
    (gradient,) = torch.autograd.grad(mean, logits, retain_graph=True)
    (expected,) = torch.autograd.grad((reference.exp() * (reference - policy)).sum(), logits)
    torch.testing.assert_close(gradient, expected)
    close(mean, (policy.exp() * (policy - reference)).sum().item())


def test_cloning_is_the_mean_over_utterance_tokens():
    close(losses.cloning(LOGPROB, TURN_OF_TOKEN), 3.5 / 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: losses.td_target(torch.zeros(3), torch.zeros(2, 4), torch.zeros(3).bool(), 0.9),
        lambda: losses.squared_error(torch.zeros(2, 3), torch.zeros(3), torch.ones(3)),
        lambda: losses.q_minus_v(torch.zeros(2, 3), torch.zeros(2, 4)),
        lambda: losses.reinforce(torch.zeros(2, 3), torch.zeros(6), torch.zeros(2, 3), 1),
    ],
)
def test_shapes_that_do_not_fit_are_named(call):
    with pytest.raises(ValueError, match=r"has shape \(.*\), expected \("):
        call()


@pytest.mark.parametrize(("value", "count"), [(-12.830282, 8), (-10.3, 10), (19.3, 7), (-0.9, 3)])
def test_equal_returns_have_no_advantage_whatever_the_rounding(value, count):
    same, group = torch.full((count,), value), torch.zeros(count, dtype=torch.long)
    own = torch.arange(count)
    nothing = torch.zeros(count)
    for advantage in (
        losses.standardize(same),
        losses.group_relative(same, group, True),
        losses.group_relative(same, group, False),
        losses.scale(losses.leave_one_out(same, group, own)),
    ):
        torch.testing.assert_close(advantage, nothing, atol=1e-6, rtol=0.0)


def test_only_an_unknown_behaviour_has_ratio_one():
    behaviour = torch.tensor([[0.0, float("nan")]])
    logprob, turns = torch.tensor([[-3.0, -1.0]]), torch.tensor([[0, 1]])
    close(losses.utterance_ratio(logprob, behaviour, turns, 2), [math.exp(-3.0), 1.0])
    broken = torch.full((1, 2), float("nan"))
    assert losses.utterance_ratio(broken, torch.zeros(1, 2), turns, 2).isnan().all()
