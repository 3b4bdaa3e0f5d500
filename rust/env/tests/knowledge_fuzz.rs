//! Any text is legal: it is answered, the same way whatever its case and white space.

use archer_env::twenty_questions::knowledge::Knowledge;
use proptest::prelude::*;

/// Words that questions are made of, so that random texts reach deep into the grammar.
const WORDS: [&str; 48] = [
    "is",
    "it",
    "a",
    "an",
    "the",
    "does",
    "do",
    "you",
    "people",
    "can",
    "have",
    "has",
    "not",
    "isn't",
    "or",
    "and",
    ",",
    "bigger",
    "than",
    "more",
    "five",
    "10",
    "$100",
    "legs",
    "made",
    "of",
    "wood",
    "used",
    "to",
    "for",
    "in",
    "kitchen",
    "children",
    "with",
    "without",
    "that",
    "something",
    "animal",
    "dog",
    "red",
    "start",
    "letter",
    "b",
    "fit",
    "pocket",
    "be",
    "?",
    "as",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), 0..30).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_answered(object in 0_usize..200, text in any::<String>()) {
        let _ = Knowledge::full().reply(object, &text);
    }

    #[test]
    fn any_words_are_answered(object in 0_usize..158, text in soup()) {
        let knowledge = Knowledge::full();
        let reply = knowledge.reply(object, &text);
        prop_assert_eq!(reply, knowledge.reply(object, &text.to_uppercase()));
        prop_assert_eq!(reply, knowledge.reply(object, &format!("  {}\t", text.replace(' ', "  "))));
    }

    #[test]
    fn questions_do_not_depend_on_case_or_white_space(object in 0_usize..158, number in any::<prop::sample::Index>()) {
        let knowledge = Knowledge::full();
        let question = &knowledge.questions()[number.index(knowledge.questions().len())];
        for phrasing in &question.phrasings {
            let reply = knowledge.reply(object, phrasing);
            prop_assert_eq!(reply, knowledge.reply(object, &phrasing.to_uppercase()));
            prop_assert_eq!(reply, knowledge.reply(object, &phrasing.to_lowercase().replace(' ', " \n")
                .replace('\n', " ")));
            prop_assert_eq!(reply, knowledge.reply(object, phrasing.trim_end_matches('?')));
        }
    }
}
