//! Making the tasks from their options.

use cozy_chess::Color;

use super::endgames::Pieces;
use super::opponent::{self, Opponent, abridged};
use super::{Chess, ENDGAMES, FULL, Shows};
use crate::EnvError;
use crate::task::{Options, check_keys, whole_number};

/// As many as LMRL-Gym's evaluations play.
const FULL_MAX_TURNS: u32 = 100;
const ENDGAMES_MAX_TURNS: u32 = 50;

impl Chess {
    /// The whole game.
    ///
    /// # Errors
    /// [`EnvError::Option`] for options that it does not have or cannot use.
    pub fn full(options: &Options) -> Result<Self, EnvError> {
        Self::new(FULL, options)
    }

    /// Positions with few pieces.
    ///
    /// # Errors
    /// [`EnvError::Option`] for options that it does not have or cannot use.
    pub fn endgames(options: &Options) -> Result<Self, EnvError> {
        Self::new(ENDGAMES, options)
    }

    fn new(id: &'static str, options: &Options) -> Result<Self, EnvError> {
        let mut known = vec!["max_turns", "colour", "observation"];
        known.extend(opponent::OPTIONS);
        let endgames = id == ENDGAMES;
        if endgames {
            known.push("pieces");
        }
        check_keys(options, &known)?;
        let shows = [("fen", Shows::Fen), ("moves", Shows::Moves)];
        let colors = [
            ("white", Some(Color::White)),
            ("black", Some(Color::Black)),
            ("random", None),
        ];
        let (pieces, turns) = if endgames {
            (Pieces::sets(options)?, ENDGAMES_MAX_TURNS)
        } else {
            (Vec::new(), FULL_MAX_TURNS)
        };
        let task = Self {
            id,
            pieces,
            color: choice(options, "colour", &colors)?,
            shows: choice(options, "observation", &shows)?,
            opponent: Opponent::new(options)?,
            max_turns: whole_number(options, "max_turns", turns, 1..=u32::MAX)?,
        };
        if task.needs_table() && !(endgames && task.pieces.iter().all(Pieces::has_table)) {
            return Err(EnvError::Option(
                "opponent is \"optimal\", which plays chess_endgames of a king and a queen, rook \
                 or pawn against a king: give such pieces, or another opponent"
                    .to_owned(),
            ));
        }
        Ok(task)
    }
}

/// The option `key` by the names of its values, of which the first is the default.
fn choice<T: Copy>(options: &Options, key: &str, known: &[(&str, T)]) -> Result<T, EnvError> {
    let wanted = match options.get(key) {
        None => Some(&known[0]),
        Some(value) => known.iter().find(|(name, _)| value.as_str() == Some(name)),
    };
    wanted.map(|(_, value)| *value).ok_or_else(|| {
        let given = options.get(key).map(abridged).unwrap_or_default();
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        EnvError::Option(format!("{key} is {given}: give {}", names.join(" or ")))
    })
}
