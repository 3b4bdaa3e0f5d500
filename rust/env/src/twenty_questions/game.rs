//! The rules of the paper's Twenty Questions (section 5.1 and its released configuration).

use std::borrow::Cow;

use serde_json::Value;

use super::knowledge::{Knowledge, Reply};
use crate::task::{Observation, Options, Outcome, Task, check_keys, whole_number};
use crate::{EnvError, Rng};

/// Id of the task over all objects.
pub const FULL: &str = "twenty_questions";
/// Id of the task over [`SUBSET_OBJECTS`].
pub const SUBSET: &str = "twenty_questions_subset";
/// What the subset task hides; its questions are answered from the same knowledge.
pub const SUBSET_OBJECTS: [&str; 10] = [
    "football", "dog", "banana", "truck", "pants", "computer", "piano", "chair", "pen", "scissors",
];

const OPENING: &str = "Questions:\n";
const DEFAULT_MAX_TURNS: u32 = 20;

/// The rules: every turn costs 1 until the hidden object is named, which costs nothing and
/// terminates; an episode that reaches `max_turns` is truncated.
pub struct TwentyQuestions {
    id: &'static str,
    knowledge: &'static Knowledge,
    candidates: Vec<usize>,
    max_turns: u32,
}

/// One episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    object: usize,
    turn: u32,
}

impl TwentyQuestions {
    /// Hides any object of the knowledge base.
    ///
    /// # Errors
    /// [`EnvError::Option`] unless `options` is empty or `{"max_turns": n}` with `n >= 1`.
    pub fn full(options: &Options) -> Result<Self, EnvError> {
        let knowledge = Knowledge::full();
        let candidates = (0..knowledge.objects().len()).collect();
        Self::new(FULL, knowledge, candidates, options)
    }

    /// Hides one of [`SUBSET_OBJECTS`].
    ///
    /// # Errors
    /// As [`TwentyQuestions::full`].
    pub fn subset(options: &Options) -> Result<Self, EnvError> {
        let knowledge = Knowledge::full();
        let candidates = SUBSET_OBJECTS
            .iter()
            .filter_map(|name| knowledge.find_object(name))
            .collect();
        Self::new(SUBSET, knowledge, candidates, options)
    }

    fn new(
        id: &'static str,
        knowledge: &'static Knowledge,
        candidates: Vec<usize>,
        options: &Options,
    ) -> Result<Self, EnvError> {
        check_keys(options, &["max_turns"])?;
        let max_turns = whole_number(options, "max_turns", DEFAULT_MAX_TURNS, 1..=u32::MAX)?;
        Ok(Self {
            id,
            knowledge,
            candidates,
            max_turns,
        })
    }

    /// The objects that this task hides, as indices into the knowledge base.
    #[must_use]
    pub fn candidates(&self) -> &[usize] {
        &self.candidates
    }

    fn find(&self, wanted: &Value) -> Result<usize, EnvError> {
        let Some(name) = wanted.as_str() else {
            return Err(EnvError::Option(format!(
                "object is {wanted}: give a name as a string"
            )));
        };
        let found = self.knowledge.find_object(name);
        if let Some(object) = found.filter(|object| self.candidates.contains(object)) {
            return Ok(object);
        }
        let near = if self.id == SUBSET {
            SUBSET_OBJECTS.join(", ")
        } else {
            self.knowledge.nearest_names(name, 3).join(", ")
        };
        let given: String = name.chars().take(80).collect();
        Err(EnvError::Option(format!(
            "{} has no object {given:?}: give one of its objects, such as {near}",
            self.id
        )))
    }
}

/// An external answerer is read as the paper's code reads its model: any "yes", else any "no".
fn read_reply(text: &str) -> Reply {
    let text = text.to_lowercase();
    if text.contains("yes") {
        Reply::Yes
    } else if text.contains("no") {
        Reply::No
    } else {
        Reply::Invalid
    }
}

impl Task for TwentyQuestions {
    type State = State;

    const GRAIN: usize = 64;

    fn id(&self) -> &'static str {
        self.id
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &["object"])?;
        let object = match options.get("object") {
            Some(wanted) => self.find(wanted)?,
            None => self
                .candidates
                .get(rng.below(self.candidates.len()))
                .copied()
                .unwrap_or(0),
        };
        Ok((State { object, turn: 0 }, Cow::Borrowed(OPENING)))
    }

    fn step(&self, state: &mut State, utterance: &str, reply: Option<&str>) -> Outcome {
        let reply = match reply.map(read_reply) {
            None => self.knowledge.reply(state.object, utterance),
            Some(Reply::Yes) if self.knowledge.names_object(state.object, utterance) => {
                Reply::Named
            }
            Some(reply) => reply,
        };
        state.turn += 1;
        let win = matches!(reply, Reply::Named);
        let observation = match reply {
            Reply::Yes | Reply::Named => "Yes.",
            Reply::No => "No.",
            Reply::Invalid => "Invalid Question.",
        };
        Outcome {
            observation: Cow::Borrowed(observation),
            reward: if win { 0.0 } else { -1.0 },
            terminated: win,
            truncated: !win && state.turn >= self.max_turns,
            win,
            invalid: matches!(reply, Reply::Invalid),
        }
    }

    fn hidden(&self, state: &State) -> String {
        self.knowledge
            .objects()
            .get(state.object)
            .map(|object| object.name.clone())
            .unwrap_or_default()
    }

    /// The turn and the object's name: its index may move when objects are added.
    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        bytes.extend(state.turn.to_le_bytes());
        bytes.extend(self.hidden(state).as_bytes());
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
        let state = self
            .knowledge
            .find_object(name)
            .map(|object| State { object, turn });
        match state.filter(|state| self.candidates.contains(&state.object)) {
            Some(state) if self.hidden(&state) == name => Ok(state),
            _ => refuse(format!("{} hides no object {name:?}", self.id)),
        }
    }
}
