//! From text to tokens: words in lower case without accents, numbers, and the ends of clauses.

use super::fold::{fold, is_mark, stem};
use crate::twenty_questions::hash::Map;

/// Bytes of an utterance that are read; the rest is not.
const ATTENTION: usize = 2000;

/// The number of a word; 0 stands for words that are in no data file.
pub type Word = u32;

/// What an utterance is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token {
    /// A word, without its plural ending.
    Word(Word),
    /// A number in digits.
    Number(f64),
    /// A comma, a bracket, a slash.
    Comma,
    /// The end of a sentence, and whether it is a question.
    End { question: bool },
}

/// The words of all data files.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: Map<String, Word>,
}

impl Vocabulary {
    /// The tokens of a text; words that are not known are 0.
    pub fn read(&self, text: &str, tokens: &mut Vec<Token>) {
        let mut find = |word: &str| self.words.get(word).copied().unwrap_or(0);
        split(attended(text), &mut find, tokens);
    }

    /// The words of a phrase of a data file, which become known; punctuation is passed over.
    pub fn learn(&mut self, phrase: &str) -> Vec<Word> {
        let mut learn = |word: &str| self.number_of(word);
        let mut tokens = Vec::new();
        split(phrase, &mut learn, &mut tokens);
        let mut words = Vec::new();
        for token in tokens {
            match token {
                Token::Word(word) => words.push(word),
                Token::Number(number) => words.push(learn(&format!("{number}"))),
                Token::Comma | Token::End { .. } => {}
            }
        }
        words
    }

    /// The word that is a letter, which becomes known.
    pub fn letter(&mut self, letter: char) -> Word {
        self.number_of(&letter.to_string())
    }

    fn number_of(&mut self, word: &str) -> Word {
        let next = Word::try_from(self.words.len() + 1).unwrap_or(Word::MAX);
        *self.words.entry(word.to_owned()).or_insert(next)
    }

    /// The word for a number, if a data file has it.
    pub fn number(&self, number: f64) -> Word {
        self.words
            .get(format!("{number}").as_str())
            .copied()
            .unwrap_or(0)
    }
}

fn attended(text: &str) -> &str {
    let mut end = ATTENTION.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

struct Splitter<'a> {
    find: &'a mut dyn FnMut(&str) -> Word,
    tokens: &'a mut Vec<Token>,
    word: String,
    /// The words before tell that a letter follows, as in "begins with a" and "the letter a".
    before_letter: bool,
    begins: bool,
    /// The word goes on after an apostrophe with these many letters.
    after_apostrophe: Option<usize>,
}

impl Splitter<'_> {
    fn letter(&mut self, letter: char) {
        if letter.is_ascii() {
            self.word.push(letter.to_ascii_lowercase());
        }
        for lower in letter.to_lowercase().filter(|_| !letter.is_ascii()) {
            match fold(lower) {
                "" if is_mark(lower) => {}
                "" => self.word.push(lower),
                plain => self.word.push_str(plain),
            }
        }
        if let Some(letters) = &mut self.after_apostrophe {
            *letters += 1;
        }
    }

    /// Ends the word, if one has begun. Articles are passed over, unless they may be a letter.
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        // "the city's name" is "the city name"; "isn't" stays one word, "isnt".
        if self.after_apostrophe.take() == Some(1) && self.word.ends_with('s') {
            self.word.pop();
        }
        let is_letter = std::mem::take(&mut self.before_letter) && self.word == "a";
        if is_letter || !matches!(self.word.as_str(), "the" | "a" | "an" | "") {
            let word = (self.find)(stem(&self.word));
            self.tokens.push(Token::Word(word));
            self.before_letter = match self.word.as_str() {
                "letter" => true,
                "with" => self.begins,
                _ => false,
            };
            self.begins = ["start", "begin"]
                .iter()
                .any(|begin| self.word.starts_with(begin));
        }
        self.word.clear();
    }

    fn push(&mut self, token: Token) {
        self.end_word();
        self.tokens.push(token);
    }
}

/// Cuts a text into tokens; `find` numbers its words.
fn split(text: &str, find: &mut dyn FnMut(&str) -> Word, tokens: &mut Vec<Token>) {
    let mut splitter = Splitter {
        find,
        tokens,
        word: String::with_capacity(16),
        before_letter: false,
        begins: false,
        after_apostrophe: None,
    };
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        match letter {
            '0'..='9' if splitter.word.is_empty() => {
                let (number, length) = number(rest);
                splitter.push(Token::Number(number));
                rest = &rest[length..];
                continue;
            }
            '\'' | '’' | '‘' | '`' => {
                splitter.after_apostrophe = (!splitter.word.is_empty()).then_some(0);
            }
            '?' => splitter.push(Token::End { question: true }),
            '!' | '\n' => splitter.push(Token::End { question: false }),
            '.' | ':' if ends_sentence(letter, &splitter.word, after) => {
                splitter.push(Token::End { question: false });
            }
            // "St. Petersburg", "U.S."
            '.' => {
                if !after.starts_with(char::is_alphabetic) {
                    splitter.end_word();
                }
            }
            ',' | '(' | ')' | '/' | ';' => splitter.push(Token::Comma),
            _ if is_mark(letter) => {}
            _ if letter.is_alphanumeric() => splitter.letter(letter),
            _ => splitter.end_word(),
        }
        rest = after;
    }
    splitter.end_word();
}

fn ends_sentence(mark: char, before: &str, after: &str) -> bool {
    let closes = after
        .chars()
        .next()
        .is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '”' | '\''));
    closes && (mark == ':' || before.len() != 1 && !matches!(before, "st" | "mt" | "us"))
}

/// The number in digits at the start of a text, "1,500" and "7.5" too, and its length in bytes.
fn number(text: &str) -> (f64, usize) {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let (mut value, mut at) = (0.0, 0);
    while digit(at) {
        value = value * 10.0 + f64::from(bytes[at] - b'0');
        at += 1;
        let is_group =
            bytes.get(at) == Some(&b',') && (1..4).all(|ahead| digit(at + ahead)) && !digit(at + 4);
        at += usize::from(is_group);
    }
    if bytes.get(at) == Some(&b'.') && digit(at + 1) {
        at += 1;
        let mut unit = 0.1;
        while digit(at) {
            value += unit * f64::from(bytes[at] - b'0');
            unit /= 10.0;
            at += 1;
        }
    }
    (value, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        let mut vocabulary = Vocabulary::default();
        vocabulary.learn("city is in beach st petersburg us bogota xian letter");
        let mut tokens = Vec::new();
        vocabulary.read(text, &mut tokens);
        tokens
            .iter()
            .filter_map(|token| match token {
                Token::Word(word) => Some(*word),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn case_accents_articles_apostrophes_and_plurals_do_not_matter() {
        assert_eq!(words("THE City’s bëaches"), words("city beach"));
        assert_eq!(words("St. Petersburg"), words("st petersburg"));
        assert_eq!(
            words("Bogota\u{301} Bogotá Xi'an"),
            words("bogota bogota xian")
        );
        assert_eq!(words("the U.S. is"), words("us is"));
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, expected) in [("7.5 million", 7.5), ("1,500 m", 1500.0), ("12,34", 12.0)] {
            assert!((number(text).0 - expected).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn only_ends_of_sentences_are_ends() {
        let mut tokens = Vec::new();
        Vocabulary::default().read("8. Is it 7.5? St. John: no", &mut tokens);
        let ends = tokens
            .iter()
            .filter(|token| matches!(token, Token::End { .. }))
            .count();
        assert_eq!(ends, 3);
    }
}
