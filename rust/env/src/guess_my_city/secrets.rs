//! What answers must not say: the names of the hidden city and of its country.

use super::data::City;
use super::fold::plain;
use super::lexicon::Cities;
use crate::twenty_questions::hash::Map;

/// The names of some cities and of their countries.
#[derive(Debug, Default)]
pub struct Secrets {
    /// By first word.
    names: Map<String, Vec<(String, Cities)>>,
}

impl Secrets {
    /// Those of these cities.
    #[must_use]
    pub fn new(cities: &[City]) -> Self {
        let mut secrets = Self::default();
        for (at, city) in (0..).zip(cities) {
            for name in ["names", "country"].iter().flat_map(|key| city.facts(key)) {
                let name = plain(name);
                let first = name
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                secrets
                    .names
                    .entry(first)
                    .or_default()
                    .push((name, 1 << at));
            }
        }
        secrets
    }

    /// The cities that a text tells a name of.
    ///
    /// Names are whole words, whatever their case and accents; "America" in "North America" is no
    /// name of a country.
    #[must_use]
    pub fn told(&self, text: &str) -> Cities {
        let plain = plain(text);
        let mut told = 0;
        let mut before = "";
        for (at, _) in plain.match_indices(' ') {
            let rest = &plain[at..];
            let Some(word) = rest.split_whitespace().next() else {
                break;
            };
            let of_continent =
                word == "america" && ["north", "south", "latin", "central"].contains(&before);
            for (name, cities) in self.names.get(word).into_iter().flatten() {
                if rest.starts_with(name.as_str()) && !of_continent {
                    told |= cities;
                }
            }
            before = word;
        }
        told
    }
}
