//! Car Dealer as a task.

use serde_json::json;

use super::answer::open;
use super::catalogue::{ASPECTS, LOT, feature_names, value_name};
use super::codec;
use super::draw::draw;
use super::listen::listen;
use super::negotiation::{End, take_turn};
use super::reply;
use super::state::State;
use super::temperament::{ARGUMENTS, TEMPERAMENTS};
use crate::task::{Observation, Options, Outcome, Task, check_keys, whole_number};
use crate::{EnvError, Rng};

/// Id of the task.
pub const ID: &str = "car_dealer";
const DEFAULT_MAX_TURNS: u32 = 20;

/// The rules: a sale terminates and pays the price as a part of the car's list price; a buyer who
/// leaves terminates the episode and pays nothing; an episode of `max_turns` is truncated.
pub struct CarDealer {
    max_turns: u32,
    temperament: Option<u8>,
}

impl CarDealer {
    /// The task with these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for other options than `max_turns` and `temperament`, or other values
    /// than a whole number from 1 and the name of one of [`TEMPERAMENTS`].
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &["max_turns", "temperament"])?;
        Ok(Self {
            max_turns: whole_number(options, "max_turns", DEFAULT_MAX_TURNS, 1..=u32::MAX)?,
            temperament: temperament(options)?,
        })
    }
}

/// The index of the temperament that the options name, if they do.
fn temperament(options: &Options) -> Result<Option<u8>, EnvError> {
    let Some(wanted) = options.get("temperament") else {
        return Ok(None);
    };
    (0..)
        .zip(&TEMPERAMENTS)
        .find(|(_, known)| wanted.as_str() == Some(known.name))
        .map(|(at, _)| Some(at))
        .ok_or_else(|| {
            let given: String = wanted.to_string().chars().take(80).collect();
            let names = TEMPERAMENTS.each_ref().map(|known| known.name);
            EnvError::Option(format!(
                "temperament is {given}: give one of {}",
                names.join(", ")
            ))
        })
}

impl Task for CarDealer {
    type State = State;

    const GRAIN: usize = 32;

    fn id(&self) -> &'static str {
        ID
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["temperament"])?;
        let state = draw(rng, temperament(options)?.or(self.temperament));
        let opening = open(&state);
        Ok((state, opening.into()))
    }

    #[expect(clippy::cast_possible_truncation, reason = "rewards are f32")]
    fn step(&self, state: &mut State, utterance: &str, reply: Option<&str>) -> Outcome {
        let heard = listen(utterance);
        state.turn = state.turn.saturating_add(1);
        let (observation, end) = match reply {
            None => take_turn(state, &heard),
            Some(reply) => reply::take_turn(state, &heard, reply),
        };
        let reward = match (end, state.car()) {
            (End::Sold(price), Some((_, car))) => f64::from(price) / f64::from(car.price.max(1)),
            _ => 0.0,
        };
        let terminated = end != End::GoesOn;
        let win = matches!(end, End::Sold(_));
        Outcome {
            observation: observation.into(),
            reward: reward as f32,
            terminated,
            truncated: !terminated && state.turn >= self.max_turns,
            win,
            // A model that plays the buyer may agree to nonsense.
            invalid: heard.is_nothing() && !win,
        }
    }

    /// JSON in one line: what the buyer wants, and how the negotiation stands.
    fn hidden(&self, state: &State) -> String {
        let buyer = &state.buyer;
        let want = |aspect: usize| value_name(aspect, buyer.wants[aspect]);
        let [kind, brand, fuel, colour] = std::array::from_fn::<_, { ASPECTS.len() }, _>(want);
        let talk = &state.talk;
        let car = state.car().map(|(_, car)| {
            let mut name = String::new();
            car.push_name(&mut name);
            name
        });
        let said: Vec<&str> = (0..ARGUMENTS.len())
            .filter(|at| talk.arguments >> at & 1 == 1)
            .map(|at| ARGUMENTS[at])
            .collect();
        json!({
            "temperament": buyer.temperament().name,
            "type": kind,
            "brand": brand,
            "fuel": fuel,
            "colour": colour,
            "features": feature_names(buyer.features).collect::<Vec<_>>(),
            "budget": buyer.budget,
            "mood": buyer.mood,
            "patience": talk.patience,
            "margin": talk.margin,
            "car": car,
            "arguments": said,
            "limits": std::array::from_fn::<u32, { LOT }, _>(|at| state.limit(at)),
            "asked": talk.asked,
            "offer": talk.offer,
        })
        .to_string()
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        codec::encode(state, bytes);
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let state = codec::decode(bytes).ok_or_else(|| {
            EnvError::Snapshot(format!("these {} bytes tell no negotiation", bytes.len()))
        })?;
        if state.turn > self.max_turns {
            return Err(EnvError::Snapshot(format!(
                "it is at turn {}, and max_turns is {}",
                state.turn, self.max_turns
            )));
        }
        Ok(state)
    }
}
