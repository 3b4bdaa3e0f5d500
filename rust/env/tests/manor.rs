//! The rules of the manor, through the front that every caller uses.

#[path = "common/manor.rs"]
mod common;

use std::collections::BTreeSet;

use archer_env::manor::ID;
use archer_env::{Environments, Options, Outcome, make};
use common::{CASES, CLUES, PROOFS, begun, options, say};

const SUSPECTS: [&str; 4] = ["julian", "orme", "penn", "lisle"];
/// Says all of them and gives the last outcome and the sum of rewards.
fn play(envs: &mut dyn Environments, commands: &str) -> (Outcome, f32) {
    let mut total = 0.0;
    let mut last = None;
    for command in commands.split(", ") {
        let outcome = say(envs, command);
        assert!(!outcome.invalid, "{command}: {}", outcome.observation);
        total += outcome.reward;
        last = Some(outcome);
    }
    (last.unwrap(), total)
}

/// At the gate with both proofs, having searched everywhere.
fn ready(case: u32, env_options: &str) -> (Box<dyn Environments + Send>, f32) {
    let (mut envs, _) = begun(case, env_options);
    let mut total = play(envs.as_mut(), CLUES).1;
    total += play(envs.as_mut(), PROOFS).1;
    (envs, total)
}

const FOREVER: &str = r#"{"max_turns": 4294967295}"#;

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (
            r#"{"observation": "full"}"#,
            "observation is \"full\": give game or paper",
        ),
        (
            r#"{"show_commands": 1}"#,
            "show_commands is 1: give true or false",
        ),
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (r#"{"max_turn": 3}"#, "did you mean \"max_turns\""),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    for json in [r#"{"case": 144}"#, r#"{"case": -1}"#, r#"{"cases": 1}"#] {
        let error = envs.reset(&[0], &options(json)).unwrap_err().to_string();
        assert!(error.contains("case"), "{error}");
    }
}

#[test]
fn every_case_is_drawn_and_can_be_asked_for() {
    let mut envs = make(ID, 2000, 0, &Options::new()).unwrap();
    let all: Vec<usize> = (0..2000).collect();
    envs.reset(&all, &Options::new()).unwrap();
    let hidden: BTreeSet<String> = envs.hidden(&all).unwrap().into_iter().collect();
    assert_eq!(hidden.len(), CASES as usize);
    let (envs, _) = begun(143, "{}");
    assert_eq!(envs.hidden(&[0]).unwrap(), ["Doctor Lisle, case 143"]);
}

#[test]
fn every_case_has_a_hundred_points_and_one_culprit() {
    for case in 0..CASES {
        let mut wins = 0;
        for suspect in SUSPECTS {
            let (mut envs, score) = ready(case, FOREVER);
            assert!((score - 80.0).abs() < f32::EPSILON, "{case}: {score}");
            let outcome = say(envs.as_mut(), &format!("accuse {suspect}"));
            assert!(outcome.terminated && !outcome.invalid, "{case}");
            let expected = if outcome.win { 20.0 } else { 0.0 };
            assert!((outcome.reward - expected).abs() < f32::EPSILON);
            wins += usize::from(outcome.win);
            let name = envs.hidden(&[0]).unwrap().remove(0).to_lowercase();
            assert_eq!(outcome.win, name.contains(suspect), "{case}");
        }
        assert_eq!(wins, 1, "{case}");
    }
}

#[test]
fn every_wrong_turn_ends_the_game_with_the_score_so_far() {
    let to_bottle = PROOFS.replace(", x bottle", "");
    for (commands, said, score) in [
        ("n, e, n".to_owned(), "drink sherry", 0.0),
        ("n, e, n, x glass".to_owned(), "sip the wine glass", 5.0),
        ("n, e, n, e, n, w".to_owned(), "eat a stem", 0.0),
        ("n, e, n, e, d".to_owned(), "east", 0.0),
        ("n, e, n, e, d".to_owned(), "north", 0.0),
        (
            "n, u, w, get pole, e, open hatch, u".to_owned(),
            "go east",
            0.0,
        ),
        (format!("{CLUES}, {to_bottle}"), "accuse mrs dunn", 75.0),
    ] {
        let (mut envs, _) = begun(0, FOREVER);
        let total = play(envs.as_mut(), &commands).1;
        let outcome = say(envs.as_mut(), said);
        assert!(outcome.terminated && !outcome.win, "{commands}: {said}");
        assert!(outcome.observation.contains("[The end. Your score is "));
        assert!((total + outcome.reward - score).abs() < 0.1, "{said}");
        assert!(envs.finished(&[0]).unwrap()[0]);
    }
}

