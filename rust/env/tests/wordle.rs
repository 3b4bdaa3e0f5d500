//! The rules of Wordle, through the front that every caller uses.

use archer_env::wordle::{ID, Word};
use archer_env::{EnvError, Environments, Options, Outcome, make, parse_options};

fn options(json: &str) -> Options {
    parse_options(json).unwrap()
}

fn word(text: &str) -> Word {
    Word::read(text).unwrap()
}

fn begun(answer: &str, env_options: &str) -> Box<dyn Environments + Send> {
    let mut envs = make(ID, 1, 0, &options(env_options)).unwrap();
    envs.reset(&[0], &options(&format!("{{\"word\": {answer:?}}}")))
        .unwrap();
    envs
}

fn say(envs: &mut dyn Environments, utterance: &str) -> Outcome {
    envs.step(&[0], &[utterance], None).unwrap().remove(0)
}

/// A turn after which the episode goes on.
fn turn(observation: &'static str) -> Outcome {
    Outcome {
        observation: observation.into(),
        reward: -1.0,
        terminated: false,
        truncated: false,
        win: false,
        invalid: observation.starts_with("Not"),
    }
}

fn solved() -> Outcome {
    Outcome {
        reward: 0.0,
        terminated: true,
        win: true,
        ..turn("g g g g g")
    }
}

