//! Negotiations with a buyer of each temperament, to the letter; the numbers are worked out by hand
//! from `docs/car_dealer.md`.

use archer_env::car_dealer::ID;
use archer_env::{Options, Outcome, make, parse_options};

/// Says all, and compares what is heard to the letter.
fn plays(temperament: &str, seed: u64, opening: &str, turns: &[(&str, &str)]) -> Outcome {
    let mut envs = make(ID, 1, seed, &Options::new()).unwrap();
    let wanted = parse_options(&format!("{{\"temperament\": {temperament:?}}}")).unwrap();
    let heard = envs.reset(&[0], &wanted).unwrap().remove(0);
    assert_eq!(heard, opening);
    let mut last = None;
    for (utterance, expected) in turns {
        let outcome = envs.step(&[0], &[utterance], None).unwrap().remove(0);
        assert_eq!(outcome.observation, *expected, "{utterance}");
        last = Some(outcome);
    }
    last.unwrap()
}

#[test]
fn a_game_with_a_bargain_hunter() {
    // A BMW at 43,500 is worth 72 + 2 (mood) points, 5 more with a discount; 20 points less is offered,
    // and 3 fewer for each of two concessions: 43,500 x 0.65 in hundreds is the last offer.
    let last = plays(
        "bargain_hunter",
        1,
        "\
Cars for sale:\n\
- green BMW SUV, hybrid, sunroof, heated seats and third row: $52,000\n\
- white Volkswagen hatchback, electric, heated seats, leather seats and backup camera: $35,500\n\
- blue BMW sedan, diesel, heated seats, leather seats and backup camera: $43,500\n\
- green Honda hatchback, petrol, heated seats, navigation and third row: $23,500\n\
Buyer: Hello. I am hunting for a bargain. I need an SUV.\n\
",
        &[
            ("Hello, welcome!", "Volkswagen is the brand for me."),
            (
                "What is your budget?",
                "My budget is $43,600, not a dollar more.",
            ),
            (
                "The sedan is $45,000.",
                "I had something else in mind. You are joking, that is far off! I give you $23,400.",
            ),
            (
                "There is a special discount, $42,000.",
                "Now we are talking. You are joking, that is far off! $26,900, cash in hand.",
            ),
            (
                "$42,000",
                "You said that price before, and it is too high. $26,900, cash in hand.",
            ),
            ("$41,000", "Still too high for me. $28,200, cash in hand."),
            (
                "$900,000",
                "It was less a moment ago, so this is too high. $28,200, cash in hand.",
            ),
            ("I can't take that.", "I do not understand."),
            ("Deal.", "$28,200 it is. You drive a hard bargain."),
        ],
    );
    assert!((last.reward - 28_200.0 / 43_500.0).abs() < 1e-6 && last.terminated);
    assert!(last.win);
}

#[test]
fn a_game_with_an_impatient_buyer() {
    // Patience 6: a question takes 2, a price that is far off 2, an untrue feature 3.
    let last = plays(
        "impatient",
        2,
        "\
Cars for sale:\n\
- white Toyota SUV, hybrid, leather seats, backup camera and cruise control: $37,000\n\
- green Ford truck, diesel, heated seats, cruise control and third row: $44,000\n\
- green Tesla sedan, electric, sunroof, leather seats and backup camera: $43,000\n\
- silver Audi SUV, diesel, sunroof, heated seats and third row: $50,000\n\
Buyer: No speeches, please, I have little time. I want an SUV.\n\
",
        &[
            (
                "What is your budget?",
                "I did not come to talk about my budget.",
            ),
            (
                "How about the Toyota SUV? It is safe. $90,000.",
                "Yes, that could be my car. Fine, noted. Far off. Be serious. $31,000, now. I am about to leave.",
            ),
            (
                "It has a third row and a sunroof, $50,000.",
                "I am gone. Goodbye.",
            ),
        ],
    );
    assert!((last.reward - 0.0).abs() < 1e-6 && last.terminated);
    assert!(!last.win);
}

#[test]
fn a_game_with_an_enthusiast() {
    // 70 + 10 (type) + 6 (brand) - 4 (mood) + 7 (performance) points of 41,500 are 36,935. Patience
    // 11: the truck that is not there takes 3, the price that is far off 2.
    let last = plays(
        "enthusiast",
        3,
        "\
Cars for sale:\n\
- black Toyota minivan, hybrid, backup camera, CarPlay and cruise control: $39,500\n\
- red BMW sedan, diesel, leather seats, backup camera and CarPlay: $42,000\n\
- black Audi sedan, petrol, CarPlay, cruise control and third row: $41,500\n\
- white Audi SUV, diesel, backup camera, navigation and cruise control: $49,000\n\
Buyer: Hi! I love cars, I really do! It should be a sedan. I prefer white.\n\
",
        &[
            ("hm?", "Sorry, what do you mean?"),
            ("What do you like?", "Audi is the brand for me."),
            (
                "Take the truck for a test drive!",
                "I do not see that car here.",
            ),
            (
                "The Audi sedan has a powerful engine.",
                "I like that one. Oh, I love that! What does it cost?",
            ),
            ("The engine is powerful", "You told me that already."),
            (
                "It is yours for $45,000",
                "Ouch, that is far more than I thought! Could you do $31,900? I am about to leave.",
            ),
            (
                "I can go down from $50,000 to $37,900.",
                "Almost! Just a little less! How about $32,700? My patience is nearly over.",
            ),
            ("$37,000", "I lost the joy in it. Goodbye."),
        ],
    );
    assert!((last.reward - 0.0).abs() < 1e-6 && last.terminated);
    assert!(!last.win);
}

