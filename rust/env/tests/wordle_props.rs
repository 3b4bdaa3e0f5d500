//! What holds of Wordle for any words and any text, and the choice of guesses.

use archer_env::wordle::{ID, Rule, SOLVED, Solver, Word, read, text};
use archer_env::{Options, make, parse_options};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::prop_assert_eq;

fn word(text: &str) -> Word {
    Word::read(text).unwrap()
}

/// The original game's rule, as people play it: first cross out what is in place.
fn by_hand(guess: &str, answer: &str) -> String {
    let mut left: Vec<char> = answer.chars().collect();
    let mut marks = ['b'; 5];
    for (i, letter) in guess.chars().enumerate() {
        if left[i] == letter {
            marks[i] = 'g';
            left[i] = '-';
        }
    }
    for (i, letter) in guess.chars().enumerate() {
        if let Some(found) = left.iter().position(|&other| other == letter)
            && marks[i] == 'b'
        {
            marks[i] = 'y';
            left[found] = '-';
        }
    }
    marks.map(String::from).join(" ")
}

/// LMRL-Gym's rule.
fn by_membership(guess: &str, answer: &str) -> String {
    let mark = |(said, hidden): (char, char)| match said {
        said if said == hidden => "g",
        said if answer.contains(said) => "y",
        _ => "b",
    };
    let marks: Vec<&str> = guess.chars().zip(answer.chars()).map(mark).collect();
    marks.join(" ")
}

#[test]
fn every_feedback_is_a_text_of_its_own() {
    let texts: Vec<&str> = (0..=SOLVED).map(text).collect();
    assert_eq!(texts[0], "b b b b b");
    assert_eq!(texts[3 + 2], "b b b y g");
    assert_eq!(text(SOLVED), "g g g g g");
    for (feedback, text) in (0..=SOLVED).zip(&texts) {
        assert_eq!(read(text), Some(feedback));
    }
    for other in [
        "",
        "bbbbb",
        "b b b b b ",
        "x b b b b",
        "Not in the word list.",
    ] {
        assert_eq!(read(other), None);
    }
}

fn solver(words: &[&str], guesses: &[&str]) -> Solver {
    let options = serde_json::json!({"words": words, "guesses": guesses});
    Solver::new(&parse_options(&options.to_string()).unwrap()).unwrap()
}

#[test]
fn the_best_guess_tells_the_most() {
    // Of four words with one ending, "bmfpx" tells all apart, and none of themselves does.
    let rhymes = ["batch", "match", "fatch", "patch"];
    assert_eq!(
        solver(&rhymes, &["bmfpx", "zzzzz"]).best(&[]),
        Some(word("bmfpx"))
    );
    assert_eq!(solver(&rhymes, &[]).best(&[]), Some(word("batch")));
    // As much as "bxxxx" tells "batch", which may be right; and of two words the first is said.
    let three = solver(&rhymes[..2], &["abide", "bxxxx"]);
    assert_eq!(three.best(&[]), Some(word("batch")));
    let heard = [(word("batch"), read("b g g g g").unwrap())];
    assert_eq!(three.best(&heard), Some(word("match")));
    assert_eq!(three.best(&[heard[0], heard[0]]), Some(word("match")));
    assert_eq!(three.best(&[(word("batch"), 0)]), None);
}

