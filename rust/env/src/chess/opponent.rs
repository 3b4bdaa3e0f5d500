//! Who plays the other side.

use cozy_chess::Move;
use serde_json::Value;

use super::engine::{Engines, Limit, Settings};
use super::game::{Game, count_moves, nth_move};
use super::{search, tablebase};
use crate::task::{Options, whole_number};
use crate::{EnvError, Rng};

const DEFAULT_DEPTH: u32 = 2;
const DEFAULT_NODES: u32 = 10_000;
const NAMES: [&str; 4] = ["random", "alpha_beta", "uci", "optimal"];

/// The options that are about the opponent.
pub const OPTIONS: [&str; 6] = [
    "opponent",
    "depth",
    "engine",
    "engine_options",
    "nodes",
    "movetime",
];

/// The other side.
pub enum Opponent {
    /// Any legal move, evenly.
    Random,
    /// The best by a search of this depth.
    AlphaBeta(u32),
    /// The best of all, in endings of three pieces: it is mated as late as can be.
    Optimal,
    /// A program.
    Uci(Engines),
}

impl Opponent {
    /// Reads the options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for values that cannot be used, or an engine that is none.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        let name = options.get("opponent").map_or(Ok(NAMES[0]), |value| {
            let known = |name: &str| NAMES.into_iter().find(|known| *known == name);
            value.as_str().and_then(known).ok_or_else(|| {
                let given = abridged(value);
                EnvError::Option(format!("opponent is {given}: give {}", NAMES.join(", ")))
            })
        })?;
        let depth = whole_number(options, "depth", DEFAULT_DEPTH, 1..=search::MAX_DEPTH)?;
        if name == "uci" {
            return Engines::new(settings(options)?).map(Self::Uci);
        }
        let engines = ["engine", "engine_options", "nodes", "movetime"];
        if let Some(key) = engines.into_iter().find(|key| options.contains_key(*key)) {
            return Err(EnvError::Option(format!(
                "{key} is an option of opponent \"uci\", and opponent is {name:?}"
            )));
        }
        Ok(match name {
            "alpha_beta" => Self::AlphaBeta(depth),
            "optimal" => Self::Optimal,
            _ => Self::Random,
        })
    }

    /// Its move in a game that is not over; the error says why there is none.
    pub fn reply(&self, game: &Game, rng: &mut Rng) -> Result<Move, String> {
        let board = game.board();
        let found = match self {
            Self::Random => nth_move(board, rng.below(count_moves(board))),
            Self::AlphaBeta(depth) => search::best_move(game, *depth, rng),
            Self::Optimal => {
                let best = tablebase::best_moves(board).unwrap_or_default();
                best.get(rng.below(best.len())).copied()
            }
            Self::Uci(engines) => return engines.best_move(board),
        };
        found.ok_or_else(|| "it knows no move here".to_owned())
    }
}

/// What to ask of an engine.
fn settings(options: &Options) -> Result<Settings, EnvError> {
    let refuse = |reason: String| Err(EnvError::Option(reason));
    let Some(path) = options.get("engine").and_then(Value::as_str) else {
        return refuse("opponent is \"uci\": give the path of an engine as engine".to_owned());
    };
    let limit = match (options.get("nodes"), options.get("movetime")) {
        (Some(_), Some(_)) => return refuse("give nodes or movetime, not both".to_owned()),
        (None, Some(_)) => Limit::Movetime(whole_number(options, "movetime", 0, 1..=600_000)?),
        _ => Limit::Nodes(whole_number(options, "nodes", DEFAULT_NODES, 1..=u32::MAX)?),
    };
    let mut engine_options = Vec::new();
    match options.get("engine_options") {
        None => {}
        Some(Value::Object(given)) => {
            for (name, value) in given {
                let value = match value {
                    Value::String(text) => text.clone(),
                    Value::Bool(_) | Value::Number(_) => value.to_string(),
                    _ => return refuse(format!("engine_options gives no value for {name:?}")),
                };
                if name.contains(char::is_control) || value.contains(char::is_control) {
                    return refuse(format!("engine_options has line breaks in {name:?}"));
                }
                engine_options.push((name.clone(), value));
            }
        }
        Some(value) => {
            let given = abridged(value);
            return refuse(format!(
                "engine_options is {given}: give the names of options and their values"
            ));
        }
    }
    Ok(Settings {
        path: path.to_owned(),
        options: engine_options,
        limit,
    })
}

/// A value as JSON, short enough for a message.
pub fn abridged(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
