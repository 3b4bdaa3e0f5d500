//! The exact values of endings of three pieces to the side that has the piece.

use std::sync::{Arc, Mutex, PoisonError};

use cozy_chess::{Board, Rank};

use super::trio::{Ending, POSITIONS, Trio};
use super::{DRAW, WIN};

/// So many tables are kept, of 4 MB each.
const KEPT: usize = 8;
/// Sweeps stop when nothing changes by more than this.
const TOLERANCE: f64 = 1e-10;
const MAX_SWEEPS: usize = 10_000;

/// How the lone king moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replies {
    /// To the least value of the other side.
    Worst,
    /// To any legal square, evenly.
    Random,
}

/// Values of all positions of an ending under the best play of the side with the piece.
struct Values {
    /// What it is worth to be to move, once discounted; of a stalemate what it pays.
    left: Vec<f64>,
    /// What the turn is worth after one's move, the reply and all that follows included.
    moved: Vec<f64>,
}

/// The value to the side to move, which has the piece: 1 for a mate, 0.5 for a draw, discounted by
/// turn. Without the fifty-move rule and repetitions: what never ends is worth nothing, and a draw
/// if `discount` is 1. Nothing for any other board.
pub fn value(board: &Board, discount: f64, replies: Replies) -> Option<f64> {
    let (ending, trio, strong) = Trio::of(board)?;
    if board.side_to_move() != strong {
        return None;
    }
    let values = Values::of(ending, discount, replies);
    let promoted = promoted(ending, discount, replies);
    values.best(ending, trio, &promoted)
}

type Promoted = Option<[Arc<Values>; 2]>;

/// What a pawn can become.
fn promoted(ending: Ending, discount: f64, replies: Replies) -> Promoted {
    (ending == Ending::Pawn)
        .then(|| [Ending::Queen, Ending::Rook].map(|piece| Values::of(piece, discount, replies)))
}

impl Values {
    /// Kept from earlier, or found now.
    fn of(ending: Ending, discount: f64, replies: Replies) -> Arc<Self> {
        type Key = (Ending, u64, Replies);
        static TABLES: Mutex<Vec<(Key, Arc<Values>)>> = Mutex::new(Vec::new());
        let key = (ending, discount.to_bits(), replies);
        let tables = || TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = tables().iter().find(|(known, _)| *known == key) {
            return Arc::clone(known);
        }
        let found = Arc::new(Self::find(ending, discount, replies));
        let mut tables = tables();
        if tables.len() == KEPT {
            tables.remove(0);
        }
        tables.push((key, Arc::clone(&found)));
        found
    }

    /// Value iteration (Shapley, *Stochastic games*, 1953), each half-sweep with the values of the
    /// one before it.
    fn find(ending: Ending, discount: f64, replies: Replies) -> Self {
        let promoted = promoted(ending, discount, replies);
        let legal = |strong_to_move| -> Vec<usize> {
            (0..POSITIONS)
                .filter(|&index| Trio::at(index).is_legal(ending, strong_to_move))
                .collect()
        };
        let (strong, lone) = (legal(true), legal(false));
        // From below: what can be put off for ever is worth nothing at once.
        let start = if discount < 1.0 { 0.0 } else { DRAW };
        let mut values = Self {
            left: vec![start; POSITIONS],
            moved: vec![0.0; POSITIONS],
        };
        for _ in 0..MAX_SWEEPS {
            for &index in &lone {
                values.moved[index] = values.reply(ending, Trio::at(index), replies);
            }
            let mut change = 0.0_f64;
            for &index in &strong {
                let best = values.best(ending, Trio::at(index), &promoted);
                let left = best.map_or(DRAW, |best| discount * best);
                change = change.max((left - values.left[index]).abs());
                values.left[index] = left;
            }
            if change < TOLERANCE {
                break;
            }
        }
        values
    }

    /// The value to the side to move; nothing if it is stalemated.
    fn best(&self, ending: Ending, trio: Trio, promoted: &Promoted) -> Option<f64> {
        let kings = trio.king_steps().into_iter();
        let kings = kings.map(|to| self.moved[trio.with_king(to).index()]);
        let pieces = trio.piece_steps(ending).into_iter().map(|to| {
            let after = trio.with_piece(to).index();
            match promoted {
                // A knight or a bishop draws at once.
                Some(pieces) if to.rank() == Rank::Eighth => pieces
                    .iter()
                    .map(|piece| piece.moved[after])
                    .fold(DRAW, f64::max),
                _ => self.moved[after],
            }
        });
        kings.chain(pieces).reduce(f64::max)
    }

    /// The value to the other side of the lone king's being to move.
    fn reply(&self, ending: Ending, trio: Trio, replies: Replies) -> f64 {
        let flights = trio.flights(ending);
        if flights.is_empty() {
            return if trio.is_mated(ending) { WIN } else { DRAW };
        }
        let values = flights.into_iter().map(|to| {
            if to == trio.piece {
                DRAW
            } else {
                self.left[trio.with_lone(to).index()]
            }
        });
        match replies {
            Replies::Worst => values.fold(f64::INFINITY, f64::min),
            Replies::Random => values.sum::<f64>() / f64::from(flights.len()),
        }
    }
}