#[test]
fn a_game_is_won_by_saying_the_word() {
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    let opening = envs.reset(&[0], &options(r#"{"word": "Abbey"}"#)).unwrap();
    assert_eq!(
        opening,
        [
            "Guess a word of 5 letters in 6 tries. Each letter is answered: g in place, y elsewhere \
          in the word, b not in it.\n"
        ]
    );
    assert_eq!(envs.hidden(&[0]).unwrap(), ["abbey"]);
    for (guess, expected) in [
        ("crane", turn("b b y b y")),
        ("babes", turn("y y g g b")),
        ("zzzzz", turn("Not in the word list.")),
        ("a bbey", turn("Not a word of 5 letters.")),
        ("k e b a b", turn("b y g y y")),
        ("ABBEY", solved()),
    ] {
        assert_eq!(say(envs.as_mut(), guess), expected, "{guess}");
    }
    assert_eq!(envs.step(&[0], &["abbey"], None), Err(EnvError::Over(0)));
}

#[test]
fn the_last_turn_truncates_unless_it_wins() {
    for (last, expected) in [
        ("crane", "b b y b y"),
        ("hm", "Not a word of 5 letters."),
        ("abbey", "g g g g g"),
    ] {
        let mut envs = begun("abbey", "{}");
        for _ in 0..5 {
            assert!(!say(envs.as_mut(), "crane").truncated);
        }
        let win = last == "abbey";
        let end = if win { solved() } else { turn(expected) };
        let truncated = !win;
        assert_eq!(say(envs.as_mut(), last), Outcome { truncated, ..end });
    }
    let mut envs = make(ID, 1, 0, &options(r#"{"max_turns": 1}"#)).unwrap();
    let opening = envs.reset(&[0], &Options::new()).unwrap().remove(0);
    assert!(opening.starts_with("Guess a word of 5 letters in 1 try. "));
    assert!(say(envs.as_mut(), "").truncated);
}

#[test]
fn guesses_are_read_whole_or_spelled_with_anything_but_letters_around() {
    for guess in [
        "crane",
        "CRANE",
        "c r a n e",
        " C  R\tA\nN E \n",
        "crane.",
        "\"Crane\"!",
        "c-r-a-n-e",
        "<c><r><a><n><e>",
        "🦩crane🦩",
        "\u{fffd}crane\0",
    ] {
        assert_eq!(Word::read(guess), Some(word("crane")), "{guess:?}");
    }
    for no_guess in [
        "",
        "cran",
        "cranes",
        "my crane",
        "cr ane",
        "crane 1",
        "cr4ne",
        "crané",
        "c r a n",
        "c r a n e s",
        "c r a ne",
        "ｃｒａｎｅ",
        "\u{212a}nead",
        "5",
    ] {
        assert_eq!(Word::read(no_guess), None, "{no_guess:?}");
    }
}

/// Guess, answer, what the original game says and what LMRL-Gym says, each worked out by hand; the
/// latter are also what the code of LMRL-Gym (`WordleState.transition_state`) says.
const REPEATED: [(&str, &str, &str, &str); 13] = [
    ("babes", "abbey", "y y g g b", "y y g g b"),
    ("kebab", "abbey", "b y g y y", "b y g y y"),
    ("speed", "erase", "y b y y b", "y b y y b"),
    ("erase", "speed", "y b b y y", "y b b y y"),
    ("speed", "abide", "b b y b y", "b b y y y"),
    ("lolly", "llama", "g b y b b", "g b y y b"),
    ("label", "llama", "g y b b y", "g y b b y"),
    ("skill", "llama", "b b b y y", "b b b y y"),
    ("llama", "skill", "y y b b b", "y y b b b"),
    ("eerie", "crane", "b b y b g", "y y y b g"),
    ("eerie", "geese", "y g b b g", "y g b b g"),
    ("elope", "geese", "y b b b g", "y b b b g"),
    ("these", "geese", "b b g g g", "b b g g g"),
];

#[test]
fn repeated_letters_are_answered_by_either_rule() {
    for (guess, answer, original, lmrl) in REPEATED {
        for (rule, expected) in [("wordle", original), ("lmrl", lmrl)] {
            let json = format!("{{\"feedback\": {rule:?}, \"words\": [{answer:?}, {guess:?}]}}");
            let mut envs = begun(answer, &json);
            let observation = say(envs.as_mut(), guess).observation;
            assert_eq!(observation, expected, "{guess} for {answer}, {rule}");
        }
    }
    let mut envs = begun("crane", "{}");
    assert_eq!(say(envs.as_mut(), "eerie"), turn("b b y b g"));
}

#[test]
fn the_lists_are_options() {
    let own = r#"{"words": ["Zzzzz", "q q q q q", "zzzzz"]}"#;
    let mut envs = begun("zzzzz", own);
    for known in ["qqqqq", "crane", "aahed"] {
        assert_eq!(say(envs.as_mut(), known), turn("b b b b b"));
    }
    assert_eq!(say(envs.as_mut(), "zzzzz"), solved());
    let alone = r#"{"words": ["zzzzz", "qqqqq"], "guesses": ["jjjjj"]}"#;
    let mut envs = begun("zzzzz", alone);
    assert_eq!(say(envs.as_mut(), "jjjjj"), turn("b b b b b"));
    assert_eq!(say(envs.as_mut(), "crane"), turn("Not in the word list."));
    let mut envs = begun("crane", r#"{"guesses": [], "words": null}"#);
    assert_eq!(say(envs.as_mut(), "aahed"), turn("Not in the word list."));
    assert_eq!(say(envs.as_mut(), "blank"), turn("b b g g b"));
}

#[test]
fn every_answer_is_drawn_as_often() {
    let mut envs = make(ID, 8000, 7, &options(r#"{"words": ["zzzzz", "qqqqq"]}"#)).unwrap();
    let all: Vec<usize> = (0..8000).collect();
    envs.reset(&all, &Options::new()).unwrap();
    let hidden = envs.hidden(&all).unwrap();
    let first = hidden.iter().filter(|word| *word == "zzzzz").count();
    assert!((3800..=4200).contains(&first), "{first}");
    let mut envs = make(ID, 40_000, 7, &Options::new()).unwrap();
    let all: Vec<usize> = (0..40_000).collect();
    envs.reset(&all, &Options::new()).unwrap();
    let mut hidden = envs.hidden(&all).unwrap();
    hidden.sort();
    hidden.dedup();
    assert_eq!(hidden.len(), 2020);
}

#[test]
fn bad_options_are_named() {
    for (json, expected) in [
        (r#"{"max_turns": 0}"#, "max_turns is 0"),
        (
            r#"{"feedback": "real"}"#,
            "feedback is \"real\": give wordle or lmrl",
        ),
        (r#"{"feedback": 3}"#, "feedback is 3"),
        (r#"{"words": []}"#, "words is []: give at least one word"),
        (
            r#"{"words": "crane"}"#,
            "words is \"crane\": words takes a list",
        ),
        (
            r#"{"guesses": ["crane", "no"]}"#,
            "guesses[1] is \"no\": guesses takes a list",
        ),
        (r#"{"words": ["crane", 5]}"#, "words[1] is 5"),
        (r#"{"word": "crane"}"#, "did you mean \"words\""),
    ] {
        let error = make(ID, 1, 0, &options(json)).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let mut envs = make(ID, 1, 0, &Options::new()).unwrap();
    for (json, expected) in [
        (
            r#"{"word": "aahed"}"#,
            "word is \"aahed\": give one of the 2020 words",
        ),
        (r#"{"word": 3}"#, "word is 3"),
        (r#"{"words": "crane"}"#, "did you mean \"word\""),
    ] {
        let error = envs.reset(&[0], &options(json)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(envs.episodes(), [0]);
    }
}

#[test]
fn snapshots_are_these_bytes() {
    let mut envs = begun("crane", "{}");
    say(envs.as_mut(), "hm");
    let expected = b"\x01\x01\x06wordle\x01\0\0\0crane";
    assert_eq!(envs.snapshot(&[0]).unwrap(), [expected]);
    envs.restore(&[b"\x01\x01\x06wordle\x05\0\0\0abbey"], &[0])
        .unwrap();
    assert!(say(envs.as_mut(), "babes").truncated);
    for other in [
        &b"\x01\x01\x06wordle\x07\0\0\0abbey"[..],
        b"\x01\x01\x06wordle\x01\0\0\0ABBEY",
        b"\x01\x01\x06wordle\x01\0\0\0a b b e y",
        b"\x01\x01\x06wordle\x01\0\0\0aahed",
        b"\x01\x01\x06wordle\x01\0\0",
    ] {
        assert!(envs.restore(&[other], &[0]).is_err(), "{other:?}");
    }
}
