//! Open questions: what they are about, and the sentences that answer them.

use super::data::{City, DataError, File, items};
use super::lexicon::MAX_PHRASE;
use super::text::{Vocabulary, Word};
use crate::twenty_questions::hash::Map;

/// What can be asked about, and what each city says to it.
#[derive(Debug, Default)]
pub struct Topics {
    names: Vec<&'static str>,
    /// By phrase: the topic, and whether another one in the question goes first.
    phrases: Map<Box<[Word]>, (usize, bool)>,
    /// By topic and city.
    sentences: Vec<Vec<String>>,
}

impl Topics {
    /// Reads `topics.txt`.
    ///
    /// # Errors
    /// A line that is not of the form that the file describes.
    pub fn read(
        file: File,
        cities: &[City],
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, DataError> {
        let mut topics = Self::default();
        let mut lines = file.lines().peekable();
        while let Some((begin, head)) = lines.next() {
            let name = head
                .strip_prefix('[')
                .and_then(|name| name.strip_suffix(']'))
                .ok_or_else(|| file.error(begin, "expected a [topic]"))?;
            let topic = topics.names.len();
            topics.names.push(name);
            let (mut say, mut none) = ("", "");
            while let Some((line, entry)) = lines.next_if(|(_, text)| !text.starts_with('[')) {
                match entry.split_once(": ") {
                    Some(("say", sentence)) => say = sentence,
                    Some(("none", sentence)) => none = sentence,
                    Some((key @ ("or" | "weak"), phrases)) => {
                        for phrase in items(phrases, '|') {
                            let words = vocabulary.learn(phrase);
                            let what = (topic, key == "weak");
                            topics.phrases.entry(words.into()).or_insert(what);
                        }
                    }
                    _ => return Err(file.error(line, "expected say, none, or, or weak")),
                }
            }
            let sentence = |city: &City| {
                fill(say, city)
                    .map_err(|problem| file.error(begin, problem))
                    .map(|filled| filled.unwrap_or_else(|| none.to_owned()))
            };
            let sentences: Vec<String> = cities.iter().map(sentence).collect::<Result<_, _>>()?;
            if sentences.iter().any(String::is_empty) {
                return Err(file.error(begin, "a city has no such fact: add a line none"));
            }
            topics.sentences.push(sentences);
        }
        Ok(topics)
    }

    /// The number of a topic.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }

    /// What a city says to a topic.
    pub fn sentence(&self, topic: usize, city: usize) -> Option<&str> {
        Some(self.sentences.get(topic)?.get(city)?.as_str())
    }

    /// What a question is about: the first topic in it, and a weak one only if there is no other.
    pub fn about(&self, words: &[Word]) -> Option<usize> {
        let mut weak = None;
        let mut at = 0;
        while at < words.len() {
            let longest = MAX_PHRASE.min(words.len() - at);
            let found = (1..=longest).rev().find_map(|length| {
                let found = self.phrases.get(words.get(at..at + length)?)?;
                Some((*found, length))
            });
            match found {
                Some(((topic, false), _)) => return Some(topic),
                Some(((topic, true), length)) => {
                    weak = weak.or(Some(topic));
                    at += length;
                }
                None => at += 1,
            }
        }
        weak
    }
}

/// A sentence with its `{key}`s filled in; none if the city lacks one of them.
fn fill(sentence: &str, city: &City) -> Result<Option<String>, String> {
    let mut filled = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}').ok_or("a { has no }")?;
        filled.push_str(before);
        match value(key, city)? {
            Some(text) => filled.push_str(&text),
            None => return Ok(None),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(Some(capitalized(&filled)))
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// What a key is replaced by: its values, the first few of them, or a number in words.
fn value(key: &str, city: &City) -> Result<Option<String>, String> {
    let number = || {
        city.number(key)
            .ok_or_else(|| format!("{key:?} is no number"))
    };
    Ok(Some(match key {
        "latitude" => direction(number()?, "north", "south"),
        "longitude" => direction(number()?, "east", "west"),
        "founded" if number()? < 0.0 => format!("{} BC", -number()?),
        "january" | "july" | "utc" | "population" | "elevation" | "rain" | "founded" => {
            format!("{}", number()?)
        }
        "history" => city.facts("history").join(" "),
        "rank" => match number()? {
            1.0 => "the largest city".to_owned(),
            2.0 => "the second largest city".to_owned(),
            3.0 => "the third largest city".to_owned(),
            other => format!("the number {other} among the cities"),
        },
        "capital" => match city.fact("capital") {
            "national" => "the national capital".to_owned(),
            "regional" => "the capital of its province or state".to_owned(),
            _ => return Ok(None),
        },
        _ => {
            let (key, most) = match key.split_once(':') {
                Some((key, most)) => (
                    key,
                    most.parse().map_err(|_| format!("{key} has no number"))?,
                ),
                None => (key, usize::MAX),
            };
            if !super::data::KEYS.contains(&key) {
                return Err(format!("there is no key {key:?}"));
            }
            let facts = city.facts(key);
            match &facts[..facts.len().min(most)] {
                [] => return Ok(None),
                [one] => (*one).to_owned(),
                [init @ .., last] => format!("{} and {last}", init.join(", ")),
            }
        }
    }))
}

fn direction(degrees: f64, more: &str, less: &str) -> String {
    let towards = if degrees < 0.0 { less } else { more };
    format!("{:.0} degrees {towards}", degrees.abs())
}
