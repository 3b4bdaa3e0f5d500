//! The rules of text navigation, through the front that every caller uses.

use std::collections::HashSet;

use archer_env::text_nav::{ID, TextNav};
use archer_env::{Environments, Options, Outcome, make, parse_options};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq};

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn in_house(house: u64) -> Options {
    options(&format!("{{\"house\": {house}}}"))
}

/// Environments in one house, and the opening.
fn begun(house: u64, env_options: &str) -> (Box<dyn Environments + Send>, String) {
    let mut envs = make(ID, 2, 0, &options(env_options)).unwrap();
    let mut openings = envs.reset(&[0, 1], &in_house(house)).unwrap();
    (envs, openings.remove(0).into_owned())
}

fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
}

/// What can be done, of a text that lists it.
fn listed(observation: &str) -> Vec<String> {
    let (_, commands) = observation.split_once("\nCommands: ").unwrap();
    let commands = commands.trim_end().strip_suffix('.').unwrap();
    commands.split(", ").map(str::to_owned).collect()
}

/// Options of houses of all sizes.
fn plans() -> impl Strategy<Value = String> {
    let sizes = (2..=20_u32, 1..=10_u32, 0..=4_u32);
    (sizes, any::<bool>(), any::<bool>()).prop_map(|((rooms, objects, locks), go, partial)| {
        format!(
            "{{\"rooms\": {rooms}, \"objects\": {objects}, \"locks\": {}, \"quest\": {:?}, \
             \"description\": {:?}, \"max_turns\": 10000, \"show_commands\": true}}",
            locks.min(rooms - 1),
            if go { "go" } else { "fetch" },
            if partial { "partial" } else { "full" },
        )
    })
}

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (
            r#"{"rooms": 1}"#,
            "rooms is 1: give a whole number from 2 to 64",
        ),
        (r#"{"rooms": 65}"#, "rooms is 65"),
        (
            r#"{"objects": 0}"#,
            "objects is 0: give a whole number from 1 to 32",
        ),
        (r#"{"locks": 17, "rooms": 64}"#, "locks is 17"),
        (r#"{"locks": 3, "rooms": 3}"#, "no more than 2 ways"),
        (r#"{"quest": "win"}"#, "quest is \"win\": give fetch or go"),
        (
            r#"{"description": 1}"#,
            "description is 1: give full or partial",
        ),
        (
            r#"{"show_commands": 1}"#,
            "show_commands is 1: give true or false",
        ),
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (
            r#"{"step_cost": 2}"#,
            "step_cost is 2: give a number from 0 to 1",
        ),
        (r#"{"room": 3}"#, "did you mean \"rooms\""),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    for json in [
        r#"{"house": -1}"#,
        r#"{"house": "big"}"#,
        r#"{"houses": 1}"#,
    ] {
        let error = envs.reset(&[0], &options(json)).unwrap_err().to_string();
        assert!(error.contains("house"), "{error}");
    }
    assert!(envs.reset(&[0], &in_house(u64::MAX)).is_ok());
    assert_eq!(envs.hidden(&[0]).unwrap(), [u64::MAX.to_string()]);
}

#[test]
fn the_number_that_is_hidden_gives_the_house_again() {
    let mut envs = make(ID, 2, 3, &Options::new()).unwrap();
    let first = envs.reset(&[0], &Options::new()).unwrap();
    let number = envs.hidden(&[0]).unwrap()[0].parse().unwrap();
    assert_eq!(envs.reset(&[1], &in_house(number)).unwrap(), first);
    assert_eq!(envs.snapshot(&[0]).unwrap(), envs.snapshot(&[1]).unwrap());
    assert_ne!(envs.reset(&[0], &Options::new()).unwrap(), first);
}

#[test]
fn every_turn_costs_and_the_last_one_truncates_unless_it_wins() {
    let plan = r#"{"rooms": 2, "locks": 0, "step_cost": 0.25, "max_turns": 3}"#;
    let task = TextNav::new(&options(plan)).unwrap();
    let of_length = |turns| (0..1000).find(|&house| task.shortest(house).unwrap().len() == turns);
    let house = of_length(3).unwrap();
    let (mut envs, _) = begun(house, plan);
    for (turn, command) in task.shortest(house).unwrap().iter().enumerate() {
        let outcome = say(envs.as_mut(), command);
        assert_eq!((outcome.win, outcome.terminated), (turn == 2, turn == 2));
        assert!((outcome.reward - if turn == 2 { 0.75 } else { -0.25 }).abs() < 1e-6);
        assert!(!outcome.truncated && !outcome.invalid);
    }
    let (mut envs, _) = begun(of_length(4).unwrap(), plan);
    let truncated: Vec<bool> = (0..3)
        .map(|_| say(envs.as_mut(), "look").truncated)
        .collect();
    assert_eq!(truncated, [false, false, true]);
}

/// Distance to the end by breadth-first search over everything that can be done.
fn distance(envs: &mut dyn Environments, opening: &str) -> usize {
    let mut layer = vec![(envs.snapshot(&[0]).unwrap().remove(0), listed(opening))];
    let mut seen = HashSet::new();
    for turns in 1.. {
        assert!(!layer.is_empty(), "the quest cannot be completed");
        for (state, commands) in std::mem::take(&mut layer) {
            for command in commands {
                envs.restore(&[&state], &[0]).unwrap();
                let outcome = say(envs, &command);
                if outcome.win {
                    return turns;
                }
                let state = envs.snapshot(&[0]).unwrap().remove(0);
                // What follows the turns tells states apart.
                if seen.insert(state[3 + ID.len() + 4..].to_vec()) {
                    layer.push((state, listed(&outcome.observation)));
                }
            }
        }
    }
    unreachable!()
}

#[test]
fn the_solver_finds_what_breadth_first_search_over_the_true_game_finds() {
    for (plan, houses) in [
        (
            r#"{"rooms": 2, "objects": 2, "locks": 1, "show_commands": true}"#,
            30,
        ),
        (
            r#"{"rooms": 3, "objects": 1, "locks": 1, "show_commands": true}"#,
            12,
        ),
        (
            r#"{"rooms": 4, "objects": 1, "locks": 1, "show_commands": true, "quest": "go"}"#,
            8,
        ),
        (
            r#"{"rooms": 3, "objects": 1, "locks": 2, "show_commands": true}"#,
            3,
        ),
    ] {
        let task = TextNav::new(&options(plan)).unwrap();
        for house in 0..houses {
            let (mut envs, opening) = begun(house, plan);
            let expected = task.shortest(house).unwrap().len();
            assert_eq!(
                distance(envs.as_mut(), &opening),
                expected,
                "{plan} {house}"
            );
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        any::<char>().prop_map(|piece| String::from(piece).repeat(100_000)),
        "(go|take|put|open|unlock|examine|pick up) (the )?[a-z]{0,9} (in|on|with|from)? ?[a-z]{0,9}",
        Just("take a b c d e f g h i j k l m n o".to_owned()),
    ]
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn the_solution_of_every_house_wins(plan in plans(), house: u64) {
        let (mut envs, _) = begun(house, &plan);
        let solution = TextNav::new(&options(&plan)).unwrap().shortest(house).unwrap();
        for (turn, command) in solution.iter().enumerate() {
            let outcome = say(envs.as_mut(), command);
            prop_assert!(!outcome.invalid, "{}", command);
            prop_assert_eq!(outcome.win, turn + 1 == solution.len());
        }
    }

    #[test]
    fn what_is_listed_is_accepted_and_ways_that_are_not_listed_are_refused(
        plan in plans(), house: u64, choices in prop::collection::vec(any::<u16>(), 30),
    ) {
        let (mut envs, mut heard) = begun(house, &plan);
        for choice in choices {
            let commands = listed(&heard);
            let state = envs.snapshot(&[0]).unwrap().remove(0);
            for direction in ["north", "east", "south", "west"] {
                let go = format!("go {direction}");
                envs.restore(&[&state], &[1]).unwrap();
                let outcome = envs.step(&[1], &[&go], None).unwrap().remove(0);
                prop_assert_eq!(outcome.invalid, !commands.contains(&go), "{}", outcome.observation);
            }
            for command in &commands {
                envs.restore(&[&state], &[1]).unwrap();
                let outcome = envs.step(&[1], &[command], None).unwrap().remove(0);
                prop_assert!(!outcome.invalid, "{}: {}", command, outcome.observation);
                let after = envs.snapshot(&[1]).unwrap().remove(0);
                let turns = 3 + ID.len()..3 + ID.len() + 4;
                let changed = after[turns.end..] != state[turns.end..];
                prop_assert!(changed != ["look", "inventory"].contains(&command.as_str()));
            }
            let outcome = say(envs.as_mut(), &commands[usize::from(choice) % commands.len()]);
            if outcome.win {
                break;
            }
            heard = outcome.observation.into_owned();
        }
    }

    #[test]
    fn any_text_is_answered_and_what_is_refused_changes_nothing(
        utterances in prop::collection::vec(text(), 1..30), house: u64, plan in plans(),
    ) {
        let (mut envs, _) = begun(house, &plan);
        for utterance in &utterances {
            let before = envs.snapshot(&[0]).unwrap().remove(0);
            let outcome = say(envs.as_mut(), utterance);
            let after = envs.snapshot(&[0]).unwrap().remove(0);
            let at = 3 + ID.len() + 4;
            prop_assert!(!outcome.invalid || after[at..] == before[at..]);
            prop_assert!(outcome.observation.len() < 5000);
            if outcome.terminated {
                break;
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_are_a_state(at in 0..60_usize, byte: u8, house: u64) {
        let (mut envs, _) = begun(house, r#"{"show_commands": true}"#);
        let mut state = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&state], &[1]).unwrap();
        let at = at.min(state.len() - 1);
        state[at] = byte;
        if envs.restore(&[&state], &[1]).is_ok() {
            prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &state);
            if !envs.finished(&[1]).unwrap()[0] {
                envs.step(&[1], &["take lamp"], None).unwrap();
            }
        }
    }
}
