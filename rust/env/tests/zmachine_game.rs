//! Stories as tasks: a walkthrough, valid actions, snapshots, and what is refused.

#[path = "common/stories.rs"]
mod stories;

use archer_env::{Environments, Options, make, parse_options};
use stories::path;

/// To 360 points.
const WALKTHROUGH: &str = "take paper, read paper, w, take gun, e, n, w, e, e, take wood, w, w, take note, e, n, n, \
     w, n, n, w, e, n, e, e, e, s, take hamburger, n, n, e, n, n, n, n, e, w, w, e, n, w, n, w, n, n, \
     w, n, n, up";

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn game(id: &str, name: &str, more: &str, num_envs: usize) -> Option<Box<dyn Environments + Send>> {
    let story = path(name)?;
    let given = format!("{{\"story\": {:?}{more}}}", story.display().to_string());
    Some(make(id, num_envs, 3, &options(&given)).unwrap())
}

#[test]
fn detective_is_solved() {
    let Some(mut envs) = game("detective", "detective.z5", "", 1) else {
        return;
    };
    let opening = envs.reset(&[0], &Options::new()).unwrap().remove(0);
    assert!(opening.contains("<< Chief's office >>"), "{opening}");
    assert!(
        opening.ends_with("[Your score has just gone up by ten points.]\n"),
        "{opening}"
    );
    let mut rewards = 0.0;
    for command in WALKTHROUGH.split(", ") {
        assert!(!envs.finished(&[0]).unwrap()[0], "before {command}");
        let outcome = envs.step(&[0], &[command], None).unwrap().remove(0);
        println!(
            "{command}: {} {}\n{}",
            outcome.reward,
            envs.hidden(&[0]).unwrap()[0],
            outcome.observation
        );
        rewards += outcome.reward;
        if outcome.terminated {
            assert!(outcome.win);
        }
    }
    assert!(envs.finished(&[0]).unwrap()[0]);
    // The opening is worth ten points.
    assert_eq!(rewards, 350.0);
}

#[test]
fn actions_of_the_opening() {
    let Some(mut envs) = game(
        "detective",
        "detective.z5",
        ", \"observation\": \"paper\"",
        1,
    ) else {
        return;
    };
    let opening = envs.reset(&[0], &Options::new()).unwrap().remove(0);
    println!("{opening}");
    for command in ["take paper", "w", "take gun"] {
        let start = std::time::Instant::now();
        let outcome = envs.step(&[0], &[command], None).unwrap().remove(0);
        println!("{command} ({:?})\n{}", start.elapsed(), outcome.observation);
    }
}
