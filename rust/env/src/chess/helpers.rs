//! What scripts and tools ask about positions, which they give as FEN.

use super::fen::{fen, read_fen};
use super::game::{End, Game, legal_moves};
use super::notation::{Said, read_move, write_san};
use super::tablebase::{self, Distance};
use super::values::{self, Replies};
use super::{message, search};
use crate::{EnvError, Rng};
use cozy_chess::{Board, Move};

/// The deepest that [`search_move`] looks.
pub const MAX_DEPTH: u32 = search::MAX_DEPTH;

fn board(text: &str) -> Result<Board, EnvError> {
    read_fen(text).map_err(|reason| {
        let start: String = text.chars().take(80).collect();
        EnvError::Option(format!("{start:?} is no position as FEN: {reason}"))
    })
}

fn san(board: &Board, played: Move) -> String {
    let mut text = String::new();
    write_san(board, played, &mut text);
    text
}

/// All legal moves, in SAN.
///
/// # Errors
/// [`EnvError::Option`] unless it is a legal position.
pub fn legal(position: &str) -> Result<Vec<String>, EnvError> {
    let board = board(position)?;
    let mut moves = Vec::new();
    legal_moves(&board, |legal| moves.push(san(&board, legal)));
    Ok(moves)
}

/// The position after a move, written as an agent may write it; nothing if it is not legal.
///
/// # Errors
/// [`EnvError::Option`] unless `position` is a legal position.
pub fn after(position: &str, said: &str) -> Result<Option<String>, EnvError> {
    let mut board = board(position)?;
    Ok(match read_move(&board, said) {
        Said::Move(legal) => {
            board.play_unchecked(legal);
            Some(fen(&board))
        }
        Said::Ambiguous | Said::Illegal => None,
    })
}

/// Why the game is over, or nothing; repetitions apart, which no FEN tells.
///
/// # Errors
/// [`EnvError::Option`] unless it is a legal position.
pub fn ending(position: &str) -> Result<Option<&'static str>, EnvError> {
    let end = Game::new(board(position)?).end();
    Ok(end.map(|end| match end {
        End::Checkmate => "Checkmate",
        end => message(end, false).trim_end_matches(": a draw."),
    }))
}

/// The move of the built-in opponent in SAN; nothing where there is none.
///
/// # Errors
/// [`EnvError::Option`] unless it is a legal position and a depth from 1 to [`MAX_DEPTH`].
pub fn search_move(position: &str, depth: u32, seed: u64) -> Result<Option<String>, EnvError> {
    let game = Game::new(board(position)?);
    if !(1..=MAX_DEPTH).contains(&depth) {
        return Err(EnvError::Option(format!(
            "depth is {depth}: give a whole number from 1 to {MAX_DEPTH}"
        )));
    }
    let best = search::best_move(&game, depth, &mut Rng::new(seed, 0, 0));
    Ok(best.map(|best| san(game.board(), best)))
}

/// Plies to mate under best play, nothing in a draw.
///
/// # Errors
/// [`EnvError::Option`] unless it is a legal position of a three-piece ending.
pub fn distance(position: &str) -> Result<Option<u8>, EnvError> {
    match tablebase::distance(&board(position)?) {
        Some(Distance::Plies(plies)) => Ok(Some(plies)),
        Some(Distance::Draw) => Ok(None),
        None => Err(EnvError::Option(
            "distances are of a king and a queen, rook or pawn against a king".to_owned(),
        )),
    }
}

/// The moves that mate soonest, are mated last or keep the draw, in SAN; nothing beyond three-piece
/// endings.
///
/// # Errors
/// [`EnvError::Option`] unless it is a legal position.
pub fn best(position: &str) -> Result<Option<Vec<String>>, EnvError> {
    let board = board(position)?;
    let moves = tablebase::best_moves(&board);
    Ok(moves.map(|moves| moves.into_iter().map(|best| san(&board, best)).collect()))
}

/// The value of a three-piece ending to the side to move, which has the piece; nothing for other
/// positions. Replies are those of the best defence, or drawn evenly.
///
/// # Errors
/// [`EnvError::Option`] unless it is a legal position and a discount from 0 to 1.
pub fn value(position: &str, discount: f64, random: bool) -> Result<Option<f64>, EnvError> {
    let board = board(position)?;
    if !(0.0..=1.0).contains(&discount) {
        return Err(EnvError::Option(format!(
            "discount is {discount}: give a number from 0 to 1"
        )));
    }
    let replies = if random {
        Replies::Random
    } else {
        Replies::Worst
    };
    Ok(values::value(&board, discount, replies))
}
