//! What holds in the manor whatever is said, and which actions it lists.

#[path = "common/manor.rs"]
mod common;

use std::collections::BTreeMap;

use archer_env::manor::ID;
use archer_env::{Environments, make};
use common::{CASES, CLUES, PROOFS, begun, options, say};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq};

/// Where what follows the turns begins in a snapshot, and where the world ends: `it` is the last byte.
const WORLD: usize = 3 + ID.len() + 4;

fn world(envs: &dyn Environments) -> Vec<u8> {
    let state = envs.snapshot(&[0]).unwrap().remove(0);
    state[WORLD..state.len() - 1].to_vec()
}

/// What can be listed: each verb with each name, from texts of the game itself.
fn everything() -> Vec<String> {
    let things = [
        "sherry glass",
        "decanter",
        "box of matches",
        "oil lamp",
        "pair of shears",
        "window pole",
        "diary",
        "iron key",
        "brown bottle",
        "torn page",
    ];
    let fixtures = [
        "water tub",
        "sea trunk",
        "heap of coal",
        "atlas",
        "clock",
        "mattress",
        "stone jar",
        "monkshood",
        "well",
        "wine rack",
        "desk",
        "table",
        "bag",
        "joists",
        "range",
        "coats",
        "portraits",
        "guest bed",
        "cabbages",
        "clay pots",
        "fire",
        "gate",
    ];
    let people = [
        "julian fenwick",
        "miss orme",
        "tobias penn",
        "doctor lisle",
        "mrs dunn",
        "constable hale",
    ];
    let topics = [
        "death", "glass", "leaves", "study", "bottle", "diary", "evening", "julian", "orme",
        "penn", "lisle", "dunn", "proof",
    ];
    let mut all: Vec<String> = ["north", "east", "south", "west", "up", "down"]
        .map(str::to_owned)
        .into();
    all.extend(["look", "inventory", "score", "wait", "help"].map(str::to_owned));
    for name in things.iter().chain(&fixtures).chain(&people) {
        for verb in [
            "take", "drop", "examine", "drink", "eat", "search", "light", "put out", "open",
        ] {
            all.push(format!("{verb} {name}"));
        }
    }
    all.push("open study door with iron key".to_owned());
    all.push("open hatch with window pole".to_owned());
    for person in people {
        all.extend(topics.map(|topic| format!("ask {person} about {topic}")));
        all.extend(things.map(|thing| format!("show {thing} to {person}")));
        all.push(format!("accuse {person}"));
    }
    all
}

/// The effects of commands that change the world, each with those that have it, by trying all of
/// them in `trial`.
fn effects(
    trial: &mut dyn Environments,
    state: &[u8],
    commands: &[String],
) -> BTreeMap<Vec<u8>, Vec<String>> {
    trial.restore(&[state], &[0]).unwrap();
    let before = world(trial);
    let mut effects: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
    for command in commands {
        trial.restore(&[state], &[0]).unwrap();
        say(trial, command);
        let after = world(trial);
        if after != before {
            effects.entry(after).or_default().push(command.clone());
        }
    }
    effects
}

proptest! {
    #![proptest_config(Config::with_cases(16))]

    #[test]
    fn valid_actions_are_those_that_change_the_world_one_for_each_effect(
        case in 0..CASES, choices in prop::collection::vec(any::<u16>(), 12), skip in 0..120_usize,
    ) {
        let (mut envs, _) = begun(case, r#"{"show_commands": true, "max_turns": 4294967295}"#);
        // Along the walkthrough first, so that late situations are met as well.
        let walkthrough = format!("{CLUES}, {PROOFS}");
        for command in walkthrough.split(", ").take(skip) {
            say(envs.as_mut(), command);
        }
        let everything = everything();
        // It lists nothing, so that trying is quick.
        let mut trial = make(ID, 1, 0, &options(r#"{"max_turns": 4294967295}"#)).unwrap();
        for choice in choices {
            let heard = say(envs.as_mut(), "wait").observation;
            let (_, listed) = heard.rsplit_once("\nValid actions: ").unwrap();
            let listed: Vec<String> = listed.split(", ").map(str::to_owned).collect();
            let state = envs.snapshot(&[0]).unwrap().remove(0);
            let effects = effects(trial.as_mut(), &state, &everything);
            prop_assert_eq!(listed.len(), effects.len(), "{:?} {:?}", listed, effects.values());
            for same in effects.values() {
                prop_assert_eq!(same.iter().filter(|own| listed.contains(own)).count(), 1);
            }
            if say(envs.as_mut(), &listed[usize::from(choice) % listed.len()]).terminated {
                break;
            }
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        any::<char>().prop_map(|piece| String::from(piece).repeat(100_000)),
        "(go|take|open|light|x|ask|show|search|put out) (the )?[a-z]{0,9} (about|with|to)? ?[a-z]{0,9}",
        prop::sample::select(everything()),
        prop::sample::select(CLUES.split(", ").map(str::to_owned).collect::<Vec<_>>()),
    ]
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn any_text_is_answered_and_what_is_refused_changes_nothing(
        utterances in prop::collection::vec(text(), 1..40), case in 0..CASES, paper: bool,
    ) {
        let view = if paper { "paper" } else { "game" };
        let (mut envs, _) = begun(case, &format!("{{\"observation\": {view:?}}}"));
        for utterance in &utterances {
            let before = envs.snapshot(&[0]).unwrap().remove(0);
            envs.restore(&[&before], &[1]).unwrap();
            let outcomes = envs.step(&[0, 1], &[utterance, utterance], None).unwrap();
            prop_assert_eq!(&outcomes[0], &outcomes[1]);
            let after = envs.snapshot(&[0]).unwrap().remove(0);
            prop_assert!(!outcomes[0].invalid || after[WORLD..] == before[WORLD..]);
            prop_assert!(outcomes[0].observation.len() < 5000);
            prop_assert!((0.0..=20.0).contains(&outcomes[0].reward));
            if outcomes[0].terminated || outcomes[0].truncated {
                break;
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_or_are_a_state(
        at in 0..60_usize, byte: u8, case in 0..CASES, said in text(),
    ) {
        let (mut envs, _) = begun(case, r#"{"observation": "paper"}"#);
        let mut state = envs.snapshot(&[0]).unwrap().remove(0);
        let at = at.min(state.len() - 1);
        state[at] = byte;
        if envs.restore(&[&state], &[1]).is_ok() {
            prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &state);
            if !envs.finished(&[1]).unwrap()[0] {
                envs.step(&[1], &[said.as_str()], None).unwrap();
            }
        }
    }
}
