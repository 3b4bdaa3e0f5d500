"""What keeps critics honest about what nobody said, and values of tokens: pure functions.

Shapes: ``N`` turns with ``K`` proposed utterances each, ``M`` tokens, ``V`` tokens to choose from.
Critics are twins, so their outputs begin with 2.
"""

from __future__ import annotations

import torch
from torch import Tensor

from archer.losses.shapes import check


def proposal_value(q: Tensor) -> Tensor:
    """V of a context as the best of what would be said: ``max_k min Q(s, a_k)`` over the twins.

    The target of CHAI (arXiv 2204.08426), which takes it from EMaQ (arXiv 2007.11091): a maximum
    over samples of the language model stays near what is said at all. (2, N, K) -> (N,).
    """
    return q.amin(dim=0).amax(dim=-1)


def conservative_utterances(stored: Tensor, proposed: Tensor) -> Tensor:
    """The conservative term of CQL (arXiv 2006.04779, eq. 4) among utterances.

    The mean over turns of ``logsumexp_k Q(s, a_k) - Q(s, a)``, summed over the twins, where the
    ``a_k`` are the proposals and the stored utterance ``a`` itself: never negative.
    Args: stored (2, N), proposed (2, N, K).
    """
    check("stored", stored, proposed.shape[:2])
    everything = torch.cat([proposed, stored.unsqueeze(-1)], dim=-1)
    return (everything.logsumexp(dim=-1) - stored).mean(dim=1).sum()


def conservative_tokens(q: Tensor, chosen: Tensor) -> Tensor:
    """The conservative term of ILQL (arXiv 2206.11871): the cross entropy of Q as logits.

    The mean over tokens of ``logsumexp Q(s, .) - Q(s, a)``, summed over the twins.
    Args: q (2, M, V), chosen (M,) token ids.
    """
    check("chosen", chosen, q.shape[1:2])
    taken = q.gather(-1, chosen.expand(2, -1).unsqueeze(-1)).squeeze(-1)
    return (q.logsumexp(dim=-1) - taken).mean(dim=1).sum()


def token_td_target(
    reward: Tensor, v_next: Tensor, ends_turn: Tensor, terminated: Tensor, discount: float
) -> Tensor:
    """One-step target of a token's Q (arXiv 2206.11871, sec. 4).

    Inside an utterance ``V(s')``; at its last token ``r + discount * (1 - terminated) * V(s')``
    with the turn's reward and V of the next turn's context. The discount is one per turn, so that V
    of a context means what it means to a critic of utterances (the paper discounts every token).

    Args:
        reward: (M,) of the turn that each token belongs to.
        v_next: (M,) V after the token; after an utterance's last one, V of the next context.
        ends_turn: (M,) bool: the last token of its utterance.
        terminated: (M,) bool: the turn ended the task.
        discount: per turn.

    Returns:
        (M,).
    """
    check("v_next", v_next, reward.shape)
    check("ends_turn", ends_turn, reward.shape)
    check("terminated", terminated, reward.shape)
    after = torch.where(terminated, torch.zeros_like(v_next), v_next)
    return torch.where(ends_turn, reward + discount * after, v_next)
