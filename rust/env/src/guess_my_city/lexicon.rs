//! What phrases mean: for which cities they hold, and how an answer says so.

use super::data::City;
use super::reader::COMMA;
use super::secrets::Secrets;
use super::text::{Vocabulary, Word};
use crate::twenty_questions::hash::Map;

/// A set of cities: bit `i` stands for city `i`.
pub type Cities = u128;

/// Longest phrase, in words.
pub const MAX_PHRASE: usize = 8;

/// In which sense a phrase is meant: "Spanish" is a language, and who once ruled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// What a city is, has, or is known for.
    Trait,
    /// What it lies in.
    Place,
    /// A water or mountain that it lies at.
    Feature,
    /// A city.
    Name,
    /// A city that it lies near.
    Near,
    /// A country that its country borders.
    Border,
    /// A country that it lies near the border with.
    NearBorder,
    /// What is spoken.
    Language,
    /// Who ruled it, or was an influence.
    Ruler,
}

/// How a sentence says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// My city is in …
    In,
    /// My city is …
    Is,
    /// My city has …
    Has,
    /// My city is known for …
    For,
    /// My city lies at …
    At,
    /// My city is near …
    Near,
    /// My country borders …
    Borders,
    /// … is spoken in my city
    Spoken,
    /// … ruled my city or left traces in it
    Ruled,
    /// That is so.
    That,
    /// That is my city.
    Named,
}

/// One meaning of a phrase.
#[derive(Clone, Debug)]
pub struct Atom {
    /// The cities for which it holds.
    pub cities: Cities,
    /// The part of an answer that says what it is.
    pub text: String,
    /// The rest of the answer.
    pub wording: Wording,
    /// A topic whose sentence follows a yes.
    pub tells: Option<usize>,
    /// Cities that the text would give away.
    pub gives_away: Cities,
    /// Least and greatest latitude, least and greatest longitude, for parts of a place.
    pub area: Option<[f64; 4]>,
    /// It is a country.
    pub is_country: bool,
}

/// What a phrase does in a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing.
    Glue,
    /// Begins a question of yes or no.
    YesNo,
    /// Begins an open question.
    Open,
    /// Turns an open question into one of yes or no: "tell me if".
    Whether,
    /// What follows is near.
    Near,
    /// A border is spoken of.
    Border,
    /// A language is spoken of.
    Language,
    /// A rule or influence is spoken of.
    Ruler,
    /// What follows is a place.
    In,
    /// A part of the place that follows: a union of [`NORTH`] and the like.
    Compass(u8),
    /// An alternative follows.
    Or,
    /// More follows.
    And,
    /// What nobody should answer by yes or no: negations, comparisons.
    Refuse,
    /// The country is meant and not the city.
    Country,
    /// The country that the city is in.
    ItsCountry,
    /// The capital of what follows.
    CapitalOf,
    /// The largest city of the country that follows.
    LargestOf,
    /// A meaning in some sense.
    Atom(Sense, usize),
}

pub const NORTH: u8 = 1;
pub const SOUTH: u8 = 2;
pub const EAST: u8 = 4;
pub const WEST: u8 = 8;
pub const CENTRE: u8 = 16;

/// All that questions may be made of.
#[derive(Debug, Default)]
pub struct Lexicon {
    pub vocabulary: Vocabulary,
    pub atoms: Vec<Atom>,
    phrases: Map<Box<[Word]>, Vec<Part>>,
    /// By first word: the length of the longest phrase.
    longest: Vec<u8>,
    /// By word: the cities with the word in their facts.
    content: Vec<Cities>,
}

impl Lexicon {
    /// Adds what a phrase does, unless it has a meaning in this sense already.
    pub fn add(&mut self, phrase: &str, part: Part) {
        let words = self.vocabulary.learn(phrase);
        let Some(&first) = words.first().filter(|_| words.len() <= MAX_PHRASE) else {
            return;
        };
        let first = first as usize;
        if self.longest.len() <= first {
            self.longest.resize(first + 1, 0);
        }
        let length = u8::try_from(words.len()).unwrap_or(u8::MAX);
        self.longest[first] = self.longest[first].max(length);
        let parts = self.phrases.entry(words.into()).or_default();
        let same = |known: &Part| match (*known, part) {
            (Part::Atom(one, _), Part::Atom(other, _)) => one == other,
            (one, other) => one == other,
        };
        if !parts.iter().any(same) {
            parts.push(part);
        }
    }

