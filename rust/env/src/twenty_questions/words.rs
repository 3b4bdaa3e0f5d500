//! From text to words: what a person typed, in the normal form that phrases are looked up in.

use super::hash::Map;
use super::keywords::{KEYWORDS, keyword};
use super::text::{Part, split_words};

/// Number of a word in the vocabulary.
pub type Word = u16;

/// Longest text that is read, in bytes, and in words.
const MAX_BYTES: usize = 400;
const MAX_WORDS: usize = 60;

const NUMBERS: [&str; 21] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];
const TENS: [&str; 7] = [
    "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// Its number, `UNKNOWN` if it is none of the vocabulary.
    pub word: Word,
    /// Whether an article stood before it.
    pub article: bool,
    /// What it says, if it is a number; the character of a letter.
    pub value: Option<f64>,
}

/// The words that are known, their base forms, and the expressions that are rewritten.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: Map<String, Word>,
    noun: Vec<Word>,
    verb: Vec<Word>,
    values: Vec<Option<f64>>,
    rewrites: Map<Vec<Word>, Vec<Word>>,
    longest: Vec<usize>,
}

impl Vocabulary {
    /// The vocabulary of the grammar's own words.
    #[must_use]
    pub fn new() -> Self {
        let mut vocabulary = Self::default();
        for word in KEYWORDS {
            vocabulary.add(word);
        }
        let tens = TENS.iter().zip((30_u32..).step_by(10));
        let large = [
            (&"hundred", 100_u32),
            (&"thousand", 1000),
            (&"million", 1_000_000),
        ];
        for (word, value) in NUMBERS.iter().zip(0..).chain(tens).chain(large) {
            let word = vocabulary.add(word);
            vocabulary.values[usize::from(word)] = Some(f64::from(value));
        }
        vocabulary
    }

    /// Number of a word, which is added if it is new.
    pub fn add(&mut self, text: &str) -> Word {
        if let Some(&word) = self.words.get(text) {
            return word;
        }
        // Far below 65 536 words; a file that overflows it would map words to the unknown one.
        let word = Word::try_from(self.noun.len()).unwrap_or(keyword::UNKNOWN);
        self.words.insert(text.to_string(), word);
        self.values.push(None);
        self.noun.push(word);
        self.verb.push(word);
        word
    }

    /// Adds every word of a text.
    pub fn add_all(&mut self, text: &str) {
        let mut split = Vec::new();
        split_words(text, |part| {
            if let Part::Word(word) = part {
                split.push(word.to_string());
            }
        });
        for word in split {
            self.add(&word);
        }
    }

    /// Makes `form` an inflection of the noun `base`, unless it is one already.
    pub fn add_noun(&mut self, base: Word, form: &str) {
        let form = self.add(form);
        if self.noun[usize::from(form)] == form {
            self.noun[usize::from(form)] = base;
        }
    }

    /// Makes `form` an inflection of the verb `base`, unless it is one already.
    pub fn add_verb(&mut self, base: Word, form: &str) {
        let form = self.add(form);
        if self.verb[usize::from(form)] == form {
            self.verb[usize::from(form)] = base;
        }
    }

    /// Number of a word, if it is known.
    #[must_use]
    pub fn number(&self, text: &str) -> Option<Word> {
        self.words.get(text).copied()
    }

    /// All words and their numbers.
    pub fn words(&self) -> impl Iterator<Item = (&str, Word)> {
        self.words.iter().map(|(text, &word)| (text.as_str(), word))
    }

    /// Base form of a word that is read as a noun.
    #[must_use]
    pub fn noun(&self, word: Word) -> Word {
        self.noun.get(usize::from(word)).copied().unwrap_or(word)
    }

    /// Base form of a word that is read as a verb.
    #[must_use]
    pub fn verb(&self, word: Word) -> Word {
        self.verb.get(usize::from(word)).copied().unwrap_or(word)
    }

