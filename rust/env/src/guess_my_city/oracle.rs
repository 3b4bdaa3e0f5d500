//! What a city answers.

use std::borrow::Cow;

use super::knowledge::Knowledge;
use super::lexicon::{Cities, Part};
use super::reader::{COMMA, Reader};
use super::speech::{NOT_UNDERSTOOD, PARTLY, alternative, answer};
use super::text::{Token, Word};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The utterance names the city.
    Named,
    /// A sentence that begins with yes.
    Yes(Cow<'static, str>),
    /// A sentence that begins with no.
    No(Cow<'static, str>),
    /// A sentence that answers an open question.
    Told(Cow<'static, str>),
    /// The question is not understood.
    NotUnderstood,
}

impl Reply {
    /// What the agent reads.
    #[must_use]
    pub fn text(self) -> Cow<'static, str> {
        match self {
            Self::Named => Cow::Borrowed("Yes, that is my city."),
            Self::Yes(text) | Self::No(text) | Self::Told(text) => text,
            Self::NotUnderstood => Cow::Borrowed(NOT_UNDERSTOOD),
        }
    }
}

impl Knowledge {
    /// What a city answers to any text.
    #[must_use]
    pub fn reply(&self, city: usize, text: &str) -> Reply {
        if city >= self.cities.len() {
            return Reply::NotUnderstood;
        }
        let mut tokens = Vec::with_capacity(64);
        self.lexicon.vocabulary.read(text, &mut tokens);
        if self.guesses(&tokens) >> city & 1 == 1 {
            return Reply::Named;
        }
        let sentence = last_question(&tokens);
        let mut words = Vec::with_capacity(sentence.len());
        words.extend(sentence.iter().map(|token| match token {
            Token::Word(word) => *word,
            Token::Number(number) => self.lexicon.vocabulary.number(*number),
            Token::Comma | Token::End { .. } => COMMA,
        }));
        let Some((form, at)) = self.lexicon.form(&words) else {
            return Reply::NotUnderstood;
        };
        if form == Part::Open {
            return match self.topics.about(&words[at..]) {
                Some(topic) => self.tell(topic, city),
                None => Reply::NotUnderstood,
            };
        }
        self.decide(city, &sentence[at..], &words[at..])
    }

    /// The sentence of a topic.
    fn tell(&self, topic: usize, city: usize) -> Reply {
        self.topics
            .sentence(topic, city)
            .map_or(Reply::NotUnderstood, |sentence| {
                Reply::Told(Cow::Owned(sentence.to_owned()))
            })
    }

    /// The cities that a text names.
    fn guesses(&self, tokens: &[Token]) -> Cities {
        let mut words: Vec<Word> = Vec::with_capacity(tokens.len());
        words.extend(tokens.iter().map(|token| match token {
            Token::Word(word) => *word,
            _ => COMMA,
        }));
        let (mut named, mut at) = (0, 0);
        while at < words.len() {
            match self.lexicon.name(&words[at..]) {
                Some((cities, length)) => {
                    named |= cities;
                    at += length;
                }
                None => at += 1,
            }
        }
        named
    }

    /// The answer to a question of yes or no.
    fn decide(&self, city: usize, tokens: &[Token], words: &[Word]) -> Reply {
        let compared = self.cities.get(city).and_then(|city| {
            let compared = self.numbers.compare(tokens, city);
            compared.or_else(|| self.letters.first(tokens, city))
        });
        if let Some(holds) = compared {
            return said(holds, answer(holds, None, city, &self.topics));
        }
        let reader = Reader {
            lexicon: &self.lexicon,
            cities: &self.cities,
            areas: &self.areas,
            compatriots: &self.compatriots,
            capitals: self.capitals,
            largest: self.largest,
        };
        let Some(claims) = reader.read(words) else {
            return Reply::NotUnderstood;
        };
        let holding = claims.iter().find(|claim| claim.cities >> city & 1 == 1);
        let atom = |number: Option<usize>| self.lexicon.atoms.get(number?);
        let everywhere = |cities: Cities| cities.count_ones() as usize == self.cities.len();
        let any = claims.iter().fold(0, |any, claim| any | claim.cities);
        let must = everywhere(any) && !claims.iter().any(|claim| everywhere(claim.cities));
        match (holding, claims.as_slice()) {
            (Some(claim), _) if must => match atom(claim.atom) {
                Some(atom) => Reply::Told(alternative(atom, city, &self.topics)),
                None => said(true, answer(true, None, city, &self.topics)),
            },
            (Some(claim), _) => said(true, answer(true, atom(claim.atom), city, &self.topics)),
            (None, claims) if claims.iter().any(|claim| claim.open >> city & 1 == 1) => {
                Reply::NotUnderstood
            }
            (None, claims) if claims.iter().any(|claim| claim.partly >> city & 1 == 1) => {
                Reply::Told(Cow::Borrowed(PARTLY))
            }
            (None, [claim]) => said(false, answer(false, atom(claim.atom), city, &self.topics)),
            (None, _) => said(false, answer(false, None, city, &self.topics)),
        }
    }
}

fn said(holds: bool, text: Cow<'static, str>) -> Reply {
    if holds {
        Reply::Yes(text)
    } else {
        Reply::No(text)
    }
}

/// The last sentence that is a question, or else the last one.
fn last_question(tokens: &[Token]) -> &[Token] {
    let mut last: &[Token] = &[];
    let mut is_question = false;
    for sentence in tokens.split_inclusive(|token| matches!(token, Token::End { .. })) {
        let asks = sentence.last() == Some(&Token::End { question: true });
        let has_words = sentence.iter().any(|token| matches!(token, Token::Word(_)));
        if has_words && (asks || !is_question) {
            (last, is_question) = (sentence, asks);
        }
    }
    last
}
