//! Stories as tasks: a walkthrough, valid actions, snapshots, and what is refused.

#[path = "common/stories.rs"]
mod stories;

use archer_env::zmachine::game::{ANY, DETECTIVE};
use archer_env::{Environments, Options, Outcome, make, parse_options};
use stories::path;

/// To 360 points.
const WALKTHROUGH: &str = "take paper, read paper, w, take gun, e, n, w, e, e, take wood, w, w, take \
     note, e, n, n, w, n, n, w, e, n, e, e, e, s, take hamburger, n, n, e, n, n, n, n, e, w, w, e, n, w, \
     n, w, n, n, w, n, n, up";

type Envs = Box<dyn Environments + Send>;

fn game(id: &str, name: &str, more: &str, num_envs: usize) -> Option<Envs> {
    let story = path(name)?;
    let given = format!("{{\"story\": {:?}{more}}}", story.display().to_string());
    let mut envs = make(id, num_envs, 3, &parse_options(&given).unwrap()).unwrap();
    let all: Vec<usize> = (0..num_envs).collect();
    envs.reset(&all, &Options::new()).unwrap();
    Some(envs)
}

fn detective(more: &str, num_envs: usize) -> Option<Envs> {
    game(DETECTIVE, "detective.z5", more, num_envs)
}

fn say(envs: &mut Envs, line: &str) -> Outcome {
    envs.step(&[0], &[line], None).unwrap().remove(0)
}

/// The valid actions that end an observation.
fn listed(observation: &str) -> Vec<String> {
    let (_, list) = observation.trim_end().rsplit_once("\n\n").unwrap();
    let inner = list.strip_prefix("['").unwrap().strip_suffix("']").unwrap();
    inner.split("', '").map(str::to_owned).collect()
}

#[test]
fn detective_is_solved() {
    let Some(mut envs) = detective("", 1) else {
        return;
    };
    assert_eq!(
        envs.hidden(&[0]).unwrap(),
        ["score 10, moves 1, at Chief's office"]
    );
    let mut total = 0.0;
    let mut last = None;
    for command in WALKTHROUGH.split(", ") {
        assert!(last.is_none(), "it ended before {command}");
        let outcome = say(&mut envs, command);
        total += outcome.reward;
        assert!(!outcome.invalid, "{command}: {}", outcome.observation);
        last = outcome.terminated.then_some(outcome);
    }
    let last = last.expect("the end");
    assert!(
        last.win
            && last
                .observation
                .contains("you scored 360 out of a possible 360")
    );
    // The opening is worth ten points.
    assert!((total - 350.0).abs() < f32::EPSILON, "{total}");
    assert!(envs.hidden(&[0]).unwrap()[0].starts_with("score 360"));
}

#[test]
fn a_death_ends_an_episode_and_does_not_win() {
    let Some(mut envs) = detective("", 1) else {
        return;
    };
    for way in ["n", "w"] {
        assert!(!say(&mut envs, way).terminated);
    }
    let lost = say(&mut envs, "n");
    assert!(lost.terminated && !lost.win && !lost.invalid);
    assert!(lost.observation.contains("*** You have died ***"));
    let step = envs.step(&[0], &["restart"], None).unwrap_err();
    assert!(step.to_string().contains("is over: reset it"), "{step}");
}

#[test]
fn what_takes_no_time_is_invalid_unless_it_is_a_command_to_the_program() {
    let Some(mut envs) = detective("", 1) else {
        return;
    };
    for (line, invalid) in [
        ("frobozz the moon", true),
        ("", true),
        ("take the moon", true),
        ("score", false),
        ("look", false),
        ("take paper", false),
        ("🐕 É\u{0}", true),
    ] {
        let outcome = say(&mut envs, line);
        assert_eq!(outcome.invalid, invalid, "{line}: {}", outcome.observation);
        assert!(!outcome.win && !outcome.terminated);
    }
}

#[test]
fn valid_actions_are_those_that_change_something() {
    let Some(mut envs) = detective(", \"observation\": \"paper\"", 1) else {
        return;
    };
    for (line, expected) in [
        ("look", vec!["north", "west", "take paper"]),
        ("take paper", vec!["north", "west", "drop paper"]),
        ("w", vec!["east", "take pistol", "drop paper"]),
        (
            "take gun",
            vec!["east", "drop pistol", "drop paper", "drop all"],
        ),
    ] {
        let outcome = say(&mut envs, line);
        assert_eq!(listed(&outcome.observation), expected, "{line}");
    }
    // A question is no change, and the ways are the same when one has been asked.
    let asked = say(&mut envs, "drop").observation;
    assert!(asked.contains("What do you want to drop"), "{asked}");
    assert_eq!(listed(&asked)[..2], ["east", "drop pistol"]);
    // A question is no change, and the ways are the same when one has been asked.
    let asked = say(&mut envs, "drop").observation;
    assert!(asked.contains("What do you want to drop"), "{asked}");
    assert_eq!(listed(&asked)[..2], ["east", "drop pistol"]);
    let text = say(&mut envs, "inventory").observation.into_owned();
    let parts: Vec<&str> = text.split("\n\n").collect();
    assert!(parts[0].starts_with("<< Closet >>"), "{text}");
    assert_eq!(
        parts[1], parts[2],
        "what is carried, and the answer: {text}"
    );
}

