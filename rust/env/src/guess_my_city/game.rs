//! The rules of Guess My City (section 5.1 of the paper, and its released code).

use std::borrow::Cow;

use serde_json::Value;

use super::candidates::{candidates, find};
use super::knowledge::Knowledge;
use super::oracle::Reply;
use crate::task::{Observation, Options, Outcome, Task, check_keys, whole_number};
use crate::{EnvError, Rng};

/// Id of the task.
pub const ID: &str = "guess_my_city";
const OPENING: &str = "Questions:\n";
const DEFAULT_MAX_TURNS: u32 = 20;
/// In place of an external answer that tells the name of the city or of its country.
const UNSPEAKABLE: &str = "I cannot answer that question.";

/// The rules: every turn costs 1 until the hidden city is named, which costs nothing and
/// terminates; an episode that reaches `max_turns` is truncated.
pub struct GuessMyCity {
    knowledge: &'static Knowledge,
    candidates: Vec<usize>,
    max_turns: u32,
}

/// One episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    city: usize,
    turn: u32,
}

impl GuessMyCity {
    /// Hides any of the cities that the option `cities` allows.
    ///
    /// # Errors
    /// [`EnvError::Option`] for other options than `max_turns` and `cities`, or other values than a
    /// whole number from 1 and those of [`candidates`].
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &["max_turns", "cities"])?;
        let knowledge = Knowledge::full();
        Ok(Self {
            knowledge,
            candidates: candidates(knowledge, options.get("cities"))?,
            max_turns: whole_number(options, "max_turns", DEFAULT_MAX_TURNS, 1..=u32::MAX)?,
        })
    }

    fn find(&self, wanted: &Value) -> Result<usize, EnvError> {
        let city = find(self.knowledge, "city", wanted)?;
        if self.candidates.contains(&city) {
            return Ok(city);
        }
        let hidden = self.candidates.iter().take(3);
        let names: Vec<&str> = hidden.map(|&city| self.name(city)).collect();
        Err(EnvError::Option(format!(
            "city is {wanted}, which is not among the cities of this environment, such as {}",
            names.join(", ")
        )))
    }

    fn name(&self, city: usize) -> &'static str {
        self.knowledge
            .cities()
            .get(city)
            .map_or("", |city| city.name)
    }
}

impl Task for GuessMyCity {
    type State = State;

    const GRAIN: usize = 32;

    fn id(&self) -> &'static str {
        ID
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["city"])?;
        let city = match options.get("city") {
            Some(wanted) => self.find(wanted)?,
            None => self
                .candidates
                .get(rng.below(self.candidates.len()))
                .copied()
                .unwrap_or(0),
        };
        Ok((State { city, turn: 0 }, Cow::Borrowed(OPENING)))
    }

    /// A `reply` is what is read, unless it tells the name of the city or of its country.
    fn step(&self, state: &mut State, utterance: &str, reply: Option<&str>) -> Outcome {
        let own = self.knowledge.reply(state.city, utterance);
        let win = own == Reply::Named;
        let invalid = reply.is_none() && own == Reply::NotUnderstood;
        let observation = match reply {
            Some(reply) if win || !self.knowledge.tells(state.city, reply) => {
                reply.to_owned().into()
            }
            Some(_) => Cow::Borrowed(UNSPEAKABLE),
            None => own.text(),
        };
        state.turn = state.turn.saturating_add(1);
        Outcome {
            observation,
            reward: if win { 0.0 } else { -1.0 },
            terminated: win,
            truncated: !win && state.turn >= self.max_turns,
            win,
            invalid,
        }
    }

    /// The name of the city and its country.
    fn hidden(&self, state: &State) -> String {
        let country = |at: usize| Some(self.knowledge.cities().get(at)?.fact("country"));
        let country = country(state.city).unwrap_or_default();
        format!("{}, {country}", self.name(state.city))
    }

    /// The turn and the city's name: its index may move when cities are added.
    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        bytes.extend(state.turn.to_le_bytes());
        bytes.extend(self.name(state.city).as_bytes());
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let refuse = |reason: String| Err(EnvError::Snapshot(reason));
        let Some((turn, name)) = bytes.split_first_chunk() else {
            return refuse(format!("{} bytes are too few for a game", bytes.len()));
        };
        let turn = u32::from_le_bytes(*turn);
        if turn > self.max_turns {
            return refuse(format!(
                "it is at turn {turn}, and max_turns is {}",
                self.max_turns
            ));
        }
        let name = str::from_utf8(name).unwrap_or_default();
        let city = self
            .candidates
            .iter()
            .copied()
            .find(|&city| self.name(city) == name);
        match city {
            Some(city) => Ok(State { city, turn }),
            None => refuse(format!("{ID} hides no city {name:?} here")),
        }
    }
}
