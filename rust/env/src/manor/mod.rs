//! The manor: a short mystery, in which clues have to be found, read and asked about before somebody
//! can be accused.
//!
//! The rooms, people, things and texts are in a file, `data/manor/manor.txt`; what can be done with
//! them is here.

mod act;
mod actions;
mod blocks;
mod case;
mod describe;
mod facts;
mod parse;
mod read;
mod snapshot;
mod story;
mod talk;
#[cfg(test)]
mod tests;
mod use_things;
mod world;

use std::borrow::Cow;
use std::sync::LazyLock;

use act::Scene;
use case::{CASES, Case};
use story::{SOLVED, Story};
pub use world::State;

use crate::task::{Observation, Options, Outcome, Task, check_keys, choice, flag, whole_number};
use crate::{EnvError, Rng};

/// Id of the task.
pub const ID: &str = "manor";

static STORY: LazyLock<Result<Story, String>> =
    LazyLock::new(|| read::read(include_str!("../../data/manor/manor.txt")));

/// The rules: what is learned and found pays points, 100 in all, naming the culprit ends the episode
/// as won, and every fatal mistake ends it with the score so far.
pub struct Manor {
    story: &'static Story,
    /// Each observation tells the place, what is carried, the text, and what can be done.
    paper: bool,
    show_commands: bool,
    max_turns: u32,
}

impl Manor {
    /// The manor with these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for other options than `observation`, `show_commands` and `max_turns`, or
    /// values that they cannot have.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &["observation", "show_commands", "max_turns"])?;
        let story = STORY.as_ref();
        Ok(Self {
            story: story.map_err(|problem| EnvError::Option(format!("manor.txt: {problem}")))?,
            paper: choice(options, "observation", ["game", "paper"])? == 1,
            show_commands: flag(options, "show_commands")?,
            max_turns: whole_number(options, "max_turns", 60, 1..=u32::MAX)?,
        })
    }

    /// The text of a step as the agent reads it.
    fn observation(&self, state: &State, mut text: Observation) -> Observation {
        if state.world.end != 0 || !self.paper && !self.show_commands {
            return text;
        }
        let commands = actions::valid(self.story, state).join(", ");
        if self.paper {
            let look = describe::room(self.story, state);
            let inventory = describe::inventory(self.story, &state.world);
            return Cow::Owned(format!(
                "Look: {look}\nInventory: {inventory}\nText: {text}\nValid actions: {commands}"
            ));
        }
        text.to_mut().push_str("\nValid actions: ");
        text.to_mut().push_str(&commands);
        text
    }
}

impl Task for Manor {
    type State = State;

    const GRAIN: usize = 32;

    fn id(&self) -> &'static str {
        ID
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["case"])?;
        let last = u32::from(CASES) - 1;
        let drawn = u32::try_from(rng.below(usize::from(CASES))).unwrap_or_default();
        let number = whole_number(options, "case", drawn, 0..=last)?;
        let case = Case::new(u8::try_from(number).unwrap_or_default());
        let state = State::new(self.story, case);
        let mut text = format!("{}\n\n", self.story.opening);
        text.push_str(&describe::room(self.story, &state));
        let mut opening = self.observation(&state, Cow::Owned(text));
        opening.to_mut().push('\n');
        Ok((state, opening))
    }

    fn step(&self, state: &mut State, utterance: &str, _reply: Option<&str>) -> Outcome {
        let (before, it) = (state.world.facts.score(), state.it);
        let mut scene = Scene {
            story: self.story,
            state,
        };
        let answer = scene.act(utterance);
        state.turn = state.turn.saturating_add(1);
        let invalid = answer.is_err();
        if invalid {
            state.it = it;
        }
        let (Ok(mut text) | Err(mut text)) = answer;
        let score = state.world.facts.score();
        // Facts are never forgotten, but for the lamp's burning, which is worth nothing.
        let gained = score.saturating_sub(before);
        let terminated = state.world.end != 0;
        if terminated {
            let line = format!("\n[The end. Your score is {score} of 100.]");
            text.to_mut().push_str(&line);
        } else if gained > 0 {
            let line = format!("\n[Your score is now {score} of 100.]");
            text.to_mut().push_str(&line);
        }
        Outcome {
            observation: self.observation(state, text),
            reward: f32::from(gained),
            terminated,
            truncated: !terminated && state.turn >= self.max_turns,
            win: state.world.end == SOLVED,
            invalid,
        }
    }

    /// The culprit and the number of the case.
    fn hidden(&self, state: &State) -> String {
        let culprit = self.story.people[state.case.culprit].names[0];
        format!("{culprit}, case {}", state.case.number)
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        snapshot::encode(state, bytes);
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let state = snapshot::decode(self.story, bytes).map_err(EnvError::Snapshot)?;
        if state.turn > self.max_turns {
            let (turn, limit) = (state.turn, self.max_turns);
            let reason = format!("it is at turn {turn}, and max_turns is {limit}");
            return Err(EnvError::Snapshot(reason));
        }
        Ok(state)
    }
}
