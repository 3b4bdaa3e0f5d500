//! Chess: counts of the literature, hand-played games, options, engines and any text.

mod any_text;
mod endgames;
mod engine;
mod moves;
mod options;
mod rules;

use archer_env::{Environments, Options, Outcome, make, parse_options};

const START: &str = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn begun(id: &str, env_options: &str, reset: &str) -> (Box<dyn Environments + Send>, String) {
    let mut envs = make(id, 1, 0, &options(env_options)).unwrap();
    let opening = envs.reset(&[0], &options(reset)).unwrap().remove(0);
    (envs, opening.into_owned())
}

fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
}
