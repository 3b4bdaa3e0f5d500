//! What a simulator has to say to become an environment.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::{EnvError, Rng};

/// Options of a task or of one reset, as a JSON object.
pub type Options = Map<String, Value>;

/// Reads options from JSON text; one that is null is not given.
///
/// # Errors
/// [`EnvError::Option`] unless it is a JSON object.
pub fn parse_options(json: &str) -> Result<Options, EnvError> {
    let mut options: Options = serde_json::from_str(json)
        .map_err(|error| EnvError::Option(format!("options must be a JSON object: {error}")))?;
    options.retain(|_, value| !value.is_null());
    Ok(options)
}

/// What the agent reads; most are constants.
pub type Observation = Cow<'static, str>;

/// What one step did.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Gymnasium's names, and independent of each other"
)]
pub struct Outcome {
    /// What is new since the utterance.
    pub observation: Observation,
    /// The reward of this turn.
    pub reward: f32,
    /// The task reached its end.
    pub terminated: bool,
    /// The episode was cut off, by a turn limit say; never set together with `terminated`.
    pub truncated: bool,
    /// The agent did what the task asks for.
    pub win: bool,
    /// The utterance was no legal move of the task.
    pub invalid: bool,
}

/// The rules of a task. They never change; what changes is in the [`Task::State`] of an episode.
///
/// Any text is a legal utterance: `step` cannot fail, and must neither panic nor do unbounded work.
pub trait Task: Send + Sync {
    /// One episode.
    type State: Clone + Send;

    /// How many steps are worth handing to another thread: about 20 µs of work.
    const GRAIN: usize;

    /// The id of the task, which also tags its snapshots.
    fn id(&self) -> &'static str;

    /// Begins an episode, drawing only from `rng`, and gives its opening text, which ends with a
    /// line break: an utterance follows.
    ///
    /// # Errors
    /// [`EnvError::Option`] for options that the task does not have or cannot use.
    fn reset(
        &self,
        rng: &mut Rng,
        options: &Options,
    ) -> Result<(Self::State, Observation), EnvError>;

    /// Takes one turn. A `reply` is spoken by somebody else, such as a language model, in place of
    /// the task's own answer.
    fn step(&self, state: &mut Self::State, utterance: &str, reply: Option<&str>) -> Outcome;

    /// What the agent does not see, such as the object to be guessed.
    fn hidden(&self, state: &Self::State) -> String;

    /// Appends the state as bytes that [`Task::decode`] reads, in later versions too: first the
    /// number of turns taken, a little-endian u32, then what tells the state apart from others, so
    /// that whoever sets the turns to 0 has the same state under no turn limit.
    fn encode(&self, state: &Self::State, bytes: &mut Vec<u8>);

    /// Reads what [`Task::encode`] wrote.
    ///
    /// # Errors
    /// [`EnvError::Snapshot`] for any bytes that are no state of this task with its options.
    fn decode(&self, bytes: &[u8]) -> Result<Self::State, EnvError>;
}

/// Refuses keys that are not in `known`.
pub(crate) fn check_keys(options: &Options, known: &[&str]) -> Result<(), EnvError> {
    match options.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(EnvError::unknown_option(key, known)),
        None => Ok(()),
    }
}

/// The option `key` if it is given, and `default` otherwise.
pub(crate) fn whole_number(
    options: &Options,
    key: &str,
    default: u32,
    range: RangeInclusive<u32>,
) -> Result<u32, EnvError> {
    let Some(value) = options.get(key) else {
        return Ok(default);
    };
    value
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            EnvError::Option(format!(
                "{key} is {value}: give a whole number from {least} to {most}"
            ))
        })
}

/// Which of the names the option is, the first if it is not given.
pub(crate) fn choice(options: &Options, key: &str, names: [&str; 2]) -> Result<usize, EnvError> {
    let Some(value) = options.get(key) else {
        return Ok(0);
    };
    let known = value
        .as_str()
        .and_then(|name| names.iter().position(|known| *known == name));
    known.ok_or_else(|| refused(options, key, &format!("{} or {}", names[0], names[1])))
}

/// Whether the option is true; false if it is not given.
pub(crate) fn flag(options: &Options, key: &str) -> Result<bool, EnvError> {
    match options.get(key) {
        None => Ok(false),
        Some(value) => value
            .as_bool()
            .ok_or_else(|| refused(options, key, "true or false")),
    }
}

/// The error of an option that is not as `expected`; a long value is cut.
pub(crate) fn refused(options: &Options, key: &str, expected: &str) -> EnvError {
    let value = options
        .get(key)
        .map(ToString::to_string)
        .unwrap_or_default();
    let value: String = value.chars().take(80).collect();
    EnvError::Option(format!("{key} is {value}: give {expected}"))
}
