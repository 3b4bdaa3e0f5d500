//! A story as a task: its score is the reward, its end the end of the episode.
//!
//! Episodes stand in worlds that never change, so that they share them; what a line does in a world,
//! and what can be done in it, is worked out once and remembered for as long as it is of use.

mod actions;
mod candidates;
mod ending;
mod grammar;
#[cfg(test)]
mod grammar_tests;
mod guide;
mod library;
mod memo;
mod noise;
mod options;
mod play;
mod say;
mod sight;
mod snapshot;
mod status;
mod tree;
mod trial;
mod vocabulary;
mod world;

use std::borrow::Cow;
use std::sync::Arc;

use play::Play;
pub use world::State;

use crate::task::{Observation, Options, Outcome, Task, check_keys};
use crate::zmachine::story::Story;
use crate::{EnvError, Rng};
use options::Settings;

/// Id of the task that plays any story.
pub const ANY: &str = "zmachine";
/// Id of the task of the paper: the same, with a story of its own.
pub const DETECTIVE: &str = "detective";
const DETECTIVE_STORY: &str = "detective.z5";

/// The rules: whatever is said is typed into a story, the change of its score is the reward, and the
/// episode ends where the story does.
pub struct Game {
    id: &'static str,
    settings: Settings,
    play: Play,
}

impl Game {
    /// Any story, which the option `story` names.
    ///
    /// # Errors
    /// [`EnvError::Option`] for options that the task does not have or cannot use, and for a story
    /// that there is not, or that cannot be played.
    pub fn any(options: &Options) -> Result<Self, EnvError> {
        let settings = Settings::new(options)?;
        Self::new(ANY, options::story(options, None)?, settings)
    }

    /// The Detective, from `detective.z5` unless `story` names another file.
    ///
    /// # Errors
    /// As [`Game::any`].
    pub fn detective(options: &Options) -> Result<Self, EnvError> {
        let settings = Settings::new(options)?;
        let story = options::story(options, Some(DETECTIVE_STORY))?;
        Self::new(DETECTIVE, story, settings)
    }

    /// A story that is at hand already; the option `story` says nothing then.
    ///
    /// # Errors
    /// As [`Game::any`].
    pub fn of(story: Arc<Story>, options: &Options) -> Result<Self, EnvError> {
        Self::new(ANY, story, Settings::new(options)?)
    }

    fn new(id: &'static str, story: Arc<Story>, settings: Settings) -> Result<Self, EnvError> {
        let play = Play::new(story, &settings).map_err(EnvError::Option)?;
        Ok(Self { id, settings, play })
    }

    /// The text of a step as the agent reads it, with the actions as Python writes a list.
    fn observation(&self, state: &State, text: &str) -> String {
        if state.world.over || !self.settings.paper && !self.settings.show_commands {
            return text.to_owned();
        }
        let paper = self.play.paper(&state.world);
        let actions = python_list(&paper.actions);
        if self.settings.paper {
            return format!(
                "{}\n\n{}\n\n{text}\n\n{actions}",
                paper.look, paper.inventory
            );
        }
        format!("{text}\n\n{actions}")
    }
}

/// Words of a dictionary may have an apostrophe, and then Python writes double quotes.
fn python_list(texts: &[String]) -> String {
    let quoted = texts.iter().map(|text| {
        let quote = if text.contains('\'') { '"' } else { '\'' };
        format!("{quote}{text}{quote}")
    });
    format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
}

impl Task for Game {
    type State = State;

    const GRAIN: usize = 2;

    fn id(&self) -> &'static str {
        self.id
    }

    fn reset(&self, rng: &mut Rng, options: &Options) -> Result<(State, Observation), EnvError> {
        check_keys(options, &[])?;
        let random = self.settings.random(rng.next_u64());
        let (world, random, text) = self.play.open(random);
        let state = State {
            turn: 0,
            random,
            world,
        };
        let opening = self.observation(&state, &text);
        Ok((state, Cow::Owned(format!("{opening}\n"))))
    }

    fn step(&self, state: &mut State, utterance: &str, _reply: Option<&str>) -> Outcome {
        let before = state.world.score;
        let (turn, random) = self.play.say(&state.world, state.random, utterance);
        state.turn = state.turn.saturating_add(1);
        state.random = random;
        state.world = turn.world.clone();
        #[expect(
            clippy::cast_precision_loss,
            reason = "scores are words of sixteen bits"
        )]
        let reward = (state.world.score - before) as f32;
        Outcome {
            observation: Cow::Owned(self.observation(state, &turn.text)),
            reward,
            terminated: turn.terminated,
            truncated: !turn.terminated && state.turn >= self.settings.max_turns,
            win: turn.win,
            invalid: turn.invalid,
        }
    }

    /// Where the player is, the score and the moves, as far as the story tells them.
    fn hidden(&self, state: &State) -> String {
        self.play.told(&state.world)
    }

    fn encode(&self, state: &State, bytes: &mut Vec<u8>) {
        snapshot::encode(state, self.play.story(), bytes);
    }

    fn decode(&self, bytes: &[u8]) -> Result<State, EnvError> {
        let refuse = EnvError::Snapshot;
        let parts = snapshot::decode(bytes, self.settings.is_frotz());
        let parts = parts.ok_or_else(|| refuse("it is cut short".to_owned()))?;
        let (turn, story, random, image) = parts;
        if story != self.play.story() {
            return Err(refuse("it is of another story".to_owned()));
        }
        let limit = self.settings.max_turns;
        if turn > limit {
            return Err(refuse(format!(
                "it is at turn {turn}, and max_turns is {limit}"
            )));
        }
        let world = self
            .play
            .world(image)
            .ok_or_else(|| refuse("its bytes are no state of this story".to_owned()))?;
        Ok(State {
            turn,
            random,
            world,
        })
    }
}
