"""Random games against python-chess (https://python-chess.readthedocs.io), the tests' oracle.

It is a dependency of the tests alone.
"""

import random

import chess

import archer
from archer import _rust


def ending(board):
    """How the game ended by the rules that archer plays: claims are made at once."""
    if board.is_checkmate():
        return "Checkmate"
    if board.is_stalemate():
        return "Stalemate"
    if board.is_insufficient_material():
        return "Insufficient material"
    if board.is_repetition(3):
        return "Threefold repetition"
    return "Fifty-move rule" if board.is_fifty_moves() else None


def choose(board, rng, shuffle):
    """Any legal move; with probability ``shuffle`` the one that takes the last one back."""
    moves = list(board.legal_moves)
    if len(board.move_stack) > 1 and rng.random() < shuffle:
        last = board.move_stack[-2]
        back = chess.Move(last.to_square, last.from_square)
        if back in moves:
            return back
    return rng.choice(moves)


def check_moves(board, rng):
    """All legal moves are written alike, and read in UCI notation too; others are no moves."""
    fen = board.fen()
    assert sorted(_rust.chess_moves(fen)) == sorted(map(board.san, board.legal_moves))
    move = rng.choice(list(board.legal_moves))
    after = board.copy(stack=False)
    after.push(move)
    assert (
        _rust.chess_after(fen, move.uci()) == after.fen() == _rust.chess_after(fen, board.san(move))
    )
    other = chess.Move(rng.randrange(64), rng.randrange(64))
    pawn = board.piece_type_at(other.from_square) == chess.PAWN  # which may lack its promotion
    takes_rook = board.king(board.turn) == other.from_square  # which some write for castling
    if other not in board.legal_moves and not pawn and not takes_rook:
        assert _rust.chess_after(fen, other.uci()) is None


def play_games(env_id, count, seed, shuffle=0.0, **options):
    """Plays so many games and gives how they ended."""
    rng = random.Random(seed)
    envs = archer.make_vec(env_id, 1, seed, max_turns=1000, observation="moves", **options)
    ends = []
    for _ in range(count):
        (opening,) = envs.reset_at([0])
        board = chess.Board(envs.hidden([0])[0])
        agent = board.turn
        assert opening.startswith(f"You play {chess.COLOR_NAMES[agent]}.")
        over = False
        while not over:
            if rng.random() < 0.1:
                check_moves(board, rng)
            move = choose(board, rng, shuffle)
            said = rng.choice([board.san, board.lan, board.uci])(move)
            board.push(move)
            step = envs.step_at([0], [said])
            over, reward = step.terminated[0], step.rewards[0]
            assert not step.truncated[0]
            assert not step.infos["invalid"][0]
            *replies, last = step.observations[0].split("\n")
            if ending(board) is None:
                replies = [*replies, last] if not over else replies
                (reply,) = replies
                assert board.san(board.parse_san(reply)) == reply
                board.push_san(reply)
            assert envs.hidden([0]) == [board.fen()]
            end = ending(board)
            assert over == (end is not None)
        won = end == "Checkmate" and board.turn != agent
        assert last.startswith(f"{end}: ")
        assert reward == (0.5 if end != "Checkmate" else 1 if won else -1)
        assert step.infos["win"][0] == won
        ends.append(end)
    return ends
