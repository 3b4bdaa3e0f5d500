//! Wordle: a hidden word of five letters is found by guesses that are answered letter by letter.

mod feedback;
mod solver;
mod words;

use std::borrow::Cow;

pub use feedback::{Feedback, PATTERNS, Rule, SOLVED, read, text};
pub use solver::Solver;
pub use words::{LETTERS, Lists, Word};

use crate::task::{Observation, Options, Outcome, Task, check_keys, whole_number};
use crate::{EnvError, Rng};
use words::abridged;

/// Id of the task.
pub const ID: &str = "wordle";

const DEFAULT_MAX_TURNS: u32 = 6;
const NO_WORD: &str = "Not a word of 5 letters.";
const UNKNOWN: &str = "Not in the word list.";

/// The rules: every turn costs 1 until the hidden word is said, which costs nothing and terminates;
/// an episode that reaches `max_turns` is truncated.
pub struct Wordle {
    lists: Lists,
    rule: Rule,
    max_turns: u32,
    opening: String,
}

/// One episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    turn: u32,
    answer: Word,
}

impl Wordle {
    /// Wordle with these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for other options than `words`, `guesses`, `feedback` and `max_turns`, or
    /// values that they cannot have.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &["words", "guesses", "feedback", "max_turns"])?;
        let max_turns = whole_number(options, "max_turns", DEFAULT_MAX_TURNS, 1..=u32::MAX)?;
        let tries = if max_turns == 1 { "try" } else { "tries" };
        Ok(Self {
            lists: Lists::new(options)?,
            rule: Rule::new(options)?,
            max_turns,
            opening: format!(
                "Guess a word of {LETTERS} letters in {max_turns} {tries}. Each letter is answered: \
                 g in place, y elsewhere in the word, b not in it.\n"
            ),
        })
    }
}

impl Task for Wordle {
    type State = State;

    const GRAIN: usize = 256;

    fn id(&self) -> &'static str {
        ID
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["word"])?;
        let answers = self.lists.answers();
        let (answer, given) = match options.get("word") {
            None => (
                answers.get(rng.below(answers.len())).copied(),
                String::new(),
            ),
            Some(wanted) => (wanted.as_str().and_then(Word::read), abridged(wanted)),
        };
        let answer = answer.filter(|&word| self.lists.hides(word)).ok_or_else(|| {
            EnvError::Option(format!(
                "word is {given}: give one of the {} words that may be hidden, or add it to words",
                answers.len()
            ))
        })?;
        Ok((State { turn: 0, answer }, Cow::Owned(self.opening.clone())))
    }

    fn step(&self, state: &mut State, utterance: &str, _reply: Option<&str>) -> Outcome {
        state.turn = state.turn.saturating_add(1);
        let guess = Word::read(utterance);
        let known = guess.filter(|&guess| self.lists.accepts(guess));
        let feedback = known.map(|guess| self.rule.feedback(guess, state.answer));
        let win = feedback == Some(SOLVED);
        let observation = match (guess, feedback) {
            (_, Some(feedback)) => text(feedback),
            (Some(_), None) => UNKNOWN,
            (None, None) => NO_WORD,
        };
        Outcome {
            observation: Cow::Borrowed(observation),
            reward: if win { 0.0 } else { -1.0 },
            terminated: win,
            truncated: !win && state.turn >= self.max_turns,
            win,
            invalid: feedback.is_none(),
        }
    }

    fn hidden(&self, state: &State) -> String {
        state.answer.to_string()
    }

    /// The turn and the letters of the hidden word.
    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        bytes.extend(state.turn.to_le_bytes());
        bytes.extend(state.answer.letters());
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let refuse = |reason: String| Err(EnvError::Snapshot(reason));
        let Some((turn, letters)) = bytes.split_first_chunk() else {
            return refuse(format!("{} bytes are too few for a game", bytes.len()));
        };
        let turn = u32::from_le_bytes(*turn);
        if turn > self.max_turns {
            let limit = self.max_turns;
            return refuse(format!("it is at turn {turn}, and max_turns is {limit}"));
        }
        let name = str::from_utf8(letters).unwrap_or_default();
        let answer = Word::read(name).filter(|word| word.letters() == letters);
        match answer.filter(|&answer| self.lists.hides(answer)) {
            Some(answer) => Ok(State { turn, answer }),
            None => refuse("it hides no word of the list of this task".to_owned()),
        }
    }
}
