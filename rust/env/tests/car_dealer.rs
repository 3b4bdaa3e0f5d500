//! Negotiations, through the front that every caller uses.

use archer_env::car_dealer::{ID, TEMPERAMENTS};
use archer_env::{EnvError, Environments, Options, Outcome, make, parse_options};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};
use serde_json::Value;

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

/// A buyer of this temperament, and the opening.
fn begun(temperament: &str, seed: u64) -> (Box<dyn Environments + Send>, String) {
    let mut envs = make(ID, 1, seed, &Options::new()).unwrap();
    let wanted = options(&format!("{{\"temperament\": {temperament:?}}}"));
    let opening = envs.reset(&[0], &wanted).unwrap().remove(0);
    (envs, opening.into_owned())
}

fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
}

fn hidden(envs: &dyn Environments) -> Value {
    serde_json::from_str(&envs.hidden(&[0]).unwrap()[0]).unwrap()
}

#[test]
fn the_limit_is_what_the_buyer_pays_and_not_a_dollar_more() {
    for seed in 0..40 {
        for known in &TEMPERAMENTS {
            let (mut envs, opening) = begun(known.name, seed);
            let line = opening.lines().nth(1).unwrap();
            let name = line[2..].split(',').next().unwrap();
            let list: u32 = line
                .rsplit('$')
                .next()
                .unwrap()
                .replace(',', "")
                .parse()
                .unwrap();
            say(envs.as_mut(), &format!("How about the {name}?"));
            let limit = hidden(envs.as_ref())["limits"][0].as_u64().unwrap();
            let state = envs.snapshot(&[0]).unwrap();
            let refused = say(envs.as_mut(), &format!("${}", limit + 1));
            assert!(
                !refused.win && !refused.terminated,
                "{}",
                refused.observation
            );
            envs.restore(&[&state[0]], &[0]).unwrap();
            let bought = say(envs.as_mut(), &format!("${limit}"));
            assert!(bought.win && bought.terminated);
            let share = f64::from(u32::try_from(limit).unwrap()) / f64::from(list);
            assert!((f64::from(bought.reward) - share).abs() < 1e-6);
            assert_eq!(envs.step(&[0], &["hi"], None), Err(EnvError::Over(0)));
        }
    }
}

#[test]
fn a_deal_is_at_the_buyers_offer() {
    let (mut envs, _) = begun("enthusiast", 1);
    assert!(!say(envs.as_mut(), "Deal.").win);
    say(
        envs.as_mut(),
        "How about the car in black or white or red or blue or silver or green?",
    );
    say(envs.as_mut(), "I ask $900,000.");
    let offer = hidden(envs.as_ref())["offer"].as_u64().unwrap();
    let limits = hidden(envs.as_ref())["limits"].clone();
    assert!(
        limits
            .as_array()
            .unwrap()
            .iter()
            .any(|limit| limit.as_u64().unwrap() > offer)
    );
    let outcome = say(envs.as_mut(), "Ok, deal.");
    assert!(outcome.win && outcome.reward > 0.5 && outcome.reward < 1.0);
}

#[test]
fn giving_it_away_pays_next_to_nothing() {
    let (mut envs, opening) = begun("loyal", 1);
    let name = opening.lines().nth(2).unwrap()[2..]
        .split(',')
        .next()
        .unwrap()
        .to_owned();
    let outcome = say(
        envs.as_mut(),
        &format!("I sell you the {name} for 5 dollars"),
    );
    assert!(outcome.win && outcome.reward > 0.0 && outcome.reward < 1e-3);
}

