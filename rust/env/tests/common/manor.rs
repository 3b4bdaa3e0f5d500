//! What the tests of the manor share.

use archer_env::manor::ID;
use archer_env::{Environments, Options, Outcome, make, parse_options};

pub const CASES: u32 = 144;

pub fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

/// Two environments in one case, and the opening.
pub fn begun(case: u32, env_options: &str) -> (Box<dyn Environments + Send>, String) {
    let mut envs = make(ID, 2, 0, &options(env_options)).unwrap();
    let reset = options(&format!("{{\"case\": {case}}}"));
    let mut openings = envs.reset(&[0, 1], &reset).unwrap();
    (envs, openings.remove(0).into_owned())
}

pub fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
}

/// To the study by way of the vault: 60 points without what is hidden.
pub const CLUES: &str = "ask hale about murder, n, e, n, x glass, e, n, e, ask penn about leaves, take \
                     lamp, w, s, take matches, light lamp, ask dunn about key, ask dunn about bottle, \
                     d, e, search jar, w, u, w, s, w, w, unlock door with iron key, n, read diary, s, \
                     e, u, e, ask doctor about glass, w, d";

/// From the hall to both proofs and to the gate, in any case.
pub const PROOFS: &str = "w, search atlas, e, e, look behind the clock, w, u, w, search mattress, take \
                      pole, e, open hatch with pole, u, look in trunk, d, d, e, n, e, n, w, search \
                      tub, e, s, d, search coal, u, w, s, w, s, x bottle";
