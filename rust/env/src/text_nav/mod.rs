//! Text navigation: a house of rooms, furniture, doors, keys and objects, and a quest in it.
//!
//! A house is built from one number, so that a snapshot holds that number and what has changed.

mod act;
mod build;
mod describe;
mod house;
mod houses;
mod layout;
mod nouns;
mod parse;
mod reach;
mod relevant;
mod snapshot;
mod solve;
mod words;

use std::borrow::Cow;

use build::Plan;
pub use house::State;
use houses::Houses;

use crate::task::{
    Observation, Options, Outcome, Task, check_keys, choice, flag, refused, whole_number,
};
use crate::{EnvError, Rng};

/// Id of the task.
pub const ID: &str = "text_nav";

const OPTIONS: [&str; 8] = [
    "rooms",
    "objects",
    "locks",
    "quest",
    "description",
    "show_commands",
    "max_turns",
    "step_cost",
];
const MAX_ROOMS: u32 = 64;
const MAX_OBJECTS: u32 = 32;
const MAX_LOCKS: u32 = 16;

/// The rules: completing the quest pays 1 and terminates, every turn costs `step_cost`, and an
/// episode of `max_turns` is truncated.
pub struct TextNav {
    houses: Houses,
    /// Entering a room says only its name, and the quest does not say where its object is.
    partial: bool,
    show_commands: bool,
    max_turns: u32,
    step_cost: f64,
}

impl TextNav {
    /// Houses with these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for options that there are not, or values that make no house.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &OPTIONS)?;
        let rooms = whole_number(options, "rooms", 8, 2..=MAX_ROOMS)?;
        let objects = whole_number(options, "objects", 6, 1..=MAX_OBJECTS)?;
        let locks = whole_number(options, "locks", 1, 0..=MAX_LOCKS)?;
        if locks >= rooms {
            return Err(EnvError::Option(format!(
                "locks is {locks}, and {rooms} rooms may have no more than {} ways and containers \
                 to lock: give fewer locks or more rooms",
                rooms - 1
            )));
        }
        let step_cost = match options.get("step_cost") {
            None => 0.0,
            Some(value) => value
                .as_f64()
                .filter(|cost| (0.0..=1.0).contains(cost))
                .ok_or_else(|| refused(options, "step_cost", "a number from 0 to 1"))?,
        };
        Ok(Self {
            houses: Houses::new(Plan {
                rooms: rooms as usize,
                objects: objects as usize,
                locks: locks as usize,
                fetch: choice(options, "quest", ["fetch", "go"])? == 0,
            }),
            partial: choice(options, "description", ["full", "partial"])? == 1,
            show_commands: flag(options, "show_commands")?,
            max_turns: whole_number(options, "max_turns", 50, 1..=u32::MAX)?,
            step_cost,
        })
    }

    /// A shortest list of commands that completes the quest of a house.
    ///
    /// # Errors
    /// [`EnvError::Option`] if the house is so large, with so many locks, that the search would
    /// take too much memory.
    pub fn shortest(&self, house: u64) -> Result<Vec<String>, EnvError> {
        solve::shortest(&self.houses.get(house))
    }
}

impl Task for TextNav {
    type State = State;

    const GRAIN: usize = 64;

    fn id(&self) -> &'static str {
        ID
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["house"])?;
        let number = match options.get("house") {
            None => rng.next_u64(),
            Some(value) => value
                .as_u64()
                .ok_or_else(|| refused(options, "house", "a whole number from 0 to 2^64 - 1"))?,
        };
        let state = State::new(self.houses.get(number));
        let mut text = String::with_capacity(512);
        state.push_quest(&mut text, !self.partial);
        text.push_str(&state.room_text(self.partial));
        if self.show_commands {
            state.push_commands(&mut text);
        }
        text.push('\n');
        Ok((state, Cow::Owned(text)))
    }

    fn step(&self, state: &mut State, utterance: &str, _reply: Option<&str>) -> Outcome {
        let answer = state.act(utterance, self.partial);
        state.turn = state.turn.saturating_add(1);
        let invalid = answer.is_err();
        let win = !invalid && state.is_won();
        let (Ok(mut observation) | Err(mut observation)) = answer;
        if win {
            observation
                .to_mut()
                .push_str(" You have completed your quest.");
        } else if self.show_commands {
            state.push_commands(observation.to_mut());
        }
        let gain = if win { 1.0 } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "rewards are f32")]
        let reward = (gain - self.step_cost) as f32;
        Outcome {
            observation,
            reward,
            terminated: win,
            truncated: !win && state.turn >= self.max_turns,
            win,
            invalid,
        }
    }

    /// The number of the house.
    fn hidden(&self, state: &State) -> String {
        state.house.number.to_string()
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        snapshot::encode(state, bytes);
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let state = snapshot::decode(&self.houses, bytes).map_err(EnvError::Snapshot)?;
        if state.turn > self.max_turns {
            let (turn, limit) = (state.turn, self.max_turns);
            let reason = format!("it is at turn {turn}, and max_turns is {limit}");
            return Err(EnvError::Snapshot(reason));
        }
        Ok(state)
    }
}
