//! The rules of Twenty Questions, through the front that every caller uses.

use archer_env::twenty_questions::{FULL, Knowledge, SUBSET, SUBSET_OBJECTS};
use archer_env::{EnvError, Environments, Options, Outcome, make, parse_options};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn hiding(id: &str, object: &str, env_options: &str) -> Box<dyn Environments + Send> {
    let mut envs = make(id, 1, 0, &options(env_options)).unwrap();
    let object = options(&format!("{{\"object\": {object:?}}}"));
    assert_eq!(envs.reset(&[0], &object).unwrap(), ["Questions:\n"]);
    envs
}

fn ask(envs: &mut dyn Environments, utterance: &str, reply: Option<&str>) -> Outcome {
    let replies = reply.as_ref().map(std::slice::from_ref);
    envs.step(&[0], &[utterance], replies).unwrap().remove(0)
}

#[test]
fn every_turn_costs_one_until_the_object_is_named() {
    let mut envs = hiding(SUBSET, "dog", "{}");
    for (utterance, observation, invalid) in [
        ("Is it alive?", "Yes.", false),
        ("Is it a cat?", "No.", false),
        ("", "Invalid Question.", true),
        ("What is it?", "Invalid Question.", true),
    ] {
        let outcome = ask(envs.as_mut(), utterance, None);
        let expected = Outcome {
            observation: observation.into(),
            reward: -1.0,
            terminated: false,
            truncated: false,
            win: false,
            invalid,
        };
        assert_eq!(outcome, expected, "{utterance}");
    }
    let last = ask(envs.as_mut(), "is it a DOG", None);
    assert_eq!(
        (last.reward, last.terminated, last.truncated, last.win),
        (0.0, true, false, true)
    );
    assert_eq!(envs.step(&[0], &["a"], None), Err(EnvError::Over(0)));
    assert_eq!(envs.hidden(&[0]).unwrap(), ["dog"]);
}

#[test]
fn the_last_turn_truncates_unless_it_names_the_object() {
    for (turns, json) in [
        (20, "{}"),
        (1, r#"{"max_turns": 1}"#),
        (3, r#"{"max_turns": 3}"#),
    ] {
        let mut envs = hiding(FULL, "dog", json);
        for turn in 1..=turns {
            let outcome = ask(envs.as_mut(), "Is it a cat?", None);
            assert_eq!(outcome.truncated, turn == turns);
            assert_eq!((outcome.terminated, outcome.reward), (false, -1.0));
        }
    }
    let named = ask(
        hiding(FULL, "dog", r#"{"max_turns": 1}"#).as_mut(),
        "Is it a dog?",
        None,
    );
    assert!(named.terminated && !named.truncated);
}

#[test]
fn external_replies_are_read_as_the_paper_reads_them() {
    for (question, reply, observation, win) in [
        ("Is it blue?", "YES!", "Yes.", false),
        ("Is it a dog?", "Yes", "Yes.", true),
        ("Is it a dog?", "no.", "No.", false),
        ("Is it a dog?", "maybe", "Invalid Question.", false),
        ("Is it blue?", "not yes", "Yes.", false),
        ("Is it blue?", "I do not think so", "No.", false),
        ("Is it blue?", "", "Invalid Question.", false),
    ] {
        let outcome = ask(hiding(FULL, "dog", "{}").as_mut(), question, Some(reply));
        assert_eq!(
            (outcome.observation.as_ref(), outcome.win),
            (observation, win),
            "{reply}"
        );
        assert_eq!(outcome.invalid, observation == "Invalid Question.");
    }
}

#[test]
fn any_accepted_name_hides_its_object() {
    for object in Knowledge::full().objects() {
        for name in &object.names {
            let envs = hiding(FULL, &name.to_uppercase(), "{}");
            assert_eq!(envs.hidden(&[0]).unwrap(), [object.name.as_str()]);
        }
    }
    for name in SUBSET_OBJECTS {
        assert_eq!(hiding(SUBSET, name, "{}").hidden(&[0]).unwrap(), [name]);
    }
}

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (r#"{"max_turns": 1.5}"#, "max_turns is 1.5"),
        (r#"{"max_turns": []}"#, "max_turns is []"),
        (r#"{"max_turns": 4294967296}"#, "max_turns is 4294967296"),
        (r#"{"maxturns": 3}"#, "did you mean \"max_turns\""),
    ] {
        let error = make(FULL, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    for (id, json, expected) in [
        (
            FULL,
            r#"{"object": "unicorn"}"#,
            "has no object \"unicorn\"",
        ),
        (FULL, r#"{"object": 3}"#, "object is 3"),
        (FULL, r#"{"obj": "dog"}"#, "did you mean \"object\""),
        (
            SUBSET,
            r#"{"object": "elephant"}"#,
            "such as football, dog, banana",
        ),
    ] {
        let mut envs = make(id, 1, 0, &Options::new()).unwrap();
        let error = envs.reset(&[0], &options(json)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(envs.episodes(), [0]);
    }
    for json in ["", "[]", "3", "{"] {
        assert!(parse_options(json).is_err());
    }
}

/// Text of every sort: any characters, and pieces of real questions out of order.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "is", "it", "a", "dog", "an", "the", "?", "alive", "bigger", "than", "\u{0}", "🐕",
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(any::<char>(), 0..30).prop_map(String::from_iter),
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..20)
            .prop_map(|words| words.join(" ")),
    ]
}

proptest! {
    #[test]
    fn any_text_is_answered(utterance in text(), reply in prop::option::of(text()), seed: u64) {
        let mut envs = make(FULL, 1, seed, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        let outcome = ask(envs.as_mut(), &utterance, reply.as_deref());
        prop_assert_eq!(outcome.reward.to_bits(), if outcome.win { 0.0_f32 } else { -1.0 }.to_bits());
        prop_assert_eq!(outcome.terminated, outcome.win);
        prop_assert!(!(outcome.win && outcome.invalid));
        prop_assert!(!outcome.truncated);
    }

    #[test]
    fn snapshots_are_exact_and_any_bytes_are_refused_or_are_one(
        bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0..60_usize, byte: u8, turns in 0..9,
    ) {
        let mut envs = make(SUBSET, 2, 5, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for _ in 0..turns {
            ask(envs.as_mut(), "Is it red?", None);
        }
        let good = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&good], &[1]).unwrap();
        prop_assert_eq!(envs.hidden(&[0]).unwrap(), envs.hidden(&[1]).unwrap());
        prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &good);
        let mut changed = good.clone();
        let last = changed.len() - 1;
        changed[at.min(last)] = byte;
        for candidate in [&bytes, &changed] {
            if envs.restore(&[candidate], &[1]).is_ok() {
                prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], candidate);
            }
        }
    }
}

#[test]
fn huge_texts_are_answered() {
    let mut envs = make(FULL, 1, 0, &options(r#"{"max_turns": 1000}"#)).unwrap();
    envs.reset(&[0], &Options::new()).unwrap();
    for piece in [
        "a",
        "🐕",
        "\u{0}",
        "?",
        " ",
        "dog ",
        "is it a ",
        "bigger than ",
        "1",
        "İ",
        "\n",
    ] {
        let outcome = ask(envs.as_mut(), &piece.repeat(100_000), None);
        assert!(!outcome.truncated, "{piece}");
    }
}
