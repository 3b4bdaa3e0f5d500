//! Opponents of another program, played by a stand-in.

use archer_env::chess::FULL;
use archer_env::{Environments, Options, make};

use crate::{options, say};

const ENGINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/engine.sh");

fn with(engine_options: &str) -> Options {
    options(&format!(
        "{{\"opponent\": \"uci\", \"observation\": \"moves\", \"engine\": {ENGINE:?}, \
         \"engine_options\": {engine_options}}}"
    ))
}

fn begun(engine_options: &str) -> Box<dyn Environments + Send> {
    let mut envs = make(FULL, 2, 0, &with(engine_options)).unwrap();
    envs.reset(&[0, 1], &Options::new()).unwrap();
    envs
}

#[test]
fn an_engine_plays_the_other_side() {
    let mut envs = begun(r#"{"moves": "e7e5 b8c6 g8f6 e8g8"}"#);
    let mut replies = Vec::new();
    for text in ["e4", "Nf3", "Ba6"] {
        replies.push(say(envs.as_mut(), text).observation.into_owned());
    }
    assert_eq!(replies, ["e5", "Nc6", "Nf6"]);
}

#[test]
fn an_engine_that_fails_is_started_again_once() {
    let marker = std::env::temp_dir().join(format!("archer-chess-{}", std::process::id()));
    let mut envs = begun(&format!(
        "{{\"Moves\": \"e7e5 b8c6\", \"Once\": {marker:?}}}"
    ));
    let replies = ["e4", "Nf3"].map(|text| say(envs.as_mut(), text).observation.into_owned());
    std::fs::remove_file(marker).unwrap();
    assert_eq!(replies, ["e5", "Nc6"]);
}

#[test]
fn a_game_without_a_reply_is_broken_off() {
    for (moves, reason) in [
        ("die", "it has stopped, or speaks no UCI"),
        ("e2e4", "it plays \"e2e4\""),
        ("(none)", "it plays \"(none)\""),
    ] {
        let mut envs = begun(&format!("{{\"Moves\": \"{moves} {moves} {moves}\"}}"));
        let outcome = say(envs.as_mut(), "e4");
        let message = "The opponent gave no move, and the game is broken off: ";
        assert_eq!(outcome.observation, format!("{message}{reason}"));
        assert!(outcome.truncated && !outcome.terminated && !outcome.invalid);
        assert!(outcome.reward.abs() < f32::EPSILON);
        let state = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&state], &[1]).unwrap();
        assert_eq!(envs.finished(&[0, 1]).unwrap(), [true, true]);
    }
}

#[test]
fn an_engine_may_chatter_while_it_searches() {
    let mut envs = begun(r#"{"Moves": "chatter e7e5"}"#);
    assert_eq!(say(envs.as_mut(), "e4").observation, "e5");
}

#[test]
fn what_is_no_engine_is_refused_when_it_is_named() {
    let refused = |json: &Options, what: &str| {
        let error = make(FULL, 1, 0, json).err().unwrap().to_string();
        assert!(error.contains(what), "{error}");
    };
    refused(
        &with(r#"{"Hash": 16}"#),
        "it has no option \"Hash\", but Moves, Once",
    );
    refused(
        &with(r#"{"Moves": "a\nb"}"#),
        "engine_options has line breaks in \"Moves\"",
    );
    refused(
        &with(r#"{"Moves": []}"#),
        "engine_options gives no value for \"Moves\"",
    );
    refused(&with("3"), "engine_options is 3");
    let path = |path: &str| options(&format!("{{\"opponent\": \"uci\", \"engine\": {path:?}}}"));
    refused(
        &path("/no/such/engine"),
        "\"/no/such/engine\", which cannot be used: it does not start",
    );
    refused(&path("/bin/true"), "speaks no UCI");
    refused(&path("/usr/bin/yes"), "no answer within 1000000 lines");
    let mut both = with("{}");
    both.extend(options(r#"{"nodes": 1, "movetime": 1}"#));
    refused(&both, "give nodes or movetime, not both");
}
