//! The rules of the corridor, through the front that every caller uses.

use archer_env::corridor::{COMMANDS, ID};
use archer_env::{EnvError, Environments, Options, Outcome, make, parse_options};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn begun(door: &str, env_options: &str) -> Box<dyn Environments + Send> {
    let mut envs = make(ID, 1, 0, &options(env_options)).unwrap();
    let door = options(&format!("{{\"door\": {door:?}}}"));
    envs.reset(&[0], &door).unwrap();
    envs
}

fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
}

fn play(envs: &mut dyn Environments, utterances: &[&str]) -> Vec<Outcome> {
    utterances.iter().map(|text| say(envs, text)).collect()
}

/// A turn after which the episode goes on.
fn turn(observation: &'static str, reward: f32) -> Outcome {
    Outcome {
        observation: observation.into(),
        reward,
        terminated: false,
        truncated: false,
        win: false,
        invalid: false,
    }
}

/// A turn that ends the episode.
fn end(observation: &'static str, reward: f32, win: bool) -> Outcome {
    Outcome {
        terminated: true,
        win,
        ..turn(observation, reward)
    }
}

#[test]
fn the_opening_says_all_there_is_to_know() {
    let mut envs = make(ID, 1, 0, &options(r#"{"length": 3}"#)).unwrap();
    let opening = envs.reset(&[0], &options(r#"{"door": "blue"}"#)).unwrap();
    assert_eq!(
        opening,
        [
            "Room 1 of 3 has a key. There is no way back. With the key, the blue door of room 3 \
          wins.\nSay: take key, go on, go red, go blue, go home.\n"
        ]
    );
    assert_eq!(envs.hidden(&[0]).unwrap(), ["blue"]);
}

#[test]
fn the_right_door_wins_with_the_key() {
    for door in ["red", "blue"] {
        let mut envs = begun(door, r#"{"length": 2, "step_cost": 0.25}"#);
        let open = format!("go {door}");
        let expected = [
            turn("You have the key.", -0.25),
            turn("Room 2.", -0.25),
            end("You win.", 0.75, true),
        ];
        assert_eq!(
            play(envs.as_mut(), &["take key", " GO on\n", &open]),
            expected
        );
        assert_eq!(envs.step(&[0], &["go on"], None), Err(EnvError::Over(0)));
    }
}

#[test]
fn the_wrong_door_and_going_home_end_the_episode() {
    let free = r#"{"length": 2, "step_cost": 0}"#;
    let turns = play(
        begun("red", free).as_mut(),
        &["take key", "go on", "go blue"],
    );
    assert_eq!(turns[2], end("Wrong door.", 0.0, false));
    for before in [
        &[][..],
        &["take key"],
        &["go on"],
        &["take key", "go on", "hm"],
    ] {
        let mut envs = begun("red", free);
        play(envs.as_mut(), before);
        let home = end("You are home.", 0.25, false);
        assert_eq!(play(envs.as_mut(), &["go home"]), [home]);
    }
}

#[test]
fn whoever_goes_on_without_the_key_cannot_win() {
    let mut envs = begun("red", r#"{"length": 2, "max_turns": 9}"#);
    for (utterance, observation) in [
        ("go on", "Room 2."),
        ("take key", "Not here."),
        ("go red", "Locked."),
        ("go blue", "Locked."),
        ("go on", "Not here."),
        ("go red", "Locked."),
    ] {
        assert_eq!(say(envs.as_mut(), utterance), turn(observation, -0.01));
    }
}

#[test]
fn what_is_not_possible_changes_nothing_and_what_is_no_command_is_invalid() {
    let mut envs = begun("red", "{}");
    for (utterance, observation) in [
        ("go red", "Not here."),
        ("go blue", "Not here."),
        ("take key", "You have the key."),
        ("take key", "Not here."),
        ("", "What?"),
        ("take", "What?"),
        ("go on.", "What?"),
        ("go  on", "What?"),
        ("go on", "Room 2."),
        ("take key", "Not here."),
    ] {
        let expected = Outcome {
            invalid: observation == "What?",
            ..turn(observation, -0.01)
        };
        assert_eq!(say(envs.as_mut(), utterance), expected, "{utterance}");
    }
}

#[test]
fn the_last_turn_truncates_unless_it_ends_the_episode() {
    let options = r#"{"length": 2, "max_turns": 3}"#;
    let turns = play(begun("red", options).as_mut(), &["", "take key", "go on"]);
    let truncated: Vec<bool> = turns.iter().map(|turn| turn.truncated).collect();
    assert_eq!(truncated, [false, false, true]);
    assert!(!turns.iter().any(|turn| turn.terminated));
    let turns = play(begun("red", options).as_mut(), &["", "", "go home"]);
    assert_eq!(turns[2], end("You are home.", 0.24, false));
}

#[test]
fn both_doors_are_drawn_evenly() {
    let mut envs = make(ID, 4000, 7, &Options::new()).unwrap();
    let all: Vec<usize> = (0..4000).collect();
    envs.reset(&all, &Options::new()).unwrap();
    let hidden = envs.hidden(&all).unwrap();
    let red = hidden.iter().filter(|door| *door == "red").count();
    assert!((1850..=2150).contains(&red), "{red}");
}

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (
            r#"{"length": 1}"#,
            "length is 1: give a whole number from 2",
        ),
        (r#"{"length": 1001}"#, "length is 1001"),
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (
            r#"{"length": 30}"#,
            "max_turns is 30, and the far end of 30 rooms takes 31 turns",
        ),
        (
            r#"{"step_cost": 0.1}"#,
            "step_cost is 0.1: give a number from 0 to 0.09375",
        ),
        (r#"{"step_cost": -0.1}"#, "step_cost is -0.1"),
        (r#"{"step_cost": "no"}"#, "step_cost is \"no\""),
        (r#"{"lengths": 3}"#, "did you mean \"length\""),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    for (json, expected) in [
        (
            r#"{"door": "green"}"#,
            "door is \"green\": give red or blue",
        ),
        (r#"{"door": 3}"#, "door is 3"),
        (r#"{"doors": "red"}"#, "did you mean \"door\""),
    ] {
        let error = envs.reset(&[0], &options(json)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(envs.episodes(), [0]);
    }
    assert!(make(ID, 1, 0, &options(r#"{"length": 1000, "max_turns": 1001}"#)).is_ok());
}

#[test]
fn snapshots_are_these_bytes() {
    let mut envs = begun("blue", "{}");
    play(envs.as_mut(), &["take key", "go on", "hm"]);
    let expected = b"\x01\x01\x08corridor\x03\x00\x00\x00\x02\x00\x00\x00\x01blue";
    assert_eq!(envs.snapshot(&[0]).unwrap(), [expected]);
    envs.restore(&[b"\x01\x01\x08corridor\0\0\0\0\x08\0\0\0\x01blue"], &[0])
        .unwrap();
    assert!(say(envs.as_mut(), "go blue").win);
}

/// Text of every sort, commands among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(COMMANDS.to_vec()).prop_map(str::to_owned),
        prop::collection::vec(any::<char>(), 0..30).prop_map(String::from_iter),
        any::<char>().prop_map(|piece| String::from(piece).repeat(100_000)),
    ]
}

proptest! {
    #[test]
    fn any_text_is_answered(utterances in prop::collection::vec(text(), 1..40), seed: u64) {
        let mut envs = make(ID, 1, seed, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for (turn, utterance) in utterances.iter().enumerate() {
            let outcome = say(envs.as_mut(), utterance);
            let known = COMMANDS.contains(&utterance.as_str());
            prop_assert!(outcome.invalid != known);
            prop_assert!(outcome.terminated || !outcome.win);
            prop_assert_eq!(outcome.truncated, !outcome.terminated && turn == 29);
            if outcome.terminated || outcome.truncated {
                break;
            }
        }
    }

    #[test]
    fn snapshots_are_exact_and_any_bytes_are_refused_or_are_one(
        bytes in prop::collection::vec(any::<u8>(), 0..40), at in 0..40_usize, byte: u8,
        utterances in prop::collection::vec(prop::sample::select(COMMANDS[..4].to_vec()), 0..9),
    ) {
        let mut envs = make(ID, 2, 5, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for utterance in utterances {
            if !envs.finished(&[0]).unwrap()[0] {
                say(envs.as_mut(), utterance);
            }
        }
        let good = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&good], &[1]).unwrap();
        prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &good);
        let mut changed = good.clone();
        let last = changed.len() - 1;
        changed[at.min(last)] = byte;
        for candidate in [&bytes, &changed] {
            if envs.restore(&[candidate], &[1]).is_ok() {
                prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], candidate);
                if !envs.finished(&[1]).unwrap()[0] {
                    envs.step(&[1], &["go on"], None).unwrap();
                }
            }
        }
    }
}