#[test]
fn a_game_with_a_cautious_buyer() {
    // The budget, 30,700, is less than what the car is worth.
    let last = plays(
        "cautious",
        4,
        "\
Cars for sale:\n\
- red Audi sedan, petrol, heated seats, backup camera and third row: $42,000\n\
- green BMW sedan, diesel, sunroof, heated seats and CarPlay: $43,000\n\
- blue Toyota sedan, hybrid, sunroof, leather seats and third row: $28,500\n\
- silver Audi convertible, petrol, heated seats, leather seats and cruise control: $52,000\n\
Buyer: Hello. I would hate to make a mistake, so I am careful. I need a sedan. I want it to be hybrid.\n\
",
        &[
            (
                "How about the Audi sedan?",
                "I like that one. What does it cost?",
            ),
            (
                "It has a warranty. $36,000",
                "I am glad to hear that. I feel that is too high. I would feel fine with $25,600.",
            ),
            ("It has a third row.", "That is not what I worry about."),
            (
                "$35,000, it is safe!",
                "I am glad to hear that. That seems too much to me. $26,900 seems fair to me.",
            ),
            ("It has a sunroof.", "No, it does not have that."),
            ("$30,700", "I have thought about it: $30,700, agreed."),
        ],
    );
    assert!((last.reward - 30_700.0 / 42_000.0).abs() < 1e-6 && last.terminated);
    assert!(last.win);
}

#[test]
fn a_game_with_a_loyal_buyer() {
    // 68 + 18 + 6 + 2 - 4 points of 28,500, 2 more for the test drive and 2 for the sunroof; offers are
    // 9 points less, and 7 after the concession.
    let last = plays(
        "loyal",
        5,
        "\
Cars for sale:\n\
- blue Audi convertible, petrol, heated seats, leather seats and navigation: $52,000\n\
- silver Volkswagen hatchback, electric, sunroof, heated seats and cruise control: $35,000\n\
- white Tesla sedan, electric, heated seats, cruise control and third row: $42,500\n\
- blue Subaru hatchback, hybrid, sunroof, heated seats and backup camera: $28,500\n\
Buyer: Good day. I have never changed my make, and I am not going to. Subaru is the brand for me.\n\
",
        &[
            ("$30,000", "Which car are we talking about?"),
            ("Which type do you want?", "I want a hatchback."),
            ("How about the Subaru?", "I like that one. And the price?"),
            ("What is your offer?", "I would pay $23,000."),
            ("Would you like a test drive?", "Good, as it should be."),
            (
                "It has a sunroof, and I ask 28.5k.",
                "That is what I expect of my make. For an old customer that is too much. My old dealer would take $24,200.",
            ),
            (
                "27,900 dollars.",
                "Nearly. Think of an old customer. My old dealer would take $24,700. I do not stay much longer.",
            ),
            ("I accept your offer.", "$24,700. You have kept a customer."),
        ],
    );
    assert!((last.reward - 24_700.0 / 28_500.0).abs() < 1e-6 && last.terminated);
    assert!(last.win);
}

#[test]
fn a_game_with_a_budget_bound_buyer() {
    // Financing makes a budget of 23,400 one of 25,740, and that is the limit to the dollar.
    let last = plays(
        "budget_bound",
        6,
        "\
Cars for sale:\n\
- white Ford convertible, petrol, sunroof, heated seats and leather seats: $36,000\n\
- black Toyota SUV, hybrid, heated seats, backup camera and navigation: $36,500\n\
- white Subaru hatchback, hybrid, leather seats, CarPlay and cruise control: $29,000\n\
- white Toyota truck, petrol, sunroof, CarPlay and cruise control: $43,000\n\
Buyer: Hi. Money is tight this year. I need a hatchback. I can spend $23,400.\n\
",
        &[
            (
                "How about the hatchback?",
                "I like that one. How much is it?",
            ),
            (
                "I ask $25,000",
                "It is too high for me. I can manage $21,600.",
            ),
            ("You can pay monthly, $400 a month.", "That helps me a lot."),
            (
                "$25,741",
                "It was less a moment ago, so this is too high. I could pay $24,000.",
            ),
            ("$25,740", "$25,740, I can do that. I take it."),
        ],
    );
    assert!((last.reward - 25_740.0 / 29_000.0).abs() < 1e-6 && last.terminated);
    assert!(last.win);
}
