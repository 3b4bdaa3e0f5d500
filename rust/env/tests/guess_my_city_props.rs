//! What holds of Guess My City for any text and any bytes.

use archer_env::guess_my_city::{ID, Knowledge};
use archer_env::{Options, make};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::{prop_assert, prop_assert_eq};

/// Text of every sort: any characters, and pieces of real questions out of order.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "is",
        "your",
        "city",
        "in",
        "the",
        "north",
        "of",
        "China",
        "or",
        "not",
        "near",
        "known for",
        "temples",
        "capital",
        "what",
        "?",
        ",",
        "language",
        "more than",
        "5",
        "million",
        "border",
        "Bogota",
        "country",
        "where",
        "\u{0}",
        "🐕",
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..20)
            .prop_map(|words| words.join(" ")),
    ]
}

proptest! {
    #[test]
    fn any_text_is_answered_without_the_name(utterance in text(), reply in prop::option::of(text()), seed: u64) {
        let mut envs = make(ID, 1, seed, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        let hidden = envs.hidden(&[0]).unwrap().remove(0);
        let outcome = {
            let replies = reply.as_deref();
            envs.step(&[0], &[&utterance], replies.as_ref().map(std::slice::from_ref)).unwrap().remove(0)
        };
        prop_assert_eq!(outcome.reward.to_bits(), if outcome.win { 0.0_f32 } else { -1.0 }.to_bits());
        prop_assert_eq!(outcome.terminated, outcome.win);
        prop_assert!(!(outcome.win && outcome.invalid));
        let knowledge = Knowledge::full();
        let city = knowledge.find(&hidden).unwrap();
        prop_assert!(outcome.win || !knowledge.tells(city, &outcome.observation));
    }

    #[test]
    fn snapshots_are_exact_and_any_bytes_are_refused_or_are_one(
        bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0..60_usize, byte: u8, turns in 0..9,
    ) {
        let mut envs = make(ID, 2, 5, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for _ in 0..turns {
            envs.step(&[0], &["Is it old?"], None).unwrap();
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
