"""Multi-step targets and the advantages beside them, on literal numbers worked out by hand."""

import math

import pytest
import torch
from torch import tensor

from archer import losses

NAN = float("nan")
# Two episodes: three turns to a termination, and one turn that was truncated.
REWARD = tensor([1.0, 2.0, 4.0, 1.0])
RATIO = tensor([0.5, 0.25, 1.0, 0.5])
ENDS = tensor([False, False, True, False])
FOLLOWS = tensor([True, True, False, False])


def close(actual, expected):
    torch.testing.assert_close(actual, tensor(expected), atol=1e-6, rtol=1e-6)


def test_backward_sum_stops_at_the_end_of_an_episode():
    # From the back: 1; 4; 2 + 0.5 * 4 = 4; 1 + 2 * 4 = 9. The last turns' factors are not used.
    factor = tensor([2.0, 0.5, NAN, 7.0])
    close(losses.backward_sum(REWARD, factor, FOLLOWS), [9.0, 4.0, 4.0, 1.0])
    twins = torch.stack([REWARD, 2 * REWARD])
    close(
        losses.backward_sum(twins, factor, FOLLOWS), [[9.0, 4.0, 4.0, 1.0], [18.0, 8.0, 8.0, 2.0]]
    )
    assert losses.backward_sum(tensor([]), tensor([]), tensor([]).bool()).shape == (0,)
    with pytest.raises(ValueError, match=r"factor has shape \(1,\), expected \(4,\)"):
        losses.backward_sum(REWARD, tensor([1.0]), FOLLOWS)


def test_the_ratio_of_an_utterance_is_the_product_of_its_tokens_cut_at_one():
    turn_of_token = tensor([[-1, 0, 0, -1, 1], [2, -1, 3, 3, -1]])
    behaviour = tensor([[0.0, -1.0, -2.0, 0.0, -3.0], [-1.0, 0.0, NAN, NAN, 0.0]])
    logprob = tensor([[9.0, -1.5, -2.0, 9.0, -1.0], [-1.0, 9.0, -5.0, -6.0, 9.0]])
    # exp(-0.5 + 0); exp(2) cut; exp(0); unknown.
    ratio = losses.utterance_ratio(logprob, behaviour, turn_of_token, 4)
    close(ratio, [math.exp(-0.5), 1.0, 1.0, 1.0])


def test_the_ratio_of_an_utterance_that_has_become_impossible_is_zero():
    zero = losses.utterance_ratio(tensor([[-math.inf]]), tensor([[-1.0]]), tensor([[0]]), 1)
    close(zero, [0.0])


def test_retrace():
    # With discount 0.5 and lambda 0.5: c = 0.5 * ratio = 0.25, 0.125, 0.5, 0.25.
    # delta = 1 + 0.5*4 - 2 = 1; 2 + 0.5*2 - 1 = 2; 4 - 3 = 1; 1 + 0.5*6 - 2 = 2.
    # sums: 2 | 1; 2 + 0.5*0.5*1 = 2.25; 1 + 0.5*0.125*2.25 = 1.140625.
    target = losses.retrace(
        REWARD,
        tensor([2.0, 1.0, 3.0, 2.0]),
        tensor([4.0, 2.0, NAN, 6.0]),
        RATIO,
        ENDS,
        FOLLOWS,
        0.5,
        0.5,
    )
    close(target, [3.140625, 3.25, 4.0, 4.0])


def test_retrace_with_lambda_zero_is_one_step_and_without_ratios_the_lambda_return():
    torch.manual_seed(0)
    q, v_next = torch.randn(2, 2, 4)
    one = torch.ones(4)
    torch.testing.assert_close(
        losses.retrace(REWARD, q, v_next, RATIO, ENDS, FOLLOWS, 0.9, 0.0),
        losses.td_target(REWARD, v_next, ENDS, 0.9),
    )
    # Lambda 1 on the policy's own utterances: where Q cancels V the rewards alone are left.
    v_next[:, :2] = q[:, 1:3]
    target = losses.retrace(REWARD, q, v_next, one, ENDS, FOLLOWS, 0.5, 1.0)
    close(target[:, :3], [[3.0, 4.0, 4.0], [3.0, 4.0, 4.0]])


def test_vtrace():
    # With discount 0.5 and lambda 0.5: rho = 0.5, 0.25, 1, 0.5 and c = 0.25, 0.125, 0.5, 0.25.
    # delta = 0.5*(1 + 0.5*1 - 2) = -0.25; 0.25*(2 + 0.5*3 - 1) = 0.625; 4 - 3 = 1;
    # 0.5*(1 + 0.5*6 - 2) = 1.
    # sums: 1 | 1; 0.625 + 0.5*0.125*1 = 0.6875; -0.25 + 0.5*0.25*0.6875 = -0.1640625.
    v, v_next = tensor([2.0, 1.0, 3.0, 2.0]), tensor([1.0, 3.0, NAN, 6.0])
    target = losses.vtrace(REWARD, v, v_next, RATIO, ENDS, FOLLOWS, 0.5, 0.5)
    close(target, [1.8359375, 1.6875, 4.0, 3.0])
    # r + 0.5 * the target of the next turn; after a truncation its value.
    q = losses.vtrace_q(REWARD, v_next, target, ENDS, FOLLOWS, 0.5)
    close(q, [1.84375, 4.0, 4.0, 4.0])


def test_vtrace_on_the_policys_own_utterances_is_gae_and_the_value():
    torch.manual_seed(0)
    v, v_next = torch.randn(2, 4), torch.randn(2, 4)
    target = losses.vtrace(REWARD, v, v_next, torch.ones(4), ENDS, FOLLOWS, 0.9, 0.7)
    for twin in range(2):
        gae = losses.gae(REWARD, v[twin], v_next[twin], ENDS, FOLLOWS, 0.9, 0.7)
        torch.testing.assert_close(target[twin], gae + v[twin])


def test_vtrace_leaves_the_value_where_the_policy_would_never_go():
    v = torch.randn(2, 4)
    target = losses.vtrace(REWARD, v, v + 1, torch.zeros(4), ENDS, FOLLOWS, 0.9, 0.9)
    torch.testing.assert_close(target, v)


def test_doubly_robust_mixes_how_it_ended_with_the_values():
    # Won with 1 after three turns, lambda 0.5: w = 0.25, 0.5, 1; discount 1:
    # deltas 0.6 - 0.2 = 0.4; 0.5 - 0.6 = -0.1; 1 - 0.5 = 0.5.
    # Lost after one turn: w = 0; 0 - 0.3.
    advantage = losses.doubly_robust(
        reward=tensor([0.0, 0.0, 1.0, 0.0]),
        v=tensor([0.2, 0.6, 0.5, 0.3]),
        v_next=tensor([0.6, 0.5, NAN, NAN]),
        terminated=tensor([False, False, True, True]),
        follows=FOLLOWS,
        discount=1.0,
        lam=0.5,
    )
    close(advantage, [0.25 + 0.75 * 0.4, 0.5 - 0.5 * 0.1, 1.0, -0.3])


def test_weights_of_awr_are_cut():
    # exp(0.5 * -2), exp(0), exp(0.5 * 1000) cut at 20.
    weight = losses.awr_weight(tensor([-2.0, 0.0, 1000.0]), 0.5, 20.0)
    close(weight, [math.exp(-1.0), 1.0, 20.0])
