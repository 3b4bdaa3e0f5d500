//! Endgame positions, drawn by the pieces that are on the board.

use cozy_chess::{Board, BoardBuilder, Color, Piece, Square};
use serde_json::Value;

use super::game::{Game, kings_apart};
use super::opponent::abridged;
use super::trio::Ending;
use crate::task::Options;
use crate::{EnvError, Rng};

/// Two of the sets of LMRL-Gym's, those with exact values.
const DEFAULT: [&str; 2] = ["KQvK", "KRvK"];
const MAX_PIECES: usize = 8;
/// Far more draws than any set of so few pieces takes to be legal.
const MAX_DRAWS: usize = 10_000;

/// The pieces of the agent, and those of the opponent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces([Vec<Piece>; 2]);

impl Pieces {
    /// The sets of the option `pieces`: a text such as `KQvK`, the agent's first, or a list of them.
    ///
    /// # Errors
    /// [`EnvError::Option`] for anything else, or pieces with which no game can be played.
    pub fn sets(options: &Options) -> Result<Vec<Self>, EnvError> {
        let names: Vec<&Value> = match options.get("pieces") {
            None => return DEFAULT.into_iter().map(Self::read).collect(),
            Some(Value::Array(names)) => names.iter().collect(),
            Some(name) => vec![name],
        };
        if names.is_empty() {
            return Err(unreadable("[]"));
        }
        let read = |name: &&Value| {
            let text = name.as_str().ok_or_else(|| unreadable(&abridged(name)))?;
            Self::read(text)
        };
        names.iter().map(read).collect()
    }

    fn read(name: &str) -> Result<Self, EnvError> {
        let refuse = || unreadable(&abridged(&Value::from(name)));
        let (own, other) = name.split_once('v').ok_or_else(refuse)?;
        let side = |letters: &str| -> Option<Vec<Piece>> {
            let letters = letters.chars().map(|letter| {
                let small = letter
                    .is_ascii_uppercase()
                    .then(|| letter.to_ascii_lowercase())?;
                Piece::try_from(small).ok()
            });
            letters.collect()
        };
        let sides = [
            side(own).ok_or_else(refuse)?,
            side(other).ok_or_else(refuse)?,
        ];
        let kings = |side: &Vec<Piece>| side.iter().filter(|&&piece| piece == Piece::King).count();
        if sides.iter().any(|side| kings(side) != 1) || sides.concat().len() > MAX_PIECES {
            return Err(refuse());
        }
        let pieces = Self(sides);
        if pieces.draw(Color::White, &mut Rng::new(0, 0, 0)).is_none() {
            return Err(EnvError::Option(format!(
                "pieces is {name:?}, with which no game can be played: give more pieces"
            )));
        }
        Ok(pieces)
    }

    /// A king and a queen, rook or pawn against a king, or the other way round.
    pub fn has_table(&self) -> bool {
        let pieces = self.0.concat();
        pieces.len() == 3 && pieces.into_iter().any(|piece| Ending::of(piece).is_some())
    }

    /// A legal position that is not over, with the agent to move and not in check: any, evenly.
    pub fn draw(&self, agent: Color, rng: &mut Rng) -> Option<Board> {
        (0..MAX_DRAWS).find_map(|_| {
            let mut builder = BoardBuilder::empty();
            builder.side_to_move = agent;
            for (pieces, color) in self.0.iter().zip([agent, !agent]) {
                for &piece in pieces {
                    let square = builder.square_mut(anywhere(piece, rng));
                    if square.replace((piece, color)).is_some() {
                        return None;
                    }
                }
            }
            let board = builder.build().ok()?;
            let playable = kings_apart(&board)
                && board.checkers().is_empty()
                && Game::new(board.clone()).end().is_none();
            playable.then_some(board)
        })
    }
}

fn anywhere(piece: Piece, rng: &mut Rng) -> Square {
    Square::index_const(match piece {
        Piece::Pawn => 8 + rng.below(48),
        _ => rng.below(64),
    })
}

fn unreadable(given: &str) -> EnvError {
    EnvError::Option(format!(
        "pieces is {given}: give the agent's pieces and the opponent's, as in \"KQvK\" or \
         \"KPvKP\", {MAX_PIECES} at most, or a list of such texts"
    ))
}