#[test]
fn patience_ends_and_so_do_turns() {
    let (mut envs, _) = begun("impatient", 3);
    let mut turns = 0;
    loop {
        turns += 1;
        let outcome = say(envs.as_mut(), "What is your budget?");
        if outcome.terminated {
            assert!(!outcome.win && outcome.reward == 0.0);
            assert!(outcome.observation.ends_with("Goodbye."));
            break;
        }
    }
    assert!((3..=4).contains(&turns), "a question costs 2 of 6 to 8");
    let mut envs = make(ID, 1, 0, &options(r#"{"max_turns": 2}"#)).unwrap();
    envs.reset(&[0], &Options::new()).unwrap();
    let flags: Vec<_> = ["hi", "hi"]
        .map(|text| say(envs.as_mut(), text))
        .map(|outcome| (outcome.terminated, outcome.truncated))
        .into();
    assert_eq!(flags, [(false, false), (false, true)]);
}

#[test]
fn every_temperament_is_drawn_and_can_be_chosen() {
    let mut envs = make(ID, 600, 3, &Options::new()).unwrap();
    let all: Vec<usize> = (0..600).collect();
    envs.reset(&all, &Options::new()).unwrap();
    let drawn = envs.hidden(&all).unwrap();
    for known in &TEMPERAMENTS {
        let count = drawn
            .iter()
            .filter(|text| text.contains(known.name))
            .count();
        assert!((60..=140).contains(&count), "{} {count}", known.name);
        let choice = options(&format!("{{\"temperament\": {:?}}}", known.name));
        let mut envs = make(ID, 1, 3, &choice).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        assert_eq!(hidden(envs.as_ref())["temperament"], known.name);
    }
}

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (
            r#"{"temperament": "angry"}"#,
            "temperament is \"angry\": give one of bargain_hunter, ",
        ),
        (r#"{"temperament": 3}"#, "temperament is 3"),
        (r#"{"temperaments": 3}"#, "did you mean \"temperament\""),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    assert!(envs.reset(&[0], &options(r#"{"max_turns": 3}"#)).is_err());
    assert!(
        envs.reset(&[0], &options(r#"{"temperament": "x"}"#))
            .is_err()
    );
    assert_eq!(envs.episodes(), [0]);
}

#[test]
fn a_model_may_play_the_buyer() {
    let (mut envs, opening) = begun("loyal", 4);
    let line = opening.lines().nth(1).unwrap();
    let name = line[2..].split(',').next().unwrap().to_owned();
    let mut step =
        |said: &str, reply: &str| envs.step(&[0], &[said], Some(&[reply])).unwrap().remove(0);
    let first = step(
        &format!("The {name} costs $50,000."),
        "Too much, I offer $20,000!",
    );
    assert_eq!(first.observation, "Too much, I offer $20,000!");
    assert!(!first.terminated);
    let later = step("I go down to $30,000.", "Ok, I'll take it.");
    assert!(later.win && later.terminated);
    let (mut envs, _) = begun("loyal", 4);
    let left = envs
        .step(&[0], &["hm"], Some(&["Goodbye"]))
        .unwrap()
        .remove(0);
    assert!(left.terminated && !left.win && left.invalid);
    let (mut envs, _) = begun("loyal", 4);
    envs.step(
        &[0],
        &[&format!("The {name}?")],
        Some(&["I pay $10,000,000"]),
    )
    .unwrap();
    let rich = say(envs.as_mut(), "I accept.");
    assert!(rich.win && rich.reward <= 1.2);
}

/// Text of every sort, and much of what a seller may say.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "How about the ",
        "sedan",
        "SUV",
        "truck",
        "Toyota",
        "BMW",
        "red ",
        "for ",
        "$",
        "25,000",
        "40k",
        "1e99",
        "-5",
        "deal",
        "No ",
        "I accept",
        "?",
        ".",
        "\n",
        ", ",
        "budget",
        "what ",
        "warranty ",
        "test drive ",
        "sunroof ",
        "idiot ",
        "the ",
        "9999999999999999999999",
        " ",
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 1..12)
            .prop_map(|words| words.concat()),
        (10_000..60_000_u32).prop_map(|price| format!("My price is ${price}")),
        any::<char>().prop_map(|piece| String::from(piece).repeat(100_000)),
    ]
}

proptest! {
    #[test]
    fn any_text_is_answered_and_rewards_are_bounded(
        utterances in prop::collection::vec((text(), prop::option::of(text())), 1..30), seed: u64
    ) {
        let mut envs = make(ID, 1, seed, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for (turn, (utterance, reply)) in utterances.iter().enumerate() {
            let replies = reply.as_deref().map(|reply| [reply]);
            let outcome = envs
                .step(&[0], &[utterance], replies.as_ref().map(<[_; 1]>::as_slice))
                .unwrap()
                .remove(0);
            prop_assert!(reply.is_some() || !outcome.observation.is_empty());
            prop_assert!(outcome.observation.len() <= 2000);
            prop_assert!((0.0..=1.2).contains(&outcome.reward));
            prop_assert_eq!(outcome.reward > 0.0, outcome.win);
            prop_assert!(outcome.terminated || !outcome.win);
            prop_assert_eq!(outcome.truncated, !outcome.terminated && turn == 19);
            if outcome.terminated || outcome.truncated {
                break;
            }
        }
    }

    #[test]
    fn offers_rise_and_stay_below_the_limit(seed: u64, prices in prop::collection::vec(20..80_u32, 1..20)) {
        let mut envs = make(ID, 1, seed, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        say(envs.as_mut(), "How about the one in black or white or red or blue or silver or green?");
        let mut before = 0;
        for price in prices {
            let outcome = say(envs.as_mut(), &format!("${price},000"));
            let state = hidden(envs.as_ref());
            if outcome.terminated {
                break;
            }
            let offer = state["offer"].as_u64().unwrap();
            prop_assert!(offer >= before && offer > 0);
            prop_assert!(outcome.observation.contains('$'));
            let limits = state["limits"].as_array().unwrap();
            prop_assert!(limits.iter().any(|limit| limit.as_u64().unwrap() >= offer));
            before = offer;
        }
    }
}
