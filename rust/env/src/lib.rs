//! Text simulators in pure Rust, and [`VecEnv`], which steps many of them in parallel.
//!
//! A simulator is a [`Task`]: rules that never change, and a state per episode. [`VecEnv`] owns
//! the states, the seeds and the errors, so that a task holds nothing but its rules.
//! [`make`] gives any of them by name behind the object-safe [`Environments`].

mod environments;
mod error;
mod rng;
mod snapshot;
mod task;
pub mod twenty_questions;
mod vec_env;

pub use environments::Environments;
pub use error::EnvError;
pub use rng::Rng;
pub use task::{Observation, Options, Outcome, Task, parse_options};
pub use vec_env::{MAX_ENVIRONMENTS, VecEnv};

use twenty_questions::TwentyQuestions;

/// The ids that [`make`] knows.
pub const IDS: [&str; 2] = [twenty_questions::FULL, twenty_questions::SUBSET];

/// Makes `num_envs` environments of the task `id`.
///
/// # Errors
/// An unknown id, an option that the task does not have or cannot use, or a number of environments
/// outside `1..=MAX_ENVIRONMENTS`.
pub fn make(
    id: &str,
    num_envs: usize,
    seed: u64,
    options: &Options,
) -> Result<Box<dyn Environments + Send>, EnvError> {
    let task = match id {
        twenty_questions::FULL => TwentyQuestions::full(options)?,
        twenty_questions::SUBSET => TwentyQuestions::subset(options)?,
        _ => return Err(EnvError::unknown_environment(id, &IDS)),
    };
    Ok(Box::new(VecEnv::new(task, num_envs, seed)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn make_knows_its_ids_and_names_the_nearest_for_others() {
        for id in IDS {
            assert_eq!(make(id, 2, 0, &Options::new()).unwrap().num_envs(), 2);
        }
        let error = make("twenty_question", 1, 0, &Options::new())
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .contains("did you mean \"twenty_questions\""),
            "{error}"
        );
        assert!(make(IDS[0], 0, 0, &Options::new()).is_err());
        assert!(make(IDS[0], MAX_ENVIRONMENTS + 1, 0, &Options::new()).is_err());
    }
}
