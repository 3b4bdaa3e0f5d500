//! What holds for any maze and any text.

use std::collections::HashSet;

use archer_env::maze::ID;
use archer_env::{Environments, Options, Outcome, make, parse_options};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq};

const MOVES: [&str; 4] = ["move right", "move left", "move up", "move down"];

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
}

/// The floor cells of a drawn map.
fn floor(map: &str) -> HashSet<(usize, usize)> {
    let cells = map.lines().enumerate().flat_map(|(row, line)| {
        line.chars()
            .enumerate()
            .filter(|&(_, letter)| letter != '#')
            .map(move |(column, _)| (row, column))
    });
    cells.collect()
}

/// Text of every sort, moves among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(MOVES.to_vec()).prop_map(str::to_owned),
        prop::collection::vec(any::<char>(), 0..30).prop_map(String::from_iter),
        any::<char>().prop_map(|piece| String::from(piece).repeat(100_000)),
    ]
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn generated_mazes_are_connected_and_have_as_many_loops_as_were_asked_for(
        rows in 2..15_usize, columns in 2..15_usize, share in 0.0..=1.0, seed: u64,
    ) {
        let (height, width) = (2 * rows + 1, 2 * columns + 1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let loops = (share * ((rows - 1) * (columns - 1)) as f64) as usize;
        let json = format!(
            r#"{{"layout": "generated", "width": {width}, "height": {height}, "loops": {loops}}}"#
        );
        let mut envs = make(ID, 1, seed, &options(&json)).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        let map = envs.hidden(&[0]).unwrap().remove(0);
        prop_assert_eq!((map.lines().count(), map.lines().next().unwrap().len()), (height, width));
        let floor = floor(&map);
        let rooms = floor.iter().filter(|(row, column)| row % 2 == 1 && column % 2 == 1).count();
        prop_assert_eq!(rooms, rows * columns);
        // A connected graph with n vertices and n - 1 + k edges has k independent loops.
        prop_assert_eq!(floor.len() - rooms, rooms - 1 + loops);
        let mut waiting = vec![(1, 1)];
        let mut reached = HashSet::from([(1, 1)]);
        while let Some((row, column)) = waiting.pop() {
            for next in [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)] {
                if floor.contains(&next) && reached.insert(next) {
                    waiting.push(next);
                }
            }
        }
        prop_assert_eq!(reached, floor);
    }

    #[test]
    fn any_text_is_answered(utterances in prop::collection::vec(text(), 1..40), seed: u64) {
        let mut envs = make(ID, 1, seed, &options(r#"{"max_turns": 30}"#)).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for (turn, utterance) in utterances.iter().enumerate() {
            let outcome = say(envs.as_mut(), utterance);
            prop_assert_eq!(outcome.invalid, outcome.reward < -1.0);
            prop_assert!(!(outcome.invalid && MOVES.contains(&utterance.as_str())));
            prop_assert_eq!(outcome.win, outcome.terminated);
            prop_assert_eq!(outcome.truncated, !outcome.terminated && turn == 29);
            prop_assert!(outcome.observation.len() < 100);
            if outcome.terminated || outcome.truncated {
                break;
            }
        }
    }

    #[test]
    fn snapshots_are_exact_and_any_bytes_are_refused_or_are_one(
        layout in prop::sample::select(vec!["double_t", "generated"]),
        bytes in prop::collection::vec(any::<u8>(), 0..40), at in 0..40_usize, byte: u8,
        utterances in prop::collection::vec(prop::sample::select(MOVES.to_vec()), 0..9),
    ) {
        let json = format!(r#"{{"layout": {layout:?}}}"#);
        let mut envs = make(ID, 2, 5, &options(&json)).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for utterance in utterances {
            if !envs.finished(&[0]).unwrap()[0] {
                say(envs.as_mut(), utterance);
            }
        }
        let good = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&good], &[1]).unwrap();
        prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &good);
        prop_assert_eq!(envs.hidden(&[0]).unwrap(), envs.hidden(&[1]).unwrap());
        let mut changed = good.clone();
        let last = changed.len() - 1;
        changed[at.min(last)] = byte;
        for candidate in [&bytes, &changed] {
            if envs.restore(&[candidate], &[1]).is_ok() {
                prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], candidate);
                if envs.hidden(&[1]).is_ok() && !envs.finished(&[1]).unwrap()[0] {
                    envs.step(&[1], &["up"], None).unwrap();
                }
            }
        }
    }
}
