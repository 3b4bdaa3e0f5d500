"""Chess: texts to the letter, rules against python-chess, tables against one-ply look-ahead."""

import random
from pathlib import Path

import chess
import numpy as np
import pytest

import archer
from archer import _rust
from archer.env import optimal_value, scripted
from archer.errors import ActionError, OptionError
from chess_oracle import play_games
from env_cases import play

SCHOLAR = """\
You play white. Say one move, such as Nf3.
r1bqkb1r/pppp1ppp/2n2n2/4p2Q/2B1P3/8/PPPP1PPP/RNB1K1NR w KQkq - 4 4
> Qf6 -1.0
r1bqkb1r/pppp1ppp/2n2n2/4p2Q/2B1P3/8/PPPP1PPP/RNB1K1NR w KQkq - 4 4
Not a legal move.
> Q x f 7 1.0
r1bqkb1r/pppp1Qpp/2n2n2/4p3/2B1P3/8/PPPP1PPP/RNB1K1NR b KQkq - 0 4
Checkmate: you win.
"""
THREE = ("KQvK", "KRvK", "KPvK")


def test_golden_episode():
    env = archer.make("chess")
    fen = "r1bqkb1r/pppp1ppp/2n2n2/4p2Q/2B1P3/8/PPPP1PPP/RNB1K1NR w KQkq - 4 4"
    text, info = env.reset(options={"fen": fen})
    assert info == {"hidden": fen}
    for said in ("Qf6", "Q x f 7"):
        observation, reward, terminated, truncated, info = env.step(said)
        text += f"> {said} {reward}\n{observation}\n"
        assert info["invalid"] == (said == "Qf6")
    assert text == SCHOLAR
    assert (terminated, truncated, info["win"]) == (True, False, True)


FEW = ["KRvKR", "KQvKQ", "KRPvKR", "KPPvKPP", "KBvKB", "KNNvK"]
ALPHA_BETA = {"opponent": "alpha_beta", "depth": 1}


def check_games(scale):
    """Games of all kinds, with and without moves that repeat positions."""
    ends = play_games("chess", 15 * scale, 1, colour="random")
    ends += play_games("chess", 20 * scale, 2, 0.95, **ALPHA_BETA)
    ends += play_games("chess_endgames", 80 * scale, 3, 0.5, pieces=FEW, colour="random")
    ends += play_games("chess_endgames", 60 * scale, 4, 0.95, pieces=FEW, **ALPHA_BETA)
    assert len(set(ends)) == 5


def test_games_agree_with_python_chess():
    check_games(1)


@pytest.mark.slow
def test_thousands_of_games_agree_with_python_chess():
    check_games(30)


def positions(pieces, count, seed):
    """Three-piece endings with either side to move, by python-chess."""
    rng = random.Random(seed)
    found = []
    while len(found) < count:
        board = chess.Board(None)
        symbols = pieces.replace("v", "")[:-1] + "k"
        for symbol, square in zip(symbols, rng.sample(range(64), 3), strict=True):
            board.set_piece_at(square, chess.Piece.from_symbol(symbol))
        board.turn = rng.random() < 0.5
        if board.is_valid():
            found.append(board if rng.random() < 0.5 else board.mirror())
    return found


def following(board):
    """The positions after each legal move."""
    for move in board.legal_moves:
        after = board.copy(stack=False)
        after.push(move)
        yield after


@pytest.mark.parametrize("pieces", THREE)
def test_distances_to_mate_are_one_more_than_those_of_the_best_moves(pieces):
    for board in positions(pieces, 150, 5):
        plies = []
        for after in following(board):
            drawn = after.is_insufficient_material()
            plies.append(None if drawn else _rust.chess_distance(after.fen()))
        strong = board.turn == bool(board.occupied_co[True].bit_count() == 2)
        known = [p for p in plies if p is not None]
        if board.is_checkmate():
            expected = 0
        elif strong:
            expected = 1 + min(known) if known else None
        else:
            expected = 1 + max(known) if plies and len(known) == len(plies) else None
        assert _rust.chess_distance(board.fen()) == expected, board.fen()


