//! Chess: the agent says moves, and the opponent answers with its own.

mod endgames;
mod engine;
mod evaluation;
mod fen;
mod game;
mod helpers;
mod notation;
mod opponent;
mod options;
mod search;
mod start;
mod state;
mod tablebase;
mod trio;
mod values;

use cozy_chess::{Color, Move};

pub use helpers::{after, best, distance, ending, legal, search_move, value};
pub use state::State;

use crate::task::{Observation, Options, Outcome, Task};
use crate::{EnvError, Rng};
use endgames::Pieces;
use fen::{fen, write_fen};
use game::{End, Game, color_name};
use notation::{Said, read_move, write_san};
use opponent::Opponent;

/// Id of the whole game.
pub const FULL: &str = "chess";
/// Id of the endgames.
pub const ENDGAMES: &str = "chess_endgames";

/// What a checkmate by the agent pays.
const WIN: f64 = 1.0;
/// What a draw pays.
const DRAW: f64 = 0.5;
/// What a checkmate by the opponent pays, and what is no legal move.
const LOSS: f64 = -1.0;

const ILLEGAL: &str = "Not a legal move.";
const AMBIGUOUS: &str = "Ambiguous: several legal moves are written like this.";

/// The rules: 1 for a checkmate, -1 for being checkmated, 0.5 for a draw, all of which terminate;
/// -1 for what is no legal move, after which the agent is still to move.
pub struct Chess {
    id: &'static str,
    /// Sets of pieces to draw positions from; the whole game has none.
    pieces: Vec<Pieces>,
    /// The agent's, or any.
    color: Option<Color>,
    shows: Shows,
    opponent: Opponent,
    max_turns: u32,
}

/// What observations say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// The position.
    Fen,
    /// The opponent's move.
    Moves,
}

impl Chess {
    fn needs_table(&self) -> bool {
        matches!(self.opponent, Opponent::Optimal)
    }

    /// Plays the agent's legal move and the opponent's reply.
    fn play(&self, state: &mut State, played: Move) -> Outcome {
        state.game.play(played);
        let mut text = String::with_capacity(if self.shows == Shows::Fen { 90 } else { 8 });
        let mut broken = None;
        if state.game.end().is_none() {
            match self.opponent.reply(&state.game, &mut state.stream()) {
                Ok(reply) => self.answer(state, reply, &mut text),
                Err(reason) => broken = Some(reason),
            }
        }
        if self.shows == Shows::Fen {
            write_fen(state.game.board(), &mut text);
        }
        let end = state.game.end();
        let win = end == Some(End::Checkmate) && state.game.board().side_to_move() != state.color;
        if let Some(end) = end {
            say(&mut text, message(end, win));
        }
        if let Some(reason) = &broken {
            say(
                &mut text,
                "The opponent gave no move, and the game is broken off: ",
            );
            text.push_str(reason);
        }
        let reward = match end {
            None => 0.0,
            Some(End::Checkmate) if win => WIN,
            Some(End::Checkmate) => LOSS,
            Some(_) => DRAW,
        };
        Outcome {
            observation: text.into(),
            reward: rewarded(reward),
            terminated: end.is_some(),
            truncated: broken.is_some(),
            win,
            invalid: false,
        }
    }

    fn answer(&self, state: &mut State, reply: Move, text: &mut String) {
        if self.shows == Shows::Moves {
            write_san(state.game.board(), reply, text);
        }
        state.game.play(reply);
    }

    /// A turn without a move.
    fn refuse(&self, state: &State, message: &'static str) -> Outcome {
        let observation = match self.shows {
            Shows::Moves => message.into(),
            Shows::Fen => {
                let mut text = fen(state.game.board());
                say(&mut text, message);
                text.into()
            }
        };
        Outcome {
            observation,
            reward: rewarded(LOSS),
            terminated: false,
            truncated: false,
            win: false,
            invalid: true,
        }
    }
}

impl Task for Chess {
    type State = State;

    const GRAIN: usize = 4;

    fn id(&self) -> &'static str {
        self.id
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        let (board, color) = self.start(rng, options)?;
        let mut state = State {
            turn: 0,
            color,
            seed: rng.next_u64(),
            game: Game::new(board),
        };
        let mut text = format!(
            "You play {}. Say one move, such as Nf3.\n",
            color_name(color)
        );
        if self.shows == Shows::Moves {
            write_fen(state.game.board(), &mut text);
            text.push('\n');
        }
        if state.game.board().side_to_move() != color {
            let reply = self.opponent.reply(&state.game, &mut state.stream());
            let reply = reply.map_err(|reason| {
                EnvError::Option(format!("the opponent gave no first move: {reason}"))
            })?;
            self.answer(&mut state, reply, &mut text);
            if self.shows == Shows::Moves {
                text.push('\n');
            }
        }
        if self.shows == Shows::Fen {
            write_fen(state.game.board(), &mut text);
            text.push('\n');
        }
        Ok((state, text.into()))
    }

    fn step(&self, state: &mut State, utterance: &str, _reply: Option<&str>) -> Outcome {
        let mut outcome = match read_move(state.game.board(), utterance) {
            Said::Move(played) => self.play(state, played),
            Said::Ambiguous => self.refuse(state, AMBIGUOUS),
            Said::Illegal => self.refuse(state, ILLEGAL),
        };
        state.turn = state.turn.saturating_add(1);
        outcome.truncated |= !outcome.terminated && state.turn >= self.max_turns;
        outcome
    }

    /// The position, which the agent may have to work out from the moves.
    fn hidden(&self, state: &State) -> String {
        fen(state.game.board())
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        state.encode(bytes);
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let state = State::decode(bytes).map_err(|reason| EnvError::Snapshot(reason.to_owned()))?;
        if state.turn > self.max_turns {
            let (turn, limit) = (state.turn, self.max_turns);
            return Err(EnvError::Snapshot(format!(
                "it is at turn {turn}, and max_turns is {limit}"
            )));
        }
        // An engine that failed has left the agent's move unanswered.
        let unanswered = matches!(self.opponent, Opponent::Uci(_));
        let to_move = state.game.board().side_to_move() == state.color;
        if to_move || unanswered || state.game.end().is_some() {
            Ok(state)
        } else {
            let reason = "the agent is not to move in its game, which is not over";
            Err(EnvError::Snapshot(reason.to_owned()))
        }
    }
}

/// Adds a line.
fn say(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

fn message(end: End, win: bool) -> &'static str {
    match end {
        End::Checkmate if win => "Checkmate: you win.",
        End::Checkmate => "Checkmate: you lose.",
        End::Stalemate => "Stalemate: a draw.",
        End::Material => "Insufficient material: a draw.",
        End::Repetition => "Threefold repetition: a draw.",
        End::FiftyMoves => "Fifty-move rule: a draw.",
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rewards are f32")]
fn rewarded(reward: f64) -> f32 {
    reward as f32
}
