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

/// The option of a map whose rows are separated by slashes.
fn map(rows: &str) -> String {
    format!("\"map\": {:?}", rows.split('/').collect::<Vec<_>>())
}

#[test]
fn a_map_of_ones_own_may_fix_the_start_and_be_shown() {
    let rows = map("######/#S  G#/######");
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
fn bad_maps_are_explained() {
    for (rows, expected) in [
        ("", "the map has 0 rows, the first of 0 cells: give 3 to 99"),
        ("####/#SG#/###", "has 4 cells in row 0 and 3 in row 2"),
        ("####/#.G#/####", "has '.' in row 1, column 1"),
        ("####/#SG /####", "has ' ' in row 1, column 3: its edge"),
        ("####/#S #/####", "has no goal"),
        ("####/#GG#/####", "has 2 cells G: give one"),
        ("#####/#SSG#/#####", "has 2 cells S: give one"),
        ("###/#G#/###", "no floor but the goal"),
        ("#####/#S#G#/#####", "floor in row 1, column 1 with no way"),
    ] {
        let given = options(&format!("{{{}}}", map(rows)));
        let error = make(ID, 1, 0, &given).err().unwrap().to_string();
        assert!(error.contains(expected), "{rows}: {error}");
    }
    let wide = map(&["#".repeat(100), "#".repeat(100), "#".repeat(100)].join("/"));
    assert!(make(ID, 1, 0, &options(&format!("{{{wide}}}"))).is_err());
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
fn bad_options_are_named() {
    for (json, expected) in [
        (
            r#"{"layout": "v"}"#,
            "layout is \"v\": give one of double_t, u, medium, generated",
        ),
        (r#"{"layout": 3}"#, "layout is 3"),
        (r#"{"layouts": "u"}"#, "did you mean \"layout\""),
        (
            r#"{"observation": "none"}"#,
            "observation is \"none\": give one of full, partial",
        ),
        (r#"{"show_map": 1}"#, "show_map is 1: give true or false"),
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (r#"{"width": 9}"#, "width is for generated mazes"),
        (
            r#"{"layout": "u", "loops": 0}"#,
            "loops is for generated mazes",
        ),
        (
            r#"{"layout": "generated", "width": 8}"#,
            "width is 8: give an odd number",
        ),
        (
            r#"{"layout": "generated", "height": 3}"#,
            "height is 3: give a whole number from 5 to 99",
        ),
        (
            r#"{"layout": "generated", "loops": 17}"#,
            "loops is 17: give at most 16",
        ),
        (
            r#"{"layout": "u", "map": []}"#,
            "both layout and map are given",
        ),
        (r#"{"map": 7}"#, "map is 7: give a list of its rows"),
        (r#"{"map": ["G", 3]}"#, "give a list of its rows"),
        (r#"{"map": []}"#, "the map has 0 rows"),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    for (json, expected) in [
        (
            r#"{"start": [0, 0]}"#,
            "start is [0,0]: give [row, column] of a floor cell",
        ),
        (r#"{"start": [1, 25]}"#, "start is [1,25]"),
        (r#"{"start": [1]}"#, "start is [1]"),
        (r#"{"start": [-1, 1.5]}"#, "start is [-1,1.5]"),
        (r#"{"goal": "here"}"#, "goal is \"here\""),
        (
            r#"{"goal": [1, 1], "start": [1, 1]}"#,
            "both start and goal are [1, 1]",
        ),
        (r#"{"begin": [1, 1]}"#, "there is no option \"begin\""),
    ] {
        let error = envs.reset(&[0], &options(json)).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
        assert_eq!(envs.episodes(), [0]);
    }
    let nothing = r#"{"map": null, "width": null, "height": null, "loops": null, "layout": null}"#;
    assert!(make(ID, 1, 0, &options(nothing)).is_ok());
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