    /// Has the words of `left` read as those of `right` from now on.
    pub fn add_rewrite(&mut self, left: &str, right: &str) {
        self.add_all(left);
        self.add_all(right);
        let number = |text| {
            self.split(text)
                .into_iter()
                .flatten()
                .map(|token| token.word)
                .collect::<Vec<_>>()
        };
        let (left, right) = (number(left), number(right));
        let Some(&first) = left.first().filter(|_| left != right) else {
            return;
        };
        self.longest
            .resize(self.noun.len().max(self.longest.len()), 0);
        let longest = &mut self.longest[usize::from(first)];
        *longest = left.len().max(*longest);
        self.rewrites.entry(left).or_insert(right);
    }

    /// The normal form of a text; none of one that is too long.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Vec<Token>> {
        let tokens = self.rewrite(&self.rewrite(&self.split(text)?));
        let mut article = false;
        let mut kept = Vec::with_capacity(tokens.len());
        for token in tokens {
            if token.word == keyword::THE {
                article = true;
            } else {
                kept.push(Token {
                    article: token.article || article,
                    ..token
                });
                article = false;
            }
        }
        Some(kept)
    }

    fn value(&self, word: Word) -> Option<f64> {
        self.values.get(usize::from(word)).copied().flatten()
    }

    fn split(&self, text: &str) -> Option<Vec<Token>> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let mut tokens: Vec<Token> = Vec::with_capacity(24);
        let mut article = false;
        split_words(text, |part| match part {
            Part::Article => article = true,
            Part::Word(word) => {
                let word = self.words.get(word).copied().unwrap_or(keyword::UNKNOWN);
                let value = self.value(word);
                let last = tokens
                    .last_mut()
                    .filter(|token| token.value.is_some() && token.word != keyword::LETTER);
                match (value, last) {
                    (Some(factor), Some(last)) if factor >= 100.0 => {
                        *last = Token {
                            word: keyword::NUMBER,
                            value: last.value.map(|v| v * factor),
                            ..*last
                        };
                    }
                    _ => tokens.push(Token {
                        word,
                        article,
                        value,
                    }),
                }
                article = false;
            }
            Part::Number(value) => {
                let small = NUMBERS
                    .iter()
                    .zip(0_u8..)
                    .find(|(_, small)| (f64::from(*small) - value).abs() < 1e-9);
                let word = small
                    .and_then(|(word, _)| self.words.get(*word).copied())
                    .unwrap_or(keyword::NUMBER);
                tokens.push(Token {
                    word,
                    article,
                    value: Some(value),
                });
                article = false;
            }
            Part::Letter(letter) => {
                let value = Some(f64::from(u32::from(letter)));
                tokens.push(Token {
                    word: keyword::LETTER,
                    article: false,
                    value,
                });
                article = false;
            }
        });
        (tokens.len() <= MAX_WORDS).then_some(tokens)
    }

    /// Replaces the longest left side at each place, from left to right.
    fn rewrite(&self, tokens: &[Token]) -> Vec<Token> {
        let mut out = Vec::with_capacity(tokens.len());
        let mut article = false;
        let mut left: [Word; MAX_WORDS] = [0; MAX_WORDS];
        for (slot, token) in left.iter_mut().zip(tokens) {
            *slot = token.word;
        }
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            article |= token.article;
            let longest = self
                .longest
                .get(usize::from(token.word))
                .copied()
                .unwrap_or(0);
            let lengths = (1..=longest.min(tokens.len() - at)).rev();
            let found = lengths
                .map(|length| &left[at..at + length])
                .find_map(|left| self.rewrites.get(left).map(|right| (left.len(), right)));
            let Some((length, right)) = found else {
                out.push(Token { article, ..*token });
                article = false;
                at += 1;
                continue;
            };
            for &word in right {
                out.push(Token {
                    word,
                    article,
                    value: self.value(word),
                });
                article = false;
            }
            at += length;
        }
        out
    }
}