#[test]
fn a_solver_refuses_what_it_cannot_use() {
    let error = |json: &str| {
        let options = parse_options(json).unwrap();
        Solver::new(&options).err().unwrap().to_string()
    };
    assert!(error(r#"{"max_turns": 6}"#).contains("there is no option \"max_turns\""));
    assert!(error(r#"{"words": [""]}"#).contains("words[0] is \"\""));
    let letters = "abcdefghijklmnopqrstuvwxyz";
    let pairs: Vec<String> = letters
        .chars()
        .flat_map(|a| letters.chars().map(move |b| format!("{a}{b}")))
        .collect();
    let many: Vec<String> = pairs[..40]
        .iter()
        .flat_map(|a| pairs.iter().map(move |b| format!("{a}{b}x")))
        .collect();
    let json = serde_json::json!({"words": many}).to_string();
    assert!(
        error(&json).contains("too many"),
        "27040 words and the built-in guesses"
    );
    assert!(make(ID, 1, 0, &parse_options(&json).unwrap()).is_ok());
}

/// Text of every sort, guesses among them.
fn utterance() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-e ]{5,9}",
        prop::sample::select(vec!["crane", "A B B E Y", "babes!"]).prop_map(str::to_owned),
        any::<char>().prop_map(|piece| String::from(piece).repeat(100_000)),
    ]
}

proptest! {
    #[test]
    fn feedback_is_that_of_both_rules(guess in "[abc]{5}|[a-z]{5}", answer in "[abc]{5}|[a-z]{5}") {
        let (said, hidden) = (word(&guess), word(&answer));
        prop_assert_eq!(text(Rule::Wordle.feedback(said, hidden)), by_hand(&guess, &answer));
        prop_assert_eq!(text(Rule::Lmrl.feedback(said, hidden)), by_membership(&guess, &answer));
        prop_assert_eq!(Rule::Wordle.feedback(said, hidden) == SOLVED, guess == answer);
    }

    #[test]
    fn guesses_agree_with_all_that_was_heard_or_are_there_to_ask(
        words in prop::collection::btree_set("[abc]{5}", 1..30), hidden: prop::sample::Index,
    ) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (solver, answer) = (solver(&words, &[]), word(words[hidden.index(words.len())]));
        let mut heard = Vec::new();
        // Every guess but the last leaves fewer words, so that the game ends.
        for _ in 0..words.len() {
            let guess = solver.best(&heard).unwrap();
            heard.push((guess, Rule::Wordle.feedback(guess, answer)));
            if guess == answer {
                break;
            }
        }
        prop_assert_eq!(heard.last().unwrap().0, answer);
    }

    #[test]
    fn any_text_is_answered(utterances in prop::collection::vec(utterance(), 1..8), seed: u64) {
        let mut envs = make(ID, 1, seed, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        let hidden = envs.hidden(&[0]).unwrap();
        for (turn, utterance) in utterances.iter().enumerate() {
            let outcome = envs.step(&[0], &[utterance], None).unwrap().remove(0);
            prop_assert_eq!(outcome.invalid, read(&outcome.observation).is_none());
            prop_assert_eq!(outcome.win, Word::read(utterance) == Some(word(&hidden[0])));
            prop_assert_eq!(outcome.terminated, outcome.win);
            prop_assert_eq!(outcome.truncated, !outcome.win && turn == 5);
            if outcome.terminated || outcome.truncated {
                break;
            }
        }
    }

    #[test]
    fn snapshots_are_exact_and_any_bytes_are_refused_or_are_one(
        bytes in prop::collection::vec(any::<u8>(), 0..40), at in 0..40_usize, byte: u8,
        turns in 0..7_usize, seed: u64,
    ) {
        let mut envs = make(ID, 2, seed, &Options::new()).unwrap();
        envs.reset(&[0], &Options::new()).unwrap();
        for _ in 0..turns.min(6) {
            envs.step(&[0], &["aahed"], None).unwrap();
        }
        let good = envs.snapshot(&[0]).unwrap().remove(0);
        envs.restore(&[&good], &[1]).unwrap();
        prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], &good);
        prop_assert_eq!(envs.hidden(&[0]), envs.hidden(&[1]));
        let mut changed = good.clone();
        let last = changed.len() - 1;
        changed[at.min(last)] = byte;
        for candidate in [&bytes, &changed] {
            if envs.restore(&[candidate], &[1]).is_ok() {
                prop_assert_eq!(&envs.snapshot(&[1]).unwrap()[0], candidate);
                if !envs.finished(&[1]).unwrap()[0] {
                    envs.step(&[1], &["crane"], None).unwrap();
                }
            }
        }
    }
}
