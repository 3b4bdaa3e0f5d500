//! "Does its name begin with the letter B?"

use super::data::City;
use super::fold::folded;
use super::text::{Token, Vocabulary, Word};

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";
const BEGIN: &str = "start begin starting beginning";
const REST: &str =
    "does its do is your city name of hometown it with letter first that you are from";

/// The words of such questions.
#[derive(Debug, Default)]
pub struct Letters {
    alphabet: Vec<(Word, char)>,
    begin: Vec<Word>,
    rest: Vec<Word>,
}

impl Letters {
    /// Makes the words known.
    pub fn new(vocabulary: &mut Vocabulary) -> Self {
        Self {
            alphabet: ALPHABET
                .chars()
                .map(|letter| (vocabulary.letter(letter), letter))
                .collect(),
            begin: vocabulary.learn(BEGIN),
            rest: vocabulary.learn(REST),
        }
    }

    /// Whether the name of a city begins with the letter that is asked for; none if none is.
    pub fn first(&self, tokens: &[Token], city: &City) -> Option<bool> {
        let (mut wanted, mut begins) = (None, false);
        for token in tokens {
            match token {
                Token::Word(word) if self.rest.contains(word) => {}
                Token::Word(word) if self.begin.contains(word) => begins = true,
                Token::Word(word) if wanted.is_none() => {
                    wanted = Some(self.alphabet.iter().find(|(known, _)| known == word)?.1);
                }
                Token::Word(_) | Token::Number(_) => return None,
                Token::Comma | Token::End { .. } => {}
            }
        }
        let wanted = wanted.filter(|_| begins)?;
        Some(folded(city.name).starts_with(wanted))
    }
}
