"""The equations of CHAI and ILQL on numbers worked out by hand."""

import math

import pytest
import torch

from archer import losses


def test_the_value_of_proposals_is_the_best_of_the_lesser_twin():
    q = torch.tensor([[[1.0, 5.0, 2.0], [0.0, -1.0, -4.0]], [[3.0, 0.0, 2.5], [-2.0, -1.5, 9.0]]])
    # The lesser twins: (1, 0, 2) and (-2, -1.5, -4).
    assert losses.proposal_value(q).tolist() == [2.0, -1.5]


def test_the_conservative_term_of_utterances():
    stored = torch.tensor([[math.log(2.0), 0.0], [0.0, 0.0]])
    proposed = torch.tensor([[[math.log(3.0), 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    # First twin: log((3 + 1 + 2) / 2) and log 3; second: log 3 twice. Their means, summed.
    assert losses.conservative_utterances(stored, proposed).item() == pytest.approx(
        2 * math.log(3.0)
    )


def test_it_lowers_what_is_proposed_and_lifts_what_was_said():
    stored = torch.zeros(2, 3, requires_grad=True)
    proposed = torch.zeros(2, 3, 4, requires_grad=True)
    losses.conservative_utterances(stored, proposed).backward()
    # Each of five options has a fifth of the softmax, and there are three turns.
    torch.testing.assert_close(proposed.grad, torch.full((2, 3, 4), 1 / 15))
    torch.testing.assert_close(stored.grad, torch.full((2, 3), (1 / 5 - 1) / 3))


def test_the_conservative_term_of_tokens_is_a_cross_entropy():
    q = torch.tensor([[[0.0, math.log(3.0)]], [[math.log(7.0), 0.0]]])
    expected = math.log(4.0 / 3.0) + math.log(8.0)
    assert losses.conservative_tokens(q, torch.tensor([1])).item() == pytest.approx(expected)


def test_targets_of_tokens():
    # Two tokens inside an utterance, the last of one that goes on, of one that ended the task.
    target = losses.token_td_target(
        torch.tensor([5.0, 5.0, 5.0, -2.0]),
        torch.tensor([1.0, 2.0, 4.0, 8.0]),
        torch.tensor([False, False, True, True]),
        torch.tensor([False, True, False, True]),
        0.5,
    )
    assert target.tolist() == [1.0, 2.0, 7.0, -2.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: losses.conservative_utterances(torch.zeros(2, 3), torch.zeros(2, 4, 1)),
        lambda: losses.conservative_tokens(torch.zeros(2, 3, 5), torch.zeros(4, dtype=torch.long)),
        lambda: losses.token_td_target(
            torch.zeros(3), torch.zeros(3), torch.zeros(2) > 0, torch.zeros(3) > 0, 1.0
        ),
    ],
)
def test_shapes_are_checked(call):
    with pytest.raises(ValueError, match=r"has shape .*, expected"):
        call()