@pytest.mark.parametrize("opponent", ["random", "optimal"])
@pytest.mark.parametrize("pieces", THREE)
def test_values_are_those_of_the_best_move_and_its_replies(pieces, opponent):
    discount = 0.9

    def left(board):
        """The value to the strong side of being to move, once the reward before it is in."""
        if board.is_insufficient_material() or board.is_stalemate():
            return 0.5
        return discount * _rust.chess_value(board.fen(), discount, opponent == "random")

    def replied(board):
        if board.is_checkmate():
            return 1.0
        if board.is_stalemate() or board.is_insufficient_material():
            return 0.5
        values = [left(after) for after in following(board)]
        return np.mean(values) if opponent == "random" else min(values)

    for board in positions(pieces, 30, 6):
        strong = board.turn == bool(board.occupied_co[True].bit_count() == 2)
        if not strong or board.is_stalemate():
            assert not strong or _rust.chess_moves(board.fen()) == []
            continue
        texts = [f"You play.\n{board.fen()}\n"]
        value = optimal_value("chess_endgames", texts, discount, opponent=opponent)
        assert value == pytest.approx(max(map(replied, following(board))), abs=1e-8), board.fen()


@pytest.mark.parametrize("observation", ["fen", "moves"])
def test_optimal_wins_against_the_best_defence_what_the_value_says(observation):
    options = {"opponent": "optimal", "observation": observation, "colour": "random"}
    envs = archer.make_vec("chess_endgames", 30, seed=2, **options)
    returns, dialogues = play(scripted("chess_endgames", "optimal"), envs, 1)
    assert returns.tolist() == [1.0] * 30
    for texts in dialogues:
        turns = len(texts) // 2
        for turn in range(turns):
            value = optimal_value("chess_endgames", texts[: 2 * turn + 1], 0.99, **options)
            assert value == pytest.approx(0.99 ** (turns - turn - 1))
        assert optimal_value("chess_endgames", texts, 0.99, **options) == 0.0


def test_scripts_are_reproducible_and_better_the_more_they_know():
    returns = {}
    for name in ("best", "noisy", "random"):
        made = [archer.make_vec("chess", 20, seed=3, observation="moves") for _ in range(2)]
        runs = [play(scripted("chess", name, seed=7, depth=2), envs, 1) for envs in made]
        assert runs[0][1] == runs[1][1]
        returns[name] = runs[0][0].mean()
    assert returns["best"] > 0.9
    assert returns["best"] > returns["noisy"] > returns["random"]


def test_what_scripts_and_values_do_not_know_is_refused():
    env = archer.make_vec("chess_endgames", 1, pieces="KQvKR")
    (opening,) = env.reset()[0]
    policy = scripted("chess_endgames", "optimal")
    policy.begin([0])
    with pytest.raises(ActionError, match="no best play is known of"):
        policy.act([0], [opening])
    policy.begin([0])
    with pytest.raises(ActionError, match="tells no position"):
        policy.act([0], ["hello"])
    best = scripted("chess_endgames", "best", depth=1)
    best.begin([0])
    assert best.act([0], [opening])[0] in _rust.chess_moves(opening.splitlines()[-1])
    with pytest.raises(OptionError, match="no exact value of"):
        optimal_value("chess_endgames", [opening])
    with pytest.raises(OptionError, match="no exact values against opponent 'uci'"):
        optimal_value("chess_endgames", [opening], opponent="uci")
    with pytest.raises(OptionError, match="depth is 6"):
        scripted("chess", "best", depth=6)
    with pytest.raises(OptionError, match="no position as FEN"):
        _rust.chess_moves("e4")


def test_an_engine_is_named_by_its_path():
    engine = Path(__file__).parents[1] / "rust/env/tests/data/engine.sh"
    options = {"engine": str(engine), "engine_options": {"Moves": "e7e5 b8c6"}, "nodes": 10}
    env = archer.make("chess", opponent="uci", observation="moves", **options)
    env.reset()
    assert [env.step(move)[0] for move in ("e4", "Nf3")] == ["e5", "Nc6"]
    with pytest.raises(OptionError, match="it does not start"):
        archer.make("chess", opponent="uci", engine="/no/such/engine")
    with pytest.raises(OptionError, match="give random, alpha_beta, uci, optimal"):
        archer.make("chess", opponent="stockfish")
