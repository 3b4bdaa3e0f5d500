//! What is understood of utterances, and what a car is worth.

use proptest::prelude::{any, prop, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::catalogue::{BRAND, COLOUR, FUEL, LOT, TYPE, push_price};
use super::codec;
use super::draw::draw;
use super::listen::{Heard, listen};
use super::price::HIGHEST;
use super::sentence::{ANYTHING, OFFER};
use super::temperament::{BUDGET_BIT, FEATURES_BIT, TEMPERAMENTS};
use crate::Rng;

#[test]
fn prices_are_read_from_many_spellings() {
    for (text, expected) in [
        ("$31,500", 31_500),
        ("I ask 31.5k for it", 31_500),
        ("It is 31.5 K.", 31_500),
        ("32 thousand dollars", 32_000),
        ("32000", 32_000),
        ("31.500", 31_500),
        ("31.500k", 31_500),
        ("$ 31500.99!", 31_500),
        ("31,500 USD", 31_500),
        ("thirty? No: 30 grand", 30_000),
        ("$31", 31),
        ("sell it for 5 dollars", 5),
        ("5 bucks", 5),
        ("$1.2m", 1_200_000),
        ("$1,234,567", 1_234_567),
        ("$25k-30k", 30_000),
        ("25000-27000", 27_000),
        ("- $500", 500),
        ("99999999999999999999999999999", HIGHEST),
        ("$9,999,999,999,999,999,999,999k", HIGHEST),
        ("a 2019 model for 20000", 20_000),
        ("$2000", 2000),
        ("It did 30,000 miles, and I want $9,000", 9000),
        ("$28,000 with 5% off", 28_000),
        ("$28,000 instead of $30,000", 28_000),
        ("I come down from $30,000 to $28,000", 28_000),
        ("$28,000, down from $30,000", 28_000),
        ("I cannot accept $20,000, but $28,000 works", 28_000),
        ("I cannot go below $27,000", 27_000),
        ("a price of $26,000", 26_000),
        ("first $30,000, then $29,000", 29_000),
        ("$27,000 or $400 a month", 27_000),
    ] {
        assert_eq!(listen(text).price, Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_price_is_none() {
    for text in [
        "",
        "$",
        "$ and 5",
        "1e99",
        "$1e99",
        "$-500",
        "-$500",
        "-5000",
        "\u{2212}5000",
        "$0",
        "$0.99",
        "0k",
        "2024",
        "the 3 of us",
        "10%",
        "5000%",
        "40,000 miles",
        "$400 a month",
        "$400 per month",
        "300 horsepower",
        "31km",
        "0x5000",
        "NaN inf",
        "I cannot accept $20,000",
        "I will not sell it for $20,000.",
        "\u{ff15}\u{ff10}\u{ff10}\u{ff10}\u{ff10}",
    ] {
        assert_eq!(listen(text).price, None, "{text}");
    }
}

#[test]
fn agreement_is_told_from_talk_of_deals() {
    for text in [
        "Deal",
        "deal!",
        "OK, deal.",
        "It's a deal.",
        "You have a deal",
        "I accept your offer",
        "Agreed.",
        "Sold!",
        "I'll take it",
        "I will take your offer",
        "It is yours",
        "Okay deal",
    ] {
        assert!(listen(text).agrees, "{text}");
    }
    for text in [
        "No deal.",
        "This is a great deal",
        "a good deal",
        "Deal?",
        "Do you accept?",
        "I can't accept that",
        "if you accept",
        "Is it a deal?",
        "We do not agree",
        "What a deal",
        "I'll take you on a test drive",
        "Would you agree?",
    ] {
        assert!(!listen(text).agrees, "{text}");
    }
}

#[test]
fn questions_are_told_from_offers() {
    for (text, topic) in [
        ("What is your budget?", BUDGET_BIT),
        ("how much can you spend", BUDGET_BIT),
        ("Tell me your favourite colour.", COLOUR),
        ("What type of car do you want, a sedan or an SUV?", TYPE),
        ("Do you want a red car?", COLOUR),
        ("Do you prefer petrol?", FUEL),
        ("A Toyota?", BRAND),
        ("What make do you like?", BRAND),
        ("Which brand?", BRAND),
        ("Do you need heated seats?", FEATURES_BIT),
        ("Which features matter?", FEATURES_BIT),
        ("What are you looking for?", ANYTHING),
        ("What is your offer?", OFFER),
    ] {
        let expected = Heard {
            topic: Some(topic),
            ..Heard::default()
        };
        assert_eq!(listen(text), expected, "{text}");
    }
    let toyota = [1, 1 << 6, 0, 0];
    for text in [
        "How about the Toyota sedan?",
        "I have a Toyota sedan.",
        "May I show you a TOYOTA\u{2019}s sedans?",
        "A Toyota sedan, $24,000?",
        "Would you like this Toyota sedan?",
    ] {
        let heard = listen(text);
        assert_eq!((heard.aspects, heard.topic), (toyota, None), "{text}");
    }
    assert!(!listen("I do not have a Toyota sedan.").names_car());
}

#[test]
fn points_come_in_order_and_once() {
    let points = |text| listen(text).points.as_slice().to_vec();
    assert_eq!(points("Warranty, a test drive and warranty"), [1, 0]);
    assert_eq!(
        points("It has a sunroof, leather seats & GPS."),
        [8, 10, 12]
    );
    assert_eq!(points("It has no sunroof"), [0; 0]);
    assert_eq!(points("Would you like a test drive?"), [0]);
    assert_eq!(points("Do you want a sunroof?"), [0; 0]);
    assert_eq!(points("Did you see the sunroof?"), [8]);
}

#[test]
fn manners_are_noticed() {
    for text in [
        "You idiot",
        "Now or never!",
        "take it or leave it",
        "today only",
        "Hurry up",
    ] {
        assert!(listen(text).rude, "{text}");
    }
    for text in [
        "hm?",
        "",
        "\u{1f415}",
        "go on",
        "\0\x07",
        "a".repeat(5000).as_str(),
    ] {
        assert!(listen(text).is_nothing(), "{text}");
    }
    let long = format!("{}$20,000", "x ".repeat(2000));
    assert!(listen(&long).is_nothing(), "nobody listens for so long");
}

#[test]
fn nobody_can_be_worth_more_than_the_most() {
    for known in &TEMPERAMENTS {
        let all = |points: &[u8]| points.iter().map(|&p| u32::from(p)).sum::<u32>();
        let most = u32::from(known.base)
            + all(&known.cares)
            + all(&known.gains)
            + u32::from(known.feature) * 2;
        assert!((100..=120).contains(&most), "{} {most}", known.name);
        assert!(known.least_margin <= *known.margin.start());
    }
}

proptest! {
    #[test]
    fn prices_are_read_as_they_are_written(dollars in 1..=HIGHEST) {
        let mut text = String::new();
        push_price(&mut text, dollars);
        prop_assert_eq!(listen(&text).price, Some(dollars));
        prop_assert_eq!(listen(&format!("{dollars} dollars")).price, Some(dollars));
    }

    #[test]
    fn an_argument_never_lowers_a_limit(seed: u64, arguments: u8, argument in 0..8_u8, shown: u8) {
        let mut state = draw(&mut Rng::new(seed, 0, 0), None);
        state.talk.arguments = arguments;
        for at in 0..LOT {
            let before = state.limit(at);
            let mut after = state.clone();
            after.talk.arguments |= 1 << argument;
            prop_assert!(after.limit(at) >= before);
            after.talk.shown[at] = shown & state.lot[at].features;
            prop_assert!(after.limit(at) >= before);
            prop_assert!(after.limit(at) <= state.ceiling(at));
            prop_assert!(state.offer(at) <= before);
        }
    }

    #[test]
    fn bytes_and_states_are_each_others(seed: u64, talk in prop::array::uniform4(any::<u8>())) {
        let mut state = draw(&mut Rng::new(seed, 0, 0), None);
        state.talk.arguments = talk[0];
        state.talk.car = Some(talk[1] % 4);
        state.talk.shown[0] = state.lot[0].features & talk[2];
        state.turn = u32::from(talk[3]);
        let mut bytes = Vec::new();
        codec::encode(&state, &mut bytes);
        prop_assert_eq!(codec::decode(&bytes), Some(state));
        prop_assert_eq!(codec::decode(&bytes[1..]), None);
        bytes.push(0);
        prop_assert_eq!(codec::decode(&bytes), None);
    }
}
