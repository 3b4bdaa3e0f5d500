"""The advantages of the on-policy methods on literal numbers that were worked out by hand."""

import pytest
import torch
from torch import tensor

from archer import losses

NAN = float("nan")


def close(actual, expected):
    torch.testing.assert_close(actual, tensor(expected), atol=1e-5, rtol=1e-5)


def test_turn_returns_stop_at_an_episodes_end():
    follows = tensor([True, False, True, False])
    close(losses.turn_returns(tensor([1.0, 2.0, 3.0, 4.0]), follows, 0.5), [2.0, 2.0, 5.0, 4.0])


def test_leave_one_out_compares_with_the_other_owners_of_the_group():
    # Group 0: owner 0 has 1 and 2, owner 1 has 4; group 1 has one owner.
    advantage = losses.leave_one_out(
        tensor([1.0, 2.0, 4.0, 8.0]), tensor([0, 0, 0, 1]), tensor([0, 0, 1, 2])
    )
    close(advantage, [1 - 4.0, 2 - 4.0, 4 - 1.5, 0.0])


def test_group_relative_divides_by_the_groups_deviation():
    value, group = tensor([1.0, 3.0, 5.0, 5.0, 7.0]), tensor([0, 0, 1, 1, 2])
    close(losses.group_relative(value, group, False), [-1.0, 1.0, 0.0, 0.0, 0.0])
    half = 0.5**0.5
    close(losses.group_relative(value, group, True), [-half, half, 0.0, 0.0, 0.0])


def test_scale_keeps_the_mean_on_its_side():
    close(losses.scale(tensor([1.0, 3.0])), [0.5**0.5, 3 * 0.5**0.5])
    close(losses.scale(tensor([2.0])), [2.0])


@pytest.mark.parametrize(("value", "expected"), [(0.25, 1.0), (-3.0, -1.0), (0.0, 0.0)])
def test_scale_of_values_that_are_all_alike_is_their_sign(value, expected):
    close(losses.scale(torch.full((8,), value)), [expected] * 8)


@pytest.mark.parametrize("clipped", [losses.clipped_ratio, losses.clipped_utterance_ratio])
def test_a_ratio_beyond_all_numbers_is_clipped_like_any_other(clipped):
    logprob = torch.full((1, 50), 2.0, requires_grad=True)  # of log-ratios of 2, 100 in all
    turn = torch.zeros(1, 50, dtype=torch.long)
    loss, fraction = clipped(logprob, torch.zeros(1, 50), torch.ones(1, 50), turn, 1, 0.2)
    loss.backward()
    assert torch.isfinite(loss)
    assert fraction == 1.0
    close(logprob.grad, torch.zeros(1, 50).tolist())


def test_token_gae_skips_observations_and_rewards_the_last_token():
    # Row 0 says two tokens, then one, and terminates; row 1 says one and is cut off.
    turn_of_token = tensor([[-1, 0, 0, -1, 1, -1], [-1, 2, -1, -1, -1, -1]])
    advantage = losses.token_gae(
        reward=tensor([-1.0, 2.0, 1.0]),
        v=tensor([[9.0, 1.0, 2.0, 9.0, 3.0, 9.0], [9.0, 4.0, 9.0, 9.0, 9.0, 9.0]]),
        v_last=tensor([NAN, 8.0]),
        terminated=tensor([False, True, False]),
        turn_of_token=turn_of_token,
        discount=0.5,
        lam=0.5,
    )
    # Errors of row 0: 0 + 2/2 - 1 = 0;  -1 + 3/2 - 2 = -1.5;  2 - 3 = -1.  Row 1: 1 + 8/2 - 4 = 1.
    close(advantage, [[0.0, -0.4375, -1.75, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])


def test_token_gae_goes_on_in_an_episodes_next_row():
    # The episodes of the test above, whose first has its second turn in a row of its own.
    advantage = losses.token_gae(
        reward=tensor([-1.0, 2.0, 1.0]),
        v=tensor([[9.0, 1.0, 2.0, 9.0], [9.0, 9.0, 3.0, 9.0], [9.0, 4.0, 9.0, 9.0]]),
        v_last=tensor([NAN, 8.0]),
        terminated=tensor([False, True, False]),
        turn_of_token=tensor([[-1, 0, 0, -1], [-1, -1, 1, -1], [-1, 2, -1, -1]]),
        discount=0.5,
        lam=0.5,
        episode=tensor([0, 0, 1]),
    )
    close(advantage, [[0.0, -0.4375, -1.75, 0.0], [0.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match=r"episode has shape \(1,\), expected \(2,\)"):
        losses.token_gae(
            tensor([1.0, 1.0]), tensor([[0.0, 0.0]]), tensor([0.0]), tensor([False, True]),
            tensor([[0, 1]]), 1.0, 1.0, tensor([0]),
        )  # fmt: skip


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"group has shape \(1,\), expected \(2,\)"):
        losses.group_relative(tensor([1.0, 2.0]), tensor([0]), True)
    with pytest.raises(ValueError, match=r"owner has shape \(1,\), expected \(2,\)"):
        losses.leave_one_out(tensor([1.0, 2.0]), tensor([0, 0]), tensor([0]))
    with pytest.raises(ValueError, match=r"v_last has shape \(2,\), expected \(1,\)"):
        losses.token_gae(
            tensor([1.0]), tensor([[0.0, 0.0]]), tensor([0.0, 0.0]), tensor([True]),
            tensor([[-1, 0]]), 1.0, 1.0,
        )  # fmt: skip
