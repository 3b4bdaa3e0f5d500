//! What a guess is answered, letter by letter.

use super::words::{LETTERS, Word, abridged};
use crate::EnvError;
use crate::task::Options;

/// How many answers there are to a guess: 3 to each letter.
pub const PATTERNS: usize = 243;

/// The answer to a guess, as the digits of a number of base 3, the first letter's the greatest:
/// 2 for a letter that is in place, 1 for one that is elsewhere in the word, 0 for one that is not.
pub type Feedback = u8;

/// All letters are in place.
pub const SOLVED: Feedback = 242;

const MARKS: [u8; 3] = *b"byg";
const TEXT_LENGTH: usize = 2 * LETTERS - 1;
const TEXTS: [[u8; TEXT_LENGTH]; PATTERNS] = texts();

/// Which of two rules says what a repeated letter is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The original game's: every letter of the answer accounts for one letter of the guess at most,
    /// first for one in place, then for those elsewhere from left to right.
    Wordle,
    /// LMRL-Gym's: a letter that is not in place is elsewhere if the answer has it anywhere.
    Lmrl,
}

impl Rule {
    /// The rule of the option `feedback`.
    ///
    /// # Errors
    /// [`EnvError::Option`] unless it is absent, `wordle` or `lmrl`.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        let Some(value) = options.get("feedback") else {
            return Ok(Self::Wordle);
        };
        match value.as_str() {
            Some("wordle") => Ok(Self::Wordle),
            Some("lmrl") => Ok(Self::Lmrl),
            _ => Err(EnvError::Option(format!(
                "feedback is {}: give wordle or lmrl",
                abridged(value)
            ))),
        }
    }

    /// What `guess` is answered if `answer` is hidden.
    #[must_use]
    pub fn feedback(self, guess: Word, answer: Word) -> Feedback {
        let (guess, answer) = (guess.letters(), answer.letters());
        // How often the answer has each letter where the guess has another: 4 bits a letter.
        let mut left: u128 = 0;
        for (said, hidden) in guess.iter().zip(answer) {
            left += u128::from(*said != hidden || self == Self::Lmrl) << bits(hidden);
        }
        let mut feedback = 0;
        for (said, hidden) in guess.into_iter().zip(answer) {
            let elsewhere = (left >> bits(said)) & 15 > 0;
            feedback = 3 * feedback
                + if said == hidden {
                    2
                } else {
                    u8::from(elsewhere)
                };
            if self == Self::Wordle && said != hidden && elsewhere {
                left -= 1 << bits(said);
            }
        }
        feedback
    }
}

/// Where the number of a letter is.
fn bits(letter: u8) -> u32 {
    4 * u32::from(letter - b'a')
}

/// A feedback as the agent reads it, such as `b y g b b`: letters apart are tokens of their own.
#[must_use]
pub fn text(feedback: Feedback) -> &'static str {
    const { &TEXTS }
        .get(usize::from(feedback))
        .and_then(|text| str::from_utf8(text).ok())
        .unwrap_or_default()
}

/// The feedback that a text is, to the letter.
#[must_use]
pub fn read(text: &str) -> Option<Feedback> {
    let position = TEXTS.iter().position(|known| known == text.as_bytes())?;
    Feedback::try_from(position).ok()
}

const fn texts() -> [[u8; TEXT_LENGTH]; PATTERNS] {
    let mut texts = [[b' '; TEXT_LENGTH]; PATTERNS];
    let mut feedback = 0;
    while feedback < PATTERNS {
        let mut digits = feedback;
        let mut letter = LETTERS;
        while letter > 0 {
            letter -= 1;
            texts[feedback][2 * letter] = MARKS[digits % 3];
            digits /= 3;
        }
        feedback += 1;
    }
    texts
}
