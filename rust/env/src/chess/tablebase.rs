//! Distances to mate in endings of three pieces, by retrograde analysis.

use std::sync::OnceLock;

use cozy_chess::{Board, Move, Rank};

use super::game::legal_moves;
use super::trio::{Ending, POSITIONS, Trio};

/// Nobody can be mated by force, or no legal position.
const DRAW: u8 = u8::MAX;
/// More than the plies of the longest win, which is the pawn's: 28 moves.
const LAYERS: usize = 64;

/// Plies to mate under best play of both sides, by [`Trio::index`].
struct Distances {
    /// The side with the piece is to move: odd.
    strong: Vec<u8>,
    /// The lone king is to move: even.
    lone: Vec<u8>,
}

/// How an ending of three pieces goes under best play of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// The lone king is mated after so many plies.
    Plies(u8),
    /// Nobody is.
    Draw,
}

/// Nothing for boards that are not a king and a queen, rook or pawn against a king.
pub fn distance(board: &Board) -> Option<Distance> {
    let (ending, trio, strong) = Trio::of(board)?;
    let distances = Distances::of(ending);
    let table = if board.side_to_move() == strong {
        &distances.strong
    } else {
        &distances.lone
    };
    Some(match table[trio.index()] {
        DRAW => Distance::Draw,
        plies => Distance::Plies(plies),
    })
}

/// The moves that mate soonest, or are mated last, or keep the draw; nothing beyond the tables.
pub fn best_moves(board: &Board) -> Option<Vec<Move>> {
    let (_, _, strong) = Trio::of(board)?;
    let attacks = board.side_to_move() == strong;
    let mut rated: Vec<(i32, Move)> = Vec::with_capacity(40);
    legal_moves(board, |legal| {
        let mut after = board.clone();
        after.play_unchecked(legal);
        // After a capture or a promotion to a minor piece it is a draw.
        let plies = match distance(&after) {
            Some(Distance::Plies(plies)) => i32::from(plies),
            _ => i32::from(DRAW),
        };
        rated.push((if attacks { plies } else { -plies }, legal));
    });
    let best = rated.iter().map(|&(rating, _)| rating).min()?;
    rated.retain(|&(rating, _)| rating == best);
    Some(rated.into_iter().map(|(_, legal)| legal).collect())
}

impl Distances {
    /// Found when they are first asked for, in a fraction of a second.
    fn of(ending: Ending) -> &'static Self {
        static TABLES: [OnceLock<Distances>; 3] = [const { OnceLock::new() }; 3];
        TABLES[ending as usize].get_or_init(|| Self::find(ending))
    }

    /// Goes backwards from the mates, one ply at a time (Thompson, *Retrograde analysis of certain
    /// endgames*, 1986).
    fn find(ending: Ending) -> Self {
        let mut found = Self {
            strong: vec![DRAW; POSITIONS],
            lone: vec![DRAW; POSITIONS],
        };
        let mut flights = vec![0; POSITIONS];
        // Positions at most so many plies from mate; those that are nearer are met before.
        let mut layers = vec![Vec::new(); LAYERS];
        for (index, flights) in flights.iter_mut().enumerate() {
            let trio = Trio::at(index);
            if trio.is_legal(ending, false) {
                *flights = trio.flights(ending).len();
                if trio.is_mated(ending) {
                    layers[0].push(index);
                }
            }
        }
        if ending == Ending::Pawn {
            promotions(&mut layers);
        }
        for plies in 0..LAYERS - 1 {
            for index in std::mem::take(&mut layers[plies]) {
                let before = found.settle(ending, index, plies, &mut flights);
                layers[plies + 1].extend(before);
            }
        }
        found
    }

    /// Notes the distance of a position that has none yet, and gives those one ply before it whose
    /// distance is thereby known.
    fn settle(
        &mut self,
        ending: Ending,
        index: usize,
        plies: usize,
        flights: &mut [u32],
    ) -> Vec<usize> {
        let trio = Trio::at(index);
        let strong_to_move = plies % 2 == 1;
        let table = if strong_to_move {
            &mut self.strong
        } else {
            &mut self.lone
        };
        if table[index] != DRAW {
            return Vec::new();
        }
        table[index] = u8::try_from(plies).unwrap_or(DRAW);
        if strong_to_move {
            // The lone king is lost once all his flights are; one that captures never is.
            let before = trio
                .lone_origins()
                .into_iter()
                .map(|from| trio.with_lone(from));
            before
                .filter(|before| before.is_legal(ending, false))
                .map(Trio::index)
                .filter(|&before| {
                    flights[before] -= 1;
                    flights[before] == 0
                })
                .collect()
        } else {
            let kings = trio
                .king_origins()
                .into_iter()
                .map(|from| trio.with_king(from));
            let pieces = trio
                .piece_origins(ending)
                .into_iter()
                .map(|from| trio.with_piece(from));
            kings
                .chain(pieces)
                .filter(|before| before.is_legal(ending, true))
                .map(Trio::index)
                .collect()
        }
    }
}

/// Adds the positions in which a promotion to a queen or rook wins.
fn promotions(layers: &mut [Vec<usize>]) {
    let pieces = [Ending::Queen, Ending::Rook].map(Distances::of);
    for index in 0..POSITIONS {
        let trio = Trio::at(index);
        if trio.piece.rank() != Rank::Seventh || !trio.is_legal(Ending::Pawn, true) {
            continue;
        }
        for to in trio.piece_steps(Ending::Pawn) {
            let after = trio.with_piece(to).index();
            let plies = pieces.iter().map(|distances| distances.lone[after]).min();
            if let Some(plies) = plies.filter(|&plies| plies != DRAW) {
                layers[usize::from(plies) + 1].push(index);
            }
        }
    }
}