    /// Adds a meaning under several phrases; gives its number.
    pub fn add_atom<'a>(
        &mut self,
        phrases: impl IntoIterator<Item = &'a str>,
        sense: Sense,
        atom: Atom,
    ) -> usize {
        let number = self.atoms.len();
        self.atoms.push(atom);
        for phrase in phrases {
            self.add(phrase, Part::Atom(sense, number));
        }
        number
    }

    /// Makes the words of a fact known as words of a city.
    pub fn add_content(&mut self, text: &str, city: usize) {
        for word in self.vocabulary.learn(text) {
            let word = word as usize;
            if self.content.len() <= word {
                self.content.resize(word + 1, 0);
            }
            self.content[word] |= 1 << city;
        }
    }

    /// The cities with a word in their facts; none for words that no city has.
    pub fn content(&self, word: Word) -> Cities {
        self.content.get(word as usize).copied().unwrap_or(0)
    }

    /// The parts of the longest phrase at the start of `words`, and its length.
    pub fn longest(&self, words: &[Word]) -> Option<(&[Part], usize)> {
        let longest = usize::from(*self.longest.get(*words.first()? as usize)?);
        (1..=longest.min(words.len())).rev().find_map(|length| {
            let parts = self.phrases.get(words.get(..length)?)?;
            Some((parts.as_slice(), length))
        })
    }

    /// What sort of question this is, [`Part::YesNo`] or [`Part::Open`], and where it begins: at
    /// its start, else after a comma, else anywhere. A statement is to be answered yes or no too.
    pub fn form(&self, words: &[Word]) -> Option<(Part, usize)> {
        let begins = |at: usize| {
            let (parts, length) = self.longest(words.get(at..)?)?;
            let form = |part: &&Part| matches!(part, Part::YesNo | Part::Open);
            parts.iter().find(form).map(|form| (*form, at, length))
        };
        let after_comma = |at: &usize| words.get(at.wrapping_sub(1)) == Some(&COMMA);
        let found = begins(0)
            .or_else(|| (1..words.len()).filter(after_comma).find_map(begins))
            .or_else(|| (1..words.len()).find_map(begins));
        let Some((form, at, length)) = found else {
            return (!words.is_empty()).then_some((Part::YesNo, 0));
        };
        if form == Part::YesNo {
            return Some((form, at));
        }
        let is_whether = |at: &usize| {
            let parts = words.get(*at..).and_then(|rest| self.longest(rest));
            parts.is_some_and(|(parts, _)| parts.contains(&Part::Whether))
        };
        let whether = (at + length..words.len()).find(is_whether);
        Some(whether.map_or((form, at), |whether| (Part::YesNo, whether + 1)))
    }
}

impl Atom {
    /// A meaning with this text.
    pub fn new(cities: Cities, text: &str, wording: Wording, secrets: &Secrets) -> Self {
        Self {
            cities,
            text: text.to_owned(),
            wording,
            tells: None,
            gives_away: secrets.told(text),
            area: None,
            is_country: false,
        }
    }
}

/// Whether a city lies in this part of an area, for sure or perhaps: about its middle, a city is in
/// both halves perhaps.
pub fn lies(city: &City, [south, north, west, east]: [f64; 4], compass: u8, perhaps: bool) -> bool {
    let part = |at: f64, from: f64, to: f64| (at - from) / (to - from);
    let y = part(city.position[0], south, north);
    let x = part(city.position[1], west, east);
    let (half, third) = if perhaps { (0.4, 0.2) } else { (0.53, 0.33) };
    let central = |part: f64| (third..=1.0 - third).contains(&part);
    (compass & NORTH == 0 || y > half)
        && (compass & SOUTH == 0 || 1.0 - y > half)
        && (compass & EAST == 0 || x > half)
        && (compass & WEST == 0 || 1.0 - x > half)
        && (compass & CENTRE == 0 || central(y) && central(x))
}

/// The cities for which something holds.
pub fn which(cities: &[City], holds: impl Fn(&City) -> bool) -> Cities {
    (0..)
        .zip(cities)
        .filter(|(_, city)| holds(city))
        .fold(0, |set, (at, _)| set | 1 << at)
}
