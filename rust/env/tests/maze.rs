//! The rules of the maze, through the front that every caller uses.

use archer_env::maze::ID;
use archer_env::{EnvError, Environments, Options, Outcome, make, parse_options};

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn begun(env_options: &str, reset: &str) -> (Box<dyn Environments + Send>, String) {
    let mut envs = make(ID, 1, 0, &options(env_options)).unwrap();
    let opening = envs.reset(&[0], &options(reset)).unwrap().remove(0);
    (envs, opening.into_owned())
}

fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
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

#[test]
fn the_double_t_maze_from_corner_to_goal() {
    let (mut envs, opening) = begun("{}", r#"{"start": [1, 1]}"#);
    assert_eq!(
        opening,
        "Reach the goal of the double T maze, which has 10 rows and 13 columns, counted from 0 at \
         the top left.\nSay: move up, move down, move left, move right.\n\
         The goal is at 8, 6. You are at 1, 1. Walls: left, up, down.\n"
    );
    for (utterance, expected) in [
        (
            "move right",
            turn(
                "The goal is at 8, 6. You are at 1, 2. Walls: up, down.",
                -1.0,
            ),
        ),
        // A wall costs a step and nothing else.
        (
            "move up\n",
            turn(
                "The goal is at 8, 6. You are at 1, 2. Walls: up, down.",
                -1.0,
            ),
        ),
        (
            "fly",
            Outcome {
                invalid: true,
                ..turn(
                    "That is no move. The goal is at 8, 6. You are at 1, 2. Walls: up, down.",
                    -4.0,
                )
            },
        ),
        (
            "Go RIGHT!",
            turn("The goal is at 8, 6. You are at 1, 3. Walls: up.", -1.0),
        ),
        (
            " down ",
            turn(
                "The goal is at 8, 6. You are at 2, 3. Walls: right, left.",
                -1.0,
            ),
        ),
    ] {
        assert_eq!(say(envs.as_mut(), utterance), expected, "{utterance}");
    }
    let rest = [
        "down", "down", "down", "right", "right", "right", "down", "down",
    ];
    for utterance in rest {
        assert_eq!(
            say(envs.as_mut(), utterance).reward.to_bits(),
            (-1.0_f32).to_bits()
        );
    }
    let end = Outcome {
        terminated: true,
        win: true,
        ..turn("You have reached the goal.", 0.0)
    };
    assert_eq!(say(envs.as_mut(), "move down"), end);
    assert_eq!(envs.step(&[0], &["up"], None), Err(EnvError::Over(0)));
}

#[test]
fn partly_observed_it_tells_walls_alone() {
    let partial = r#"{"layout": "u", "observation": "partial", "max_turns": 5}"#;
    let (mut envs, opening) = begun(partial, r#"{"start": [1, 2]}"#);
    assert!(
        opening.ends_with("move right.\nWalls: up, down.\n"),
        "{opening}"
    );
    let lost = Outcome {
        invalid: true,
        ..turn("That is no move. Walls: up, down.", -4.0)
    };
    assert_eq!(say(envs.as_mut(), ""), lost);
    assert_eq!(say(envs.as_mut(), "right"), turn("Walls: right, up.", -1.0));
    assert_eq!(
        say(envs.as_mut(), "down"),
        turn("Walls: right, left.", -1.0)
    );
    assert!(say(envs.as_mut(), "down").win);
}

#[test]
fn the_last_turn_truncates_unless_it_reaches_the_goal() {
    for (last, truncated) in [("up", true), ("hm", true), ("down", false)] {
        let (mut envs, _) = begun(r#"{"layout": "u", "max_turns": 2}"#, r#"{"start": [2, 3]}"#);
        assert!(!say(envs.as_mut(), "").truncated);
        let outcome = say(envs.as_mut(), last);
        assert_eq!(
            (outcome.truncated, outcome.terminated),
            (truncated, !truncated)
        );
    }
}

#[test]
fn moves_are_said_in_these_ways_and_no_others() {
    for (utterance, is_move) in [
        ("move left", true),
        ("Move Left.\n", true),
        ("\tgo   left!", true),
        ("LEFT", true),
        ("left .", true),
        ("move left left", false),
        ("move", false),
        ("go", false),
        ("left move", false),
        ("leftwards", false),
        ("moveleft", false),
        ("north", false),
        ("left..", false),
        ("", false),
        (".", false),
    ] {
        let (mut envs, _) = begun(r#"{"layout": "medium"}"#, r#"{"start": [1, 2]}"#);
        let outcome = say(envs.as_mut(), utterance);
        assert_eq!(outcome.invalid, !is_move, "{utterance:?}");
        assert_eq!(outcome.observation.contains("You are at 1, 1."), is_move);
    }
}

#[test]
fn a_map_of_ones_own_may_fix_the_start_and_be_shown() {
    let rows = format!("\"map\": {:?}", ["######", "#S  G#", "######"]);
    let text = format!("\"map\": {:?}", "######\n#S  G#\n######\n");
    for given in [&rows, &text] {
        let (envs, opening) = begun(&format!("{{{given}, \"show_map\": true}}"), "{}");
        assert_eq!(
            opening,
            "Reach the goal of a maze, which has 3 rows and 6 columns, counted from 0 at the top \
             left.\nSay: move up, move down, move left, move right.\n\
             Map, with # for walls and G for the goal:\n######\n#   G#\n######\n\
             The goal is at 1, 4. You are at 1, 1. Walls: left, up, down.\n"
        );
        assert_eq!(envs.hidden(&[0]).unwrap(), ["######\n#@  G#\n######"]);
    }
    let shown = format!("{{{rows}, \"show_map\": true}}");
    let (mut envs, opening) = begun(&shown, r#"{"start": [1, 3], "goal": [1, 2]}"#);
    assert!(opening.contains("# G  #"), "{opening}");
    assert!(say(envs.as_mut(), "left").win);
}

#[test]
fn starts_are_drawn_from_all_floor_but_the_goal() {
    let mut envs = make(ID, 3000, 5, &options(r#"{"layout": "u"}"#)).unwrap();
    let all: Vec<usize> = (0..3000).collect();
    let openings = envs.reset(&all, &Options::new()).unwrap();
    for cell in ["3, 1", "2, 1", "1, 1", "1, 2", "1, 3", "2, 3"] {
        let at = format!("You are at {cell}.");
        let count = openings.iter().filter(|text| text.contains(&at)).count();
        assert!((420..=580).contains(&count), "{cell}: {count}");
    }
}

#[test]
fn snapshots_are_these_bytes() {
    let (mut envs, _) = begun("{}", r#"{"start": [1, 1]}"#);
    say(envs.as_mut(), "right");
    let expected = b"\x01\x01\x04maze\x01\0\0\0\x01\x02\x08\x06\0\0\0\0\0\0\0\0";
    assert_eq!(envs.snapshot(&[0]).unwrap(), [expected]);
    for (bytes, reason) in [
        (
            &b"\x01\x01\x04maze\x01\0\0\0\x01\x02\x08\x06\x01\0\0\0\0\0\0\0"[..],
            "generated",
        ),
        (
            b"\x01\x01\x04maze\x01\0\0\0\x01\x02\x08\x06\0\0\0\0\0\0\0",
            "16 bytes, not 15",
        ),
        (
            b"\x01\x01\x04maze\x01\0\0\0\x01\x02\x08",
            "7 bytes are too few",
        ),
        (
            b"\x01\x01\x04maze\xff\0\0\0\x01\x02\x08\x06\0\0\0\0\0\0\0\0",
            "turn 255",
        ),
        (
            b"\x01\x01\x04maze\x01\0\0\0\x02\x02\x08\x06\0\0\0\0\0\0\0\0",
            "no floor at 2, 2",
        ),
        (
            b"\x01\x01\x04maze\x01\0\0\0\x01\x02\xff\x06\0\0\0\0\0\0\0\0",
            "no floor at 255, 6",
        ),
    ] {
        let error = envs.restore(&[bytes], &[0]).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
