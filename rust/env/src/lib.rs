//! Text simulators in pure Rust, and [`VecEnv`], which steps many of them in parallel.
//!
//! A simulator is a [`Task`]: rules that never change, and a state per episode. [`VecEnv`] owns
//! the states, the seeds and the errors, so that a task holds nothing but its rules.
//! [`make`] gives any of them by name behind the object-safe [`Environments`].

pub mod car_dealer;
pub mod chess;
pub mod corridor;
mod environments;
mod error;
pub mod guess_my_city;
pub mod manor;
pub mod maze;
mod phrase;
mod rng;
mod snapshot;
mod task;
pub mod text_nav;
mod threads;
pub mod twenty_questions;
mod vec_env;
pub mod wordle;
pub mod zmachine;

pub use environments::Environments;
pub use error::EnvError;
pub use rng::Rng;
pub use task::{Observation, Options, Outcome, Task, parse_options};
pub use threads::{MAX_THREADS, Threads};
pub use vec_env::{MAX_ENVIRONMENTS, VecEnv};

use car_dealer::CarDealer;
use chess::Chess;
use corridor::Corridor;
use guess_my_city::GuessMyCity;
use manor::Manor;
use maze::Maze;
use text_nav::TextNav;
use twenty_questions::TwentyQuestions;
use wordle::Wordle;
use zmachine::game::{self, Game};

/// The ids of tasks that [`make`] makes with nothing else at hand.
pub const IDS: [&str; 11] = [
    twenty_questions::FULL,
    twenty_questions::SUBSET,
    guess_my_city::ID,
    wordle::ID,
    maze::ID,
    text_nav::ID,
    manor::ID,
    chess::FULL,
    chess::ENDGAMES,
    car_dealer::ID,
    corridor::ID,
];

/// The ids of tasks for which [`make`] needs a story file.
pub const STORY_IDS: [&str; 2] = [game::DETECTIVE, game::ANY];

type Made = Result<Box<dyn Environments + Send>, EnvError>;

/// Makes `num_envs` environments of the task `id`.
///
/// # Errors
/// An unknown id, an option that the task does not have or cannot use, or a number of environments
/// outside `1..=MAX_ENVIRONMENTS`.
pub fn make(id: &str, num_envs: usize, seed: u64, options: &Options) -> Made {
    match id {
        twenty_questions::FULL => made(TwentyQuestions::full(options), num_envs, seed),
        twenty_questions::SUBSET => made(TwentyQuestions::subset(options), num_envs, seed),
        guess_my_city::ID => made(GuessMyCity::new(options), num_envs, seed),
        wordle::ID => made(Wordle::new(options), num_envs, seed),
        maze::ID => made(Maze::new(options), num_envs, seed),
        text_nav::ID => made(TextNav::new(options), num_envs, seed),
        manor::ID => made(Manor::new(options), num_envs, seed),
        chess::FULL => made(Chess::full(options), num_envs, seed),
        chess::ENDGAMES => made(Chess::endgames(options), num_envs, seed),
        car_dealer::ID => made(CarDealer::new(options), num_envs, seed),
        corridor::ID => made(Corridor::new(options), num_envs, seed),
        game::DETECTIVE => made(Game::detective(options), num_envs, seed),
        game::ANY => made(Game::any(options), num_envs, seed),
        _ => {
            let known: Vec<&str> = IDS.into_iter().chain(STORY_IDS).collect();
            Err(EnvError::unknown_environment(id, &known))
        }
    }
}

fn made<T: Task + 'static>(task: Result<T, EnvError>, num_envs: usize, seed: u64) -> Made {
    Ok(Box::new(VecEnv::new(task?, num_envs, seed)?))
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

    #[test]
    fn a_null_is_an_option_that_is_not_given_and_openings_end_their_line() {
        let nulls = parse_options(r#"{"max_turns": null}"#).unwrap();
        let nothing = parse_options(r#"{"object": null, "fen": null}"#).unwrap();
        assert!(nothing.is_empty());
        for id in IDS {
            let mut envs = make(id, 1, 0, &nulls).unwrap();
            let opening = envs.reset(&[0], &nothing).unwrap().remove(0);
            assert!(opening.ends_with('\n'), "{id}: an utterance follows");
        }
    }

    #[test]
    fn snapshots_have_the_turns_where_tasks_are_told_to_put_them() {
        for id in IDS {
            let mut envs = make(id, 1, 0, &Options::new()).unwrap();
            envs.reset(&[0], &Options::new()).unwrap();
            for turns in 0..5_u32 {
                let state = envs.snapshot(&[0]).unwrap().remove(0);
                assert_eq!(state[3 + id.len()..][..4], turns.to_le_bytes(), "{id}");
                envs.step(&[0], &["hm"], None).unwrap();
            }
        }
    }
}