#[test]
fn the_culprit_strikes_whoever_shows_a_proof_and_the_others_only_look() {
    let ways = ["n, e", "n, w", "n, e, n, e, n, e", "n, u, e"];
    for (culprit, proof) in (0..4).zip(["bottle", "page", "bottle", "page"]) {
        for (suspect, way) in ways.iter().enumerate() {
            let (mut envs, _) = ready(culprit, FOREVER);
            play(envs.as_mut(), way);
            let outcome = say(envs.as_mut(), &format!("show {proof}"));
            assert!(!outcome.invalid && !outcome.win);
            assert_eq!(outcome.terminated, suspect == culprit as usize);
        }
    }
}

#[test]
fn clues_open_what_can_be_asked_and_done() {
    let (mut envs, _) = begun(7, FOREVER);
    for (said, expected) in [
        ("accuse penn", "cannot arrest on a name"),
        ("ask hale about bottle", "do not know enough"),
        ("ask hale about spaceships", "do not know enough"),
        ("ask penn about murder", "You see no penn here."),
        ("take hale", "would rather not"),
        ("open gate", "does not open"),
        ("south", "no way south"),
        ("unlock lamp with nose", "You see no lamp here."),
        ("show notebook to hale", "You see no notebook here."),
        ("x it", "You see no it here."),
    ] {
        let outcome = say(envs.as_mut(), said);
        assert!(
            outcome.invalid && outcome.observation.contains(expected),
            "{outcome:?}"
        );
    }
    play(envs.as_mut(), "n, w");
    assert!(say(envs.as_mut(), "n").observation.contains("locked"));
    assert!(
        say(envs.as_mut(), "unlock door")
            .observation
            .contains("its own key")
    );
    assert!(
        say(envs.as_mut(), "accuse orme")
            .observation
            .contains("at the gate")
    );
    play(envs.as_mut(), "e, u, e");
    assert!(say(envs.as_mut(), "ask lisle about glass").invalid);
    play(envs.as_mut(), "w");
    assert!(
        say(envs.as_mut(), "u")
            .observation
            .contains("hatch is closed")
    );
    play(envs.as_mut(), "d, e, n, e, d");
    assert!(
        say(envs.as_mut(), "search coal")
            .observation
            .contains("no coal here")
    );
    assert!(
        say(envs.as_mut(), "look")
            .observation
            .contains("pitch dark")
    );
}

#[test]
fn commands_are_read_in_many_forms() {
    for (commands, expected) in [
        ("n, e, n, take all, i", "a sherry glass and a decanter."),
        (
            "n, e, n, pick up the glass, drop it, grab it, inv",
            "You carry a sherry glass.",
        ),
        ("n, e, n, get all, drop everything, i", "You carry nothing."),
        ("Ask about the death!", "Hale reads."),
        ("talk to Constable Hale", "Hale reads."),
        ("question him about murder", "Hale reads."),
        ("x Hale, x him, x it", "Young, wet, and honest."),
        ("look around", "Wet gravel"),
        ("go north., x row of coats", "Raincoats"),
        ("score", "Your score is 0 of 100, after 0 turns."),
        ("help", "Commands: "),
        ("z", "rain"),
    ] {
        let (mut envs, _) = begun(3, FOREVER);
        let outcome = play(envs.as_mut(), commands).0;
        assert!(
            outcome.observation.contains(expected),
            "{commands}: {outcome:?}"
        );
    }
}

#[test]
fn the_paper_s_observation_tells_the_place_what_is_carried_and_what_can_be_done() {
    let (mut envs, opening) = begun(5, r#"{"observation": "paper"}"#);
    assert!(opening.starts_with("Look: Drive\nWet gravel"), "{opening}");
    assert!(opening.contains("\nInventory: You carry nothing.\nText: Edith Fenwick"));
    let listed = "\nValid actions: north, ask constable hale about death\n";
    assert!(opening.ends_with(listed), "{opening}");
    let outcome = say(envs.as_mut(), "hm");
    assert!(
        outcome
            .observation
            .contains("\nText: That is no command here")
    );
    let (mut envs, opening) = begun(5, r#"{"show_commands": true}"#);
    assert!(opening.starts_with("Edith Fenwick") && opening.ends_with(listed));
    let heard = say(envs.as_mut(), "n").observation;
    assert!(
        heard.ends_with("\nValid actions: east, south, west, up"),
        "{heard}"
    );
}

#[test]
fn the_last_turn_truncates_unless_it_ends_the_game() {
    let (mut envs, _) = begun(0, r#"{"max_turns": 4}"#);
    assert!(!play(envs.as_mut(), "n, e, n").0.truncated);
    let saved = envs.snapshot(&[0]).unwrap().remove(0);
    assert!(say(envs.as_mut(), "look").truncated);
    envs.restore(&[&saved], &[0]).unwrap();
    let outcome = say(envs.as_mut(), "drink sherry");
    assert!(outcome.terminated && !outcome.truncated);
}
