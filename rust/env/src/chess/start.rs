//! Where an episode begins.

use cozy_chess::{Board, Color};
use serde_json::Value;

use super::Chess;
use super::fen::read_fen;
use super::game::Game;
use super::opponent::abridged;
use super::trio::Trio;
use crate::task::{Options, check_keys};
use crate::{EnvError, Rng};

impl Chess {
    /// The position that the option of a reset gives.
    fn given(&self, value: &Value) -> Result<Board, EnvError> {
        let refuse = |reason: &str| {
            let given = abridged(value);
            EnvError::Option(format!(
                "fen is {given}: {reason}; give a position in which the agent is to move"
            ))
        };
        let text = value.as_str().ok_or_else(|| refuse("it is no text"))?;
        let board = read_fen(text).map_err(|reason| refuse(&reason))?;
        if Game::new(board.clone()).end().is_some() {
            return Err(refuse("the game is over"));
        }
        if self.needs_table() && Trio::of(&board).is_none() {
            return Err(refuse("opponent \"optimal\" plays with three pieces only"));
        }
        Ok(board)
    }

    /// The position to begin with, and the agent's colour.
    pub(super) fn start(
        &self,
        rng: &mut Rng,
        options: &Options,
    ) -> Result<(Board, Color), EnvError> {
        check_keys(options, &["fen"])?;
        if let Some(value) = options.get("fen") {
            let board = self.given(value)?;
            let color = board.side_to_move();
            return Ok((board, color));
        }
        let color = self
            .color
            .unwrap_or_else(|| [Color::White, Color::Black][rng.below(2)]);
        if self.pieces.is_empty() {
            return Ok((Board::default(), color));
        }
        let pieces = &self.pieces[rng.below(self.pieces.len())];
        let board = pieces.draw(color, rng).ok_or_else(|| {
            EnvError::Option("no position was found: give other pieces".to_owned())
        })?;
        Ok((board, color))
    }
}
