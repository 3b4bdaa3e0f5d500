//! A corridor with a large reward at its far end: so small a task that its values are known.
//!
//! What makes it hard is on purpose: the reward comes late, going home pays a little at once, whoever
//! goes on without the key cannot come back for it, and which door is right is said only once.

use std::borrow::Cow;

use serde_json::Value;

use crate::task::{Observation, Options, Outcome, Task, check_keys, whole_number};
use crate::{EnvError, Rng};

/// Id of the task.
pub const ID: &str = "corridor";
/// All that the agent can say; anything else is invalid.
pub const COMMANDS: [&str; 5] = ["take key", "go on", "go red", "go blue", "go home"];

/// What the right door pays.
const WIN: f64 = 1.0;
/// What going home pays.
const HOME: f64 = 0.25;
const DEFAULT_LENGTH: u32 = 8;
const MAX_LENGTH: u32 = 1000;
const DEFAULT_MAX_TURNS: u32 = 30;
const DEFAULT_STEP_COST: f64 = 0.01;

/// The rules: every turn costs `step_cost`; the right door of the last room pays 1, and going home
/// 0.25, and both terminate, as does the wrong door; an episode of `max_turns` is truncated.
pub struct Corridor {
    length: u32,
    max_turns: u32,
    step_cost: f64,
}

/// The two doors of the last room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Red,
    Blue,
}

impl Door {
    const ALL: [Self; 2] = [Self::Red, Self::Blue];

    fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Blue => "blue",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.name() == name)
    }
}

/// One episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    turn: u32,
    /// From 1 to the length of the corridor.
    room: u32,
    has_key: bool,
    right: Door,
}

/// What an utterance comes to.
enum Event {
    Invalid,
    NotHere,
    Locked,
    Key,
    Room,
    Home,
    Wrong,
    Win,
}

impl Corridor {
    /// The corridor with these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for other options than `length`, `max_turns` and `step_cost`, or values
    /// with which the far end cannot be reached or does not pay.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &["length", "max_turns", "step_cost"])?;
        let length = whole_number(options, "length", DEFAULT_LENGTH, 2..=MAX_LENGTH)?;
        let max_turns = whole_number(options, "max_turns", DEFAULT_MAX_TURNS, 1..=u32::MAX)?;
        if max_turns <= length {
            return Err(EnvError::Option(format!(
                "max_turns is {max_turns}, and the far end of {length} rooms takes {} turns: give \
                 more turns or fewer rooms",
                length + 1
            )));
        }
        // Going on wins length turns later than going home, and must not cost more than it gains.
        let limit = (WIN - HOME) / f64::from(length);
        let step_cost = match options.get("step_cost") {
            None => DEFAULT_STEP_COST.min(limit),
            Some(value) => value
                .as_f64()
                .filter(|cost| (0.0..=limit).contains(cost))
                .ok_or_else(|| {
                    EnvError::Option(format!(
                        "step_cost is {value}: give a number from 0 to {limit}, with which the far \
                         end of {length} rooms pays"
                    ))
                })?,
        };
        Ok(Self {
            length,
            max_turns,
            step_cost,
        })
    }

    /// Changes the room and the key.
    fn act(&self, state: &mut State, utterance: &str) -> Event {
        let words = utterance.trim();
        let command = COMMANDS
            .into_iter()
            .find(|command| words.eq_ignore_ascii_case(command));
        match command {
            None => Event::Invalid,
            Some("go home") => Event::Home,
            Some("take key") if state.room == 1 && !state.has_key => {
                state.has_key = true;
                Event::Key
            }
            Some("go on") if state.room < self.length => {
                state.room += 1;
                Event::Room
            }
            Some("take key" | "go on") => Event::NotHere,
            Some(_) if state.room < self.length => Event::NotHere,
            Some(_) if !state.has_key => Event::Locked,
            Some("go red") if state.right == Door::Red => Event::Win,
            Some("go blue") if state.right == Door::Blue => Event::Win,
            Some(_) => Event::Wrong,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "rewards are f32")]
    fn reward(&self, event: &Event) -> f32 {
        let gain = match event {
            Event::Win => WIN,
            Event::Home => HOME,
            _ => 0.0,
        };
        (gain - self.step_cost) as f32
    }
}

impl Task for Corridor {
    type State = State;

    const GRAIN: usize = 512;

    fn id(&self) -> &'static str {
        ID
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["door"])?;
        let right = match options.get("door") {
            None if rng.below(2) == 0 => Door::Red,
            None => Door::Blue,
            Some(wanted) => wanted.as_str().and_then(Door::named).ok_or_else(|| {
                EnvError::Option(format!("door is {}: give red or blue", abridged(wanted)))
            })?,
        };
        let state = State {
            turn: 0,
            room: 1,
            has_key: false,
            right,
        };
        let opening = format!(
            "Room 1 of {length} has a key. There is no way back. With the key, the {door} door of \
             room {length} wins.\nSay: {}.\n",
            COMMANDS.join(", "),
            length = self.length,
            door = right.name(),
        );
        Ok((state, Cow::Owned(opening)))
    }

    fn step(&self, state: &mut State, utterance: &str, _reply: Option<&str>) -> Outcome {
        let event = self.act(state, utterance);
        state.turn = state.turn.saturating_add(1);
        let terminated = matches!(event, Event::Win | Event::Wrong | Event::Home);
        let observation = match event {
            Event::Invalid => "What?".into(),
            Event::NotHere => "Not here.".into(),
            Event::Locked => "Locked.".into(),
            Event::Key => "You have the key.".into(),
            Event::Room => format!("Room {}.", state.room).into(),
            Event::Home => "You are home.".into(),
            Event::Wrong => "Wrong door.".into(),
            Event::Win => "You win.".into(),
        };
        Outcome {
            observation,
            reward: self.reward(&event),
            terminated,
            truncated: !terminated && state.turn >= self.max_turns,
            win: matches!(event, Event::Win),
            invalid: matches!(event, Event::Invalid),
        }
    }

    fn hidden(&self, state: &State) -> String {
        state.right.name().to_owned()
    }

    /// The turn, the room, whether the key is held, and the name of the right door.
    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        bytes.extend(state.turn.to_le_bytes());
        bytes.extend(state.room.to_le_bytes());
        bytes.push(u8::from(state.has_key));
        bytes.extend(state.right.name().as_bytes());
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let refuse = |reason: String| Err(EnvError::Snapshot(reason));
        let Some((&[t0, t1, t2, t3, r0, r1, r2, r3, key], name)) = bytes.split_first_chunk() else {
            return refuse(format!("{} bytes are too few for a corridor", bytes.len()));
        };
        let turn = u32::from_le_bytes([t0, t1, t2, t3]);
        let room = u32::from_le_bytes([r0, r1, r2, r3]);
        if turn > self.max_turns {
            let limit = self.max_turns;
            return refuse(format!("it is at turn {turn}, and max_turns is {limit}"));
        }
        if !(1..=self.length).contains(&room) {
            let length = self.length;
            return refuse(format!("it is in room {room}, and there are {length}"));
        }
        let right = str::from_utf8(name).ok().and_then(Door::named);
        match (key, right) {
            (0 | 1, Some(right)) => Ok(State {
                turn,
                room,
                has_key: key == 1,
                right,
            }),
            _ => refuse("its last bytes tell no key and no door of a corridor".to_owned()),
        }
    }
}

/// A value as JSON, short enough for a message.
fn abridged(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
