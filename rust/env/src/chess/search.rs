//! The built-in opponent: alpha-beta search.

use cozy_chess::{Board, Move, Piece};

use super::evaluation::{VALUES, evaluate};
use super::game::{End, Game, insufficient_material, legal_moves};
use crate::Rng;

/// The deepest search that is offered.
pub const MAX_DEPTH: u32 = 5;
/// A search that has seen so many positions looks no further than to what stands on the board.
const MAX_NODES: u32 = 1_000_000;
/// A checkmate now; one that comes later is worth a little less.
const MATE: i32 = 1_000_000;
const INFINITY: i32 = 2 * MATE;
/// Captures are followed this far beyond the depth.
const MAX_CAPTURES: u32 = 12;

/// The best move at this depth, drawn among those as good; nothing if there is none.
///
/// Alpha-beta (Knuth and Moore, *An analysis of alpha-beta pruning*, 1975), captures searched to
/// their end. It is a function of the game, the depth and the stream alone.
pub fn best_move(game: &Game, depth: u32, rng: &mut Rng) -> Option<Move> {
    let mut search = Search {
        nodes: 0,
        moves: Vec::with_capacity(256),
    };
    let board = game.board();
    let mut roots = Vec::with_capacity(64);
    legal_moves(board, |legal| roots.push(legal));
    // Only better moves replace the best, so the first of those as good stays: any of them, as they
    // are shuffled.
    for last in (1..roots.len()).rev() {
        roots.swap(last, rng.below(last + 1));
    }
    roots.sort_by_cached_key(|&legal| -promise(board, legal));
    let mut best = None;
    let mut alpha = -INFINITY;
    for played in roots {
        let mut after = game.clone();
        after.play(played);
        let score = match after.end() {
            Some(End::Checkmate) => MATE,
            Some(_) => 0,
            None => -search.negamax(after.board(), depth.saturating_sub(1), -INFINITY, -alpha, 1),
        };
        if score > alpha {
            alpha = score;
            best = Some(played);
        }
    }
    best
}

struct Search {
    nodes: u32,
    /// The moves of all positions on the way, one after the other.
    moves: Vec<(i32, Move)>,
}

impl Search {
    /// The value of a position to the side to move, exact between `alpha` and `beta`.
    fn negamax(&mut self, board: &Board, depth: u32, mut alpha: i32, beta: i32, ply: i32) -> i32 {
        self.nodes += 1;
        let first = self.moves.len();
        if depth == 0 || self.nodes > MAX_NODES {
            if !board.generate_moves(|_| true) {
                return no_moves(board, ply);
            }
            return self.captures(board, MAX_CAPTURES, alpha, beta);
        }
        legal_moves(board, |legal| {
            self.moves.push((-promise(board, legal), legal));
        });
        if self.moves.len() == first {
            return no_moves(board, ply);
        }
        if board.halfmove_clock() >= 100 || insufficient_material(board) {
            self.moves.truncate(first);
            return 0;
        }
        self.moves[first..].sort_by_key(|&(promise, _)| promise);
        for index in first..self.moves.len() {
            let (_, played) = self.moves[index];
            let mut after = board.clone();
            after.play_unchecked(played);
            alpha = alpha.max(-self.negamax(&after, depth - 1, -beta, -alpha, ply + 1));
            if alpha >= beta {
                break;
            }
        }
        self.moves.truncate(first);
        alpha
    }

    /// The same once only captures and promotions are looked at, any of which may be left undone.
    fn captures(&mut self, board: &Board, depth: u32, mut alpha: i32, beta: i32) -> i32 {
        if insufficient_material(board) {
            return 0;
        }
        alpha = alpha.max(evaluate(board));
        if alpha >= beta || depth == 0 || self.nodes > MAX_NODES {
            return alpha;
        }
        self.nodes += 1;
        let first = self.moves.len();
        legal_moves(board, |legal| {
            let promise = promise(board, legal);
            if promise > 0 {
                self.moves.push((-promise, legal));
            }
        });
        self.moves[first..].sort_by_key(|&(promise, _)| promise);
        for index in first..self.moves.len() {
            let (_, played) = self.moves[index];
            let mut after = board.clone();
            after.play_unchecked(played);
            alpha = alpha.max(-self.captures(&after, depth - 1, -beta, -alpha));
            if alpha >= beta {
                break;
            }
        }
        self.moves.truncate(first);
        alpha
    }
}

fn no_moves(board: &Board, ply: i32) -> i32 {
    if board.checkers().is_empty() {
        0
    } else {
        ply - MATE
    }
}

/// How much a move wins at first sight: the most valuable victim by the least valuable attacker.
fn promise(board: &Board, legal: Move) -> i32 {
    let promoted = match legal.promotion {
        Some(Piece::Queen) => VALUES[Piece::Queen as usize],
        _ => 0,
    };
    // The crate writes castling as the king's taking his own rook.
    if !board.colors(!board.side_to_move()).has(legal.to) {
        return promoted;
    }
    let value = |square| {
        board
            .piece_on(square)
            .map_or(0, |piece| VALUES[piece as usize])
    };
    promoted + 10 * value(legal.to) + 1000 - value(legal.from)
}
