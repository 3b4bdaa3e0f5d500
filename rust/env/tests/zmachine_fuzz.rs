//! Story files are not trusted: any bytes are refused or played, and never for long.

#[path = "common/stories.rs"]
mod stories;
#[path = "common/story_fuzz.rs"]
mod story_fuzz;

use archer_env::Rng;
use proptest::prelude::{any, prop, proptest};
use proptest::test_runner::Config;
use stories::path;
use story_fuzz::run;

/// Changed copies of each story that tests can find.
const COPIES: u64 = 150;

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