#[test]
fn copies_and_snapshots_go_on_alike() {
    let (Some(mut envs), Some(mut others)) = (detective("", 2), detective("", 1)) else {
        return;
    };
    for command in WALKTHROUGH.split(", ").take(20) {
        envs.step(&[0], &[command], None).unwrap();
    }
    let state = envs.snapshot(&[0]).unwrap().remove(0);
    envs.fork(0, &[1]).unwrap();
    others.restore(&[&state], &[0]).unwrap();
    assert_eq!(others.snapshot(&[0]).unwrap()[0], state);
    for command in ["undo", "look", "undo", "n", "zzz", "inventory"] {
        let outcome = envs.step(&[0, 1], &[command, command], None).unwrap();
        assert_eq!(outcome[0], outcome[1]);
        assert_eq!(
            others.step(&[0], &[command], None).unwrap()[0],
            outcome[0],
            "{command}"
        );
    }
    assert_eq!(envs.snapshot(&[0]).unwrap(), others.snapshot(&[0]).unwrap());
}

#[test]
fn a_snapshot_of_another_story_or_a_damaged_one_is_refused() {
    let (Some(mut envs), Some(advent)) = (detective("", 1), game(ANY, "advent.z3", "", 1)) else {
        return;
    };
    let other = advent.snapshot(&[0]).unwrap().remove(0);
    let error = envs.restore(&[&other], &[0]).unwrap_err().to_string();
    assert!(error.contains("it is of the task \"zmachine\""), "{error}");
    let Some(mut envs) = game(ANY, "detective.z5", "", 1) else {
        return;
    };
    let error = envs.restore(&[&other], &[0]).unwrap_err().to_string();
    assert!(error.contains("it is of another story"), "{error}");
    let state = envs.snapshot(&[0]).unwrap().remove(0);
    for length in 0..state.len() {
        assert!(
            envs.restore(&[&state[..length]], &[0]).is_err(),
            "{length} bytes"
        );
    }
    for at in 0..state.len() {
        let mut damaged = state.clone();
        damaged[at] ^= 0x41;
        if envs.restore(&[&damaged], &[0]).is_ok() {
            assert_eq!(envs.snapshot(&[0]).unwrap()[0], damaged, "byte {at}");
            if !envs.finished(&[0]).unwrap()[0] {
                say(&mut envs, "look");
            }
        }
    }
}

#[test]
fn random_numbers_are_those_of_the_episode_or_of_frotz() {
    let Some(mut envs) = game(ANY, "advent.z3", ", \"frotz_seed\": 1000", 2) else {
        return;
    };
    // The first answer is to an offer of instructions; the way through the forest is drawn.
    for command in ["n", "w", "n", "n", "n", "n", "n"] {
        let outcomes = envs.step(&[0, 1], &[command, command], None).unwrap();
        assert_eq!(outcomes[0], outcomes[1]);
    }
    let error = make(ANY, 1, 0, &parse_options("{\"frotz_seed\": 0}").unwrap());
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("frotz_seed is 0: give a whole number from 1"),
        "{error}"
    );
}

#[test]
fn what_is_no_story_is_refused() {
    let refused = |id: &str, options: &str| {
        let made = make(id, 1, 0, &parse_options(options).unwrap());
        made.err().unwrap().to_string()
    };
    for (options, expected) in [
        ("{}", "no story is given"),
        ("{\"story\": 5}", "story is 5: give the path"),
        (
            "{\"story\": \"nowhere.z5\"}",
            "there is no story file \"nowhere.z5\"",
        ),
        ("{\"story\": \"src\"}", "src is a folder"),
        (
            "{\"story\": \"Cargo.toml\"}",
            "is no story that can be played",
        ),
        ("{\"sotry\": \"x\"}", "did you mean \"story\"?"),
    ] {
        let error = refused(ANY, options);
        assert!(error.contains(expected), "{options}: {error}");
    }
}
