//! Words, and the lists of those that are hidden and those that may be said.

use std::fmt;
use std::sync::LazyLock;

use serde_json::Value;

use crate::EnvError;
use crate::task::Options;

/// How many letters a word has.
pub const LETTERS: usize = 5;

const ANSWERS: &str = include_str!("../../data/wordle/answers.txt");
const GUESSES: &str = include_str!("../../data/wordle/guesses.txt");

/// A word of [`LETTERS`] lower-case ASCII letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word([u8; LETTERS]);

impl Word {
    /// The one word of a text, in whatever case, whole ("crane") or spelled ("c r a n e").
    ///
    /// Around it, and between spelled letters, there may be anything but letters and digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut letters = [0; LETTERS];
        let (mut count, mut pieces) = (0, 0);
        let mut apart = true;
        for character in text.chars() {
            if !character.is_alphanumeric() {
                apart = true;
                continue;
            }
            let letter = u8::try_from(character).ok()?;
            if !letter.is_ascii_alphabetic() {
                return None;
            }
            *letters.get_mut(count)? = letter.to_ascii_lowercase();
            count += 1;
            pieces += usize::from(apart);
            apart = false;
        }
        (count == LETTERS && matches!(pieces, 1 | LETTERS)).then_some(Self(letters))
    }

    /// Its letters, in ASCII.
    #[must_use]
    pub fn letters(self) -> [u8; LETTERS] {
        self.0
    }
}

impl fmt::Display for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// The lists without options.
static BUILT_IN: LazyLock<Lists> = LazyLock::new(|| {
    let read = |list: &str| list.lines().filter_map(Word::read).collect();
    let answers: Vec<Word> = read(ANSWERS);
    let accepted = ordered([&answers[..], &read(GUESSES)].concat());
    Lists { answers, accepted }
});

/// Which words may be hidden, and which may be said.
pub struct Lists {
    answers: Vec<Word>,
    accepted: Vec<Word>,
}

impl Lists {
    /// The lists of the options `words` and `guesses`, or the built-in ones.
    ///
    /// # Errors
    /// [`EnvError::Option`] for anything else than lists of words, or no answers at all.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        let answers = match options.get("words") {
            None => BUILT_IN.answers.clone(),
            Some(list) => ordered(words("words", list)?),
        };
        if answers.is_empty() {
            let reason = "words is []: give at least one word of 5 letters";
            return Err(EnvError::Option(reason.to_owned()));
        }
        let others = options.get("guesses").map(|list| words("guesses", list));
        let accepted = match (others.transpose()?, options.get("words")) {
            (None, None) => BUILT_IN.accepted.clone(),
            (None, Some(_)) => ordered([&BUILT_IN.accepted[..], &answers].concat()),
            (Some(others), _) => ordered([&others[..], &answers].concat()),
        };
        Ok(Self { answers, accepted })
    }

    /// The words that may be hidden, in alphabetical order.
    #[must_use]
    pub fn answers(&self) -> &[Word] {
        &self.answers
    }

    /// All words that may be said, the answers among them, in alphabetical order.
    #[must_use]
    pub fn accepted(&self) -> &[Word] {
        &self.accepted
    }

    /// Whether this word may be said.
    #[must_use]
    pub fn accepts(&self, word: Word) -> bool {
        self.accepted.binary_search(&word).is_ok()
    }

    /// Whether this word may be hidden.
    #[must_use]
    pub fn hides(&self, word: Word) -> bool {
        self.answers.binary_search(&word).is_ok()
    }
}

/// The words of a list that was given as the option `key`.
fn words(key: &str, list: &Value) -> Result<Vec<Word>, EnvError> {
    let refuse = |place: &str, value: &Value| {
        EnvError::Option(format!(
            "{place} is {}: {key} takes a list of words of {LETTERS} letters",
            abridged(value)
        ))
    };
    let items = list.as_array().ok_or_else(|| refuse(key, list))?;
    let read = |(position, item): (usize, &Value)| {
        let word = item.as_str().and_then(Word::read);
        word.ok_or_else(|| refuse(&format!("{key}[{position}]"), item))
    };
    items.iter().enumerate().map(read).collect()
}

/// A value as JSON, short enough for a message.
pub(super) fn abridged(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

/// Words in alphabetical order, each once.
fn ordered(mut words: Vec<Word>) -> Vec<Word> {
    words.sort_unstable();
    words.dedup();
    words
}
