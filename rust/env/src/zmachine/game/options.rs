//! Options of the task.

use std::sync::Arc;

use crate::EnvError;
use crate::task::{Options, check_keys, choice, flag, refused, whole_number};
use crate::zmachine::random::Random;
use crate::zmachine::story::Story;

use super::library;

const KEYS: [&str; 5] = [
    "story",
    "observation",
    "show_commands",
    "max_turns",
    "frotz_seed",
];

/// How a story is played.
pub(super) struct Settings {
    /// Each observation tells the place, what is carried, the text, and what can be done.
    pub paper: bool,
    pub show_commands: bool,
    pub max_turns: u32,
    frotz_seed: Option<u32>,
}

impl Settings {
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &KEYS)?;
        let frotz_seed = match options.get("frotz_seed") {
            Some(_) => Some(whole_number(options, "frotz_seed", 1, 1..=i32::MAX as u32)?),
            None => None,
        };
        Ok(Self {
            paper: choice(options, "observation", ["game", "paper"])? == 1,
            show_commands: flag(options, "show_commands")?,
            max_turns: whole_number(options, "max_turns", 60, 1..=u32::MAX)?,
            frotz_seed,
        })
    }

    /// The random numbers of an episode: those of a seed, unless all episodes have Frotz's.
    pub fn random(&self, seed: u64) -> Random {
        match self.frotz_seed {
            Some(seed) => Random::new(seed.into(), true),
            None => Random::new(seed, false),
        }
    }

    pub fn is_frotz(&self) -> bool {
        self.frotz_seed.is_some()
    }
}

/// The story that the options name, or else `default`.
pub(super) fn story(options: &Options, default: Option<&str>) -> Result<Arc<Story>, EnvError> {
    let name = match options.get("story") {
        Some(name) => name.as_str(),
        None => default,
    };
    let expected = "the path of a Z-machine story file, such as a .z5";
    let name = name.ok_or_else(|| match options.get("story") {
        Some(_) => refused(options, "story", expected),
        None => EnvError::Option(format!("no story is given: give story, {expected}")),
    })?;
    Ok(Arc::new(library::open(name)?))
}
