//! One episode of chess, and how it is saved.

use cozy_chess::Color;

use super::fen::{fen, read_fen};
use super::game::Game;
use crate::Rng;

/// One episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(super) turn: u32,
    /// The agent's.
    pub(super) color: Color,
    /// Of the opponent's draws.
    pub(super) seed: u64,
    pub(super) game: Game,
}

impl State {
    /// What the opponent's next move draws from: a stream for each move of the game.
    pub(super) fn stream(&self) -> Rng {
        Rng::new(self.seed, u64::from(self.game.board().fullmove_number()), 0)
    }

    /// The turn, the colour, the seed, the number of earlier positions and their keys, and the FEN.
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.turn.to_le_bytes());
        bytes.push(self.color as u8);
        bytes.extend(self.seed.to_le_bytes());
        let seen = self.game.seen();
        // There are 100 at most.
        bytes.push(u8::try_from(seen.len()).unwrap_or(u8::MAX));
        bytes.extend(seen.iter().flat_map(|key| key.to_le_bytes()));
        bytes.extend(fen(self.game.board()).as_bytes());
    }

    /// Reads what [`State::encode`] wrote; the error says what is wrong with it.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        const SHORT: &str = "it has too few bytes for a game of chess";
        let (turn, bytes) = bytes.split_first_chunk().ok_or(SHORT)?;
        let ([color], bytes) = bytes.split_first_chunk().ok_or(SHORT)?;
        let (seed, bytes) = bytes.split_first_chunk().ok_or(SHORT)?;
        let ([count], bytes) = bytes.split_first_chunk().ok_or(SHORT)?;
        let (keys, text) = bytes
            .split_at_checked(8 * usize::from(*count))
            .ok_or(SHORT)?;
        let earlier = keys
            .as_chunks()
            .0
            .iter()
            .map(|key| u64::from_le_bytes(*key));
        let text = str::from_utf8(text).map_err(|_| "its position is no text")?;
        let board = read_fen(text)
            .ok()
            .filter(|board| fen(board) == text)
            .ok_or("its position is no FEN of a legal position")?;
        Ok(Self {
            turn: u32::from_le_bytes(*turn),
            color: match color {
                0 => Color::White,
                1 => Color::Black,
                _ => return Err("it tells no colour"),
            },
            seed: u64::from_le_bytes(*seed),
            game: Game::with_seen(board, earlier.collect())
                .ok_or("it has more earlier positions than moves")?,
        })
    }
}
