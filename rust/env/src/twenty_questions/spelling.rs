//! Questions about the name itself: its letters, its words.

use super::keywords::keyword as k;
use super::reader::{Reader, Truth, is, skip};
use super::words::Token;

fn letter(token: Option<&Token>) -> Option<char> {
    let token = token.filter(|token| token.word == k::LETTER)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an ASCII letter
    Some(char::from(token.value? as u8))
}

/// "With the letter B", "with a vowel".
fn edge(edge: char, words: &[Token]) -> Truth {
    let words = skip(skip(words, &[k::WITH, k::IN]), &[k::LETTER_WORD]);
    let vowel = "aeiou".contains(edge);
    match words {
        [only] if only.word == k::VOWEL => Some(vowel),
        [only] if only.word == k::CONSONANT => Some(!vowel),
        [only] => letter(Some(only)).map(|letter| letter == edge),
        _ => None,
    }
}

impl Reader<'_> {
    fn name(&self) -> Option<&str> {
        self.index
            .objects
            .get(self.object)?
            .names
            .first()
            .map(String::as_str)
    }

    /// "Start with the letter B", "have five letters", "two words".
    pub(super) fn spelling(&self, words: &[Token]) -> Truth {
        let verb = self.verb(words.first()?);
        let name = self.name()?;
        match verb {
            k::START | k::BEGIN => edge(name.chars().next()?, &words[1..]),
            k::END => edge(name.chars().last()?, &words[1..]),
            _ => self.letters(words),
        }
    }

    /// "The letter e", "more than five letters", "two words".
    fn letters(&self, words: &[Token]) -> Truth {
        let name = self.name()?;
        if is(words.first(), &[k::LETTER_WORD]) {
            return letter(words.get(1)).map(|letter| name.contains(letter));
        }
        let (sign, rest) = match words {
            [a, b, rest @ ..] if b.word == k::THAN && matches!(a.word, k::MORE | k::LONGER) => {
                (1, rest)
            }
            [a, b, rest @ ..] if b.word == k::THAN && matches!(a.word, k::LESS | k::SHORTER) => {
                (-1, rest)
            }
            [a, b, rest @ ..] if a.word == k::AT && b.word == k::LEAST => (2, rest),
            [a, rest @ ..] if matches!(a.word, k::EXACTLY | k::ONLY) => (0, rest),
            _ => (0, words),
        };
        let bound = rest.first()?.value.filter(|_| rest[0].word != k::LETTER)?;
        let rest = &rest[1..];
        let count = match (self.noun(rest.first()?), skip(&rest[1..], &[k::LONG])) {
            (k::LETTER_WORD, [] | [_] | [_, _]) => {
                name.chars().filter(|c| c.is_alphabetic()).count()
            }
            (k::WORD_WORD, []) => name.split(' ').count(),
            _ => return None,
        };
        #[allow(clippy::cast_precision_loss)] // the length of a name
        let count = count as f64;
        Some(match sign {
            1 => count > bound,
            -1 => count < bound,
            2 => count >= bound,
            _ => (count - bound).abs() < 0.5,
        })
    }
}
