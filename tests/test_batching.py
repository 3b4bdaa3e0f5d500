"""Micro-batches: every row once, within the budget, cut where that costs least."""

from dataclasses import replace
from itertools import combinations, pairwise

import torch
from hypothesis import given
from hypothesis import strategies as st

from archer import batching
from archer.batching import micro_batches, turn_batches
from archer.types import TurnBatch

PASS_COST = 128
"""Of a CPU, in tokens."""


def batch_of(lengths):
    """One turn in each row, whose tokens are the row's number."""
    rows = torch.arange(len(lengths))
    widths = torch.tensor(lengths)
    inside = torch.arange(max(lengths)) < widths[:, None]
    number = torch.zeros(len(lengths))
    return TurnBatch(
        row=rows,
        context_end=torch.zeros_like(rows),
        utterance_end=widths - 2,
        next_context_end=widths - 1,
        reward=rows.float(),
        steps=torch.ones_like(rows),
        terminated=torch.ones_like(rows, dtype=torch.bool),
        truncated=torch.zeros_like(rows, dtype=torch.bool),
        policy_version=torch.zeros_like(rows),
        turn=torch.zeros_like(rows),
        trajectory=rows,
        weight=number + 1,
        tokens=torch.where(inside, rows[:, None], 0),
        lengths=widths,
        turn_of_token=torch.where(inside, rows[:, None], -1),
        logprobs=torch.zeros_like(inside, dtype=torch.float32),
    )


def cost_of(pieces):
    return sum(len(piece) * max(piece) + PASS_COST for piece in pieces)


def least_cost(lengths, tokens):
    """Over every way to cut the sorted rows."""
    lengths = sorted(lengths)
    costs = []
    for count in range(len(lengths)):
        for cuts in combinations(range(1, len(lengths)), count):
            ends = [0, *cuts, len(lengths)]
            pieces = [lengths[a:b] for a, b in pairwise(ends)]
            if all(len(piece) * max(piece) <= tokens or len(piece) == 1 for piece in pieces):
                costs.append(cost_of(pieces))
    return min(costs)


@given(
    st.lists(st.integers(3, 400), min_size=1, max_size=8),
    st.integers(1, 2000),
)
def test_pieces_hold_every_row_once_and_cost_the_least(lengths, tokens):
    batch = batch_of(lengths)
    pieces = list(micro_batches(batch, tokens))
    assert sorted(row for piece in pieces for row in piece.rows.tolist()) == list(
        range(len(lengths))
    )
    for piece in pieces:
        assert piece.batch.tokens.numel() <= tokens or len(piece.rows) == 1
        assert piece.batch.lengths.tolist() == [lengths[row] for row in piece.rows]
        assert piece.batch.tokens.shape[1] == max(piece.batch.lengths)
        assert torch.equal(piece.batch.reward, piece.turns.float())
        assert torch.equal(piece.batch.tokens[:, 0], piece.rows)
        assert torch.equal(piece.batch.row, torch.arange(len(piece.rows)))
    assert cost_of([piece.batch.lengths.tolist() for piece in pieces]) == least_cost(
        lengths, tokens
    )


def test_rows_of_unlike_length_are_parted_though_they_would_fit():
    pieces = list(micro_batches(batch_of([30, 300, 31, 290, 30]), 8192))
    assert [piece.rows.tolist() for piece in pieces] == [[0, 2, 4], [1, 3]]


def test_without_a_budget_a_batch_is_one_piece():
    batch = batch_of([30, 300, 31])
    (piece,) = micro_batches(batch, None)
    assert piece.batch is batch
    assert piece.rows.tolist() == piece.turns.tolist() == [0, 1, 2]


def test_where_passes_are_dear_rows_that_fit_stay_together(monkeypatch):
    monkeypatch.setattr(batching, "_PASS_COST", {})  # as on a device that is no CPU
    pieces = list(micro_batches(batch_of([30, 300, 31, 290, 30]), 1500))
    assert len(pieces) == 1


@given(st.lists(st.integers(3, 60), min_size=1, max_size=6), st.integers(1, 600))
def test_turn_batches_hold_every_turn_once_and_keep_to_the_budget(lengths, tokens):
    batch = turns_in_threes(lengths)
    seen = []
    for piece in turn_batches(batch, tokens):
        part = piece.batch
        seen += piece.turns.tolist()
        assert torch.equal(part.reward, batch.reward[piece.turns])
        assert torch.equal(piece.rows[part.row], batch.row[piece.turns])
        said = part.turn_of_token >= 0
        owners = piece.turns[part.turn_of_token[said]]
        rows, columns = said.nonzero(as_tuple=True)
        assert torch.equal(batch.turn_of_token[piece.rows[rows], columns], owners)
        contexts = part.next_context_end.max() + 1
        utterances = (part.utterance_end - part.context_end).max()
        assert len(piece.turns) * (2 * contexts + utterances) <= tokens or part.num_turns == 1
    assert sorted(seen) == list(range(batch.num_turns))


def turns_in_threes(lengths):
    """Three turns in each row: every utterance and observation takes as many tokens as is said."""
    batch = batch_of([6 * length + 1 for length in lengths])
    turns = torch.arange(3 * len(lengths))
    size = torch.tensor(lengths).repeat_interleave(3)
    start = 2 * size * (turns % 3)
    column = torch.arange(batch.tokens.shape[1]) - 1
    piece = column // torch.tensor(lengths)[:, None]
    said = (piece % 2 == 0) & (piece >= 0) & (piece < 6)
    number = 3 * torch.arange(len(lengths))[:, None] + piece // 2
    per_turn = {
        name: getattr(batch, name).repeat_interleave(3)
        for name in ("steps", "terminated", "truncated", "trajectory", "policy_version", "weight")
    }
    return replace(
        batch,
        **per_turn,
        row=turns // 3,
        turn=turns % 3,
        reward=turns.float(),
        context_end=start,
        utterance_end=start + size,
        next_context_end=start + 2 * size,
        turn_of_token=torch.where(said, number, -1),
    )
