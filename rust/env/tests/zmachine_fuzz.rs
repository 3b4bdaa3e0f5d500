//! Story files are not trusted: any bytes are refused or played, and never for long.

#[path = "common/stories.rs"]
mod stories;
#[path = "common/story_fuzz.rs"]
mod story_fuzz;

use std::sync::Arc;

use archer_env::zmachine::Story;
use archer_env::zmachine::game::Game;
use archer_env::{Environments, Options, Rng, VecEnv, parse_options};
use proptest::prelude::{any, prop, proptest};
use proptest::test_runner::Config;
use stories::path;
use story_fuzz::run;

/// Changed copies of each story that tests can find.
const COPIES: u64 = 150;
/// Of those that are played as tasks, which takes longer.
const DAMAGED_TASKS: u64 = 40;

/// A header that is accepted, of a version from the first byte, before code.
fn story(version: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[0] = [3, 4, 5, 8][usize::from(version) % 4];
    // It begins at 0x300, with dictionary, objects and globals in what is before.
    for (at, address) in [
        (0x06, 0x300),
        (0x08, 0x280),
        (0x0A, 0x80),
        (0x0C, 0x40),
        (0x18, 0x44),
    ] {
        bytes[at..at + 2].copy_from_slice(&u16::to_be_bytes(address));
    }
    bytes[0x0E..0x10].copy_from_slice(&0x300_u16.to_be_bytes());
    bytes.resize(0x300, 0x11);
    bytes.extend(rest);
    bytes
}

proptest! {
    #![proptest_config(Config::with_cases(300))]

    #[test]
    fn any_bytes_are_a_story_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        run(&bytes, &[]);
    }

    #[test]
    fn any_code_halts(version: u8, code in prop::collection::vec(any::<u8>(), 1..1000)) {
        run(&story(version, &code), b"take lamp\nx\n\nundo");
    }
}

#[test]
fn damaged_stories_halt() {
    for (number, name) in ["czech.z3", "czech.z4", "praxix.z5", "czech.z8"]
        .iter()
        .enumerate()
    {
        let Some(story) = path(name).map(|path| std::fs::read(path).unwrap()) else {
            return;
        };
        for copy in 0..COPIES {
            let mut rng = Rng::new(5, number as u64, copy);
            let mut bytes = story.clone();
            for _ in 0..=rng.below(40) {
                // One in four where all begins: header, globals, objects.
                let most = if rng.below(4) == 0 {
                    64 + 3000
                } else {
                    bytes.len()
                };
                let at = 1 + rng.below(most - 1);
                bytes[at] = rng.next_u64().to_le_bytes()[0];
            }
            run(&bytes, b"all\nundo\nstreamtrip");
        }
    }
}

/// As a task, with valid actions, which the words and sentences of the damaged story are read for.
#[test]
fn damaged_stories_are_tasks_or_refused() {
    for (number, name) in ["advent.z3", "detective.z5"].iter().enumerate() {
        let Some(story) = path(name).map(|path| std::fs::read(path).unwrap()) else {
            return;
        };
        for copy in 0..DAMAGED_TASKS {
            let mut rng = Rng::new(6, number as u64, copy);
            let mut bytes = story.clone();
            for _ in 0..=rng.below(60) {
                let at = 1 + rng.below(bytes.len() - 1);
                bytes[at] = rng.next_u64().to_le_bytes()[0];
            }
            // The tables that are read for it: objects, dictionary and grammar.
            for _ in 0..rng.below(30) {
                let table = [0x0A, 0x08, 0x0E][rng.below(3)];
                let begin = usize::from(u16::from_be_bytes([story[table], story[table + 1]]));
                let at = begin + rng.below(400);
                bytes[at] = rng.next_u64().to_le_bytes()[0];
            }
            play_as_task(&bytes);
        }
    }
}

fn play_as_task(bytes: &[u8]) {
    let options = parse_options(r#"{"observation": "paper"}"#).unwrap();
    let game = Story::load(bytes).map(|story| Game::of(Arc::new(story), &options));
    let Ok(Ok(game)) = game else {
        return;
    };
    let mut envs = VecEnv::new(game, 2, 0).unwrap();
    envs.reset(&[0, 1], &Options::new()).unwrap();
    for line in ["n", "take all", "undo", "inventory"] {
        if envs.finished(&[0]).unwrap()[0] {
            break;
        }
        let outcome = envs.step(&[0], &[line], None).unwrap().remove(0);
        assert!(outcome.reward.is_finite() && !(outcome.terminated && outcome.truncated));
        let state = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&state], &[1]).unwrap();
        assert_eq!(envs.snapshot(&[1]).unwrap()[0], state);
        envs.hidden(&[0]).unwrap();
    }
}
