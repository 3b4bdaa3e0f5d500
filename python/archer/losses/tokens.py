"""Advantages of tokens: pure functions of tensors.

Shapes: ``N`` turns, ``B`` rows of ``L`` tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer.losses.advantages import gae
from archer.losses.shapes import check


def token_gae(
    reward: Tensor,
    v: Tensor,
    v_last: Tensor,
    terminated: Tensor,
    turn_of_token: Tensor,
    discount: float,
    lam: float,
    episode: Tensor | None = None,
) -> Tensor:
    """Generalised advantage estimation over the tokens of a whole episode's utterances.

    The actions of an episode are the tokens of its utterances, one after the other. Observations
    are none: what follows the last token of an utterance is the state in which the next utterance's
    first token is chosen, with the observation read. A turn's reward comes with its utterance's
    last token.

    Args:
        reward: (N,).
        v: (B, L) value of the state in which each token was chosen, which is before the token.
        v_last: (E,) value of the state after each whole episode; ignored where terminated.
        terminated: (N,) bool.
        turn_of_token: (B, L), -1 outside utterances; turns are ordered by episode and time.
        discount: per token.
        lam: per token.
        episode: (N,) int64 of each turn, from 0 to ``E - 1``, where an episode lies in several
            rows; by default each row is one.

    Returns:
        (B, L) advantages, 0 outside utterances.
    """
    check("turn_of_token", turn_of_token, v.shape)
    check("terminated", terminated, reward.shape)
    action = turn_of_token >= 0
    turn, owner = turn_of_token[action], action.nonzero()[:, 0]
    if episode is None:
        check("v_last", v_last, v.shape[:1])
    else:
        check("episode", episode, reward.shape)
        owner = episode[turn]
    last_of_all, last_of_turn = _changes(owner), _changes(turn)
    now = v[action]
    after = torch.where(last_of_all, v_last[owner], now.roll(-1))
    advantage = torch.zeros_like(v)
    advantage[action] = gae(
        torch.where(last_of_turn, reward[turn], torch.zeros_like(now)),
        now,
        after,
        terminated[turn] & last_of_turn,
        ~last_of_all,
        discount,
        lam,
    )
    return advantage


def _changes(label: Tensor) -> Tensor:
    """Whether the next has another label: (K,) -> (K,) bool, True for the last."""
    return torch.cat([label[1:] != label[:-1], label.new_ones(1, dtype=torch.bool)])
