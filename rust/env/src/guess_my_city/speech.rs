//! Answers to questions of yes or no, as sentences.

use std::borrow::Cow;

use super::lexicon::{Atom, Wording};
use super::topics::Topics;

/// To what is not understood.
pub const NOT_UNDERSTOOD: &str = "I do not understand that question.";
/// To the name of another city.
pub const NOT_MINE: &str = "No, that is not my city.";
/// To a claim of several things, of which one is true and one is not.
pub const PARTLY: &str = "Only a part of that is true.";
const YES: &str = "Yes, that is true.";
const NO: &str = "No, that is not true.";

/// The answer to a question with a single meaning, or with none that can be put into words.
pub fn answer(holds: bool, atom: Option<&Atom>, city: usize, topics: &Topics) -> Cow<'static, str> {
    if atom.is_some_and(|atom| atom.wording == Wording::Named && !holds) {
        return Cow::Borrowed(NOT_MINE);
    }
    let Some(atom) = atom.filter(|atom| atom.gives_away >> city & 1 == 0) else {
        return Cow::Borrowed(if holds { YES } else { NO });
    };
    if let Some(told) = atom
        .tells
        .filter(|_| holds)
        .and_then(|topic| topics.sentence(topic, city))
    {
        return format!("Yes. {told}").into();
    }
    let text = &atom.text;
    let (yes, no) = match atom.wording {
        Wording::In => ("my city is in", "my city is not in"),
        Wording::Is => ("my city is", "my city is not"),
        Wording::Has => ("my city has", "my city does not have"),
        Wording::For => ("my city is known for", "my city is not known for"),
        Wording::At => ("my city lies at", "my city does not lie at"),
        Wording::Near => ("my city is near", "my city is not near"),
        Wording::Borders => ("my country borders", "my country does not border"),
        Wording::Spoken => (
            "the people of my city speak",
            "the people of my city do not speak",
        ),
        Wording::Ruled => ("my city was under", "my city was not under"),
        Wording::That | Wording::Named => return Cow::Borrowed(if holds { YES } else { NO }),
    };
    if holds {
        format!("Yes, {yes} {text}.").into()
    } else {
        format!("No, {no} {text}.").into()
    }
}

/// The answer to "Is it this or that?" where it must be one of them.
pub fn alternative(atom: &Atom, city: usize, topics: &Topics) -> Cow<'static, str> {
    let sentence = answer(true, Some(atom), city, topics);
    match sentence.strip_prefix("Yes, ") {
        Some(rest) => {
            let mut letters = rest.chars();
            let first: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            (first + letters.as_str()).into()
        }
        None => sentence,
    }
}
