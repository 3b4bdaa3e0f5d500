//! Which cities a line of a data file means.

use super::data::{City, items};
use super::fold::plain;
use super::lexicon::{Cities, which};
use super::secrets::Secrets;
use super::text::{Vocabulary, Word};

/// Facts that tell what a city has, does and is known for.
pub const TRAITS: [&str; 27] = [
    "sea",
    "rivers",
    "mountains",
    "terrain",
    "climate",
    "currency",
    "religions",
    "government",
    "dishes",
    "drinks",
    "landmarks",
    "sight",
    "industries",
    "products",
    "sports",
    "clubs",
    "events",
    "festivals",
    "music",
    "architecture",
    "universities",
    "people",
    "history",
    "nickname",
    "transport",
    "known_for",
    "nature",
];
const NUMBERS: [&str; 10] = [
    "latitude",
    "longitude",
    "elevation",
    "population",
    "rank",
    "founded",
    "january",
    "july",
    "rain",
    "utc",
];

/// The facts of all cities, as words.
pub struct Search<'a> {
    pub cities: &'a [City],
    pub secrets: Secrets,
    /// By city: the words of its traits, with 0 between values.
    traits: Vec<Vec<Word>>,
}

impl<'a> Search<'a> {
    pub fn new(cities: &'a [City], vocabulary: &mut Vocabulary) -> Self {
        let words = |city: &City| {
            let mut words = vec![0];
            for value in TRAITS.iter().flat_map(|key| city.facts(key)) {
                words.extend(vocabulary.learn(value));
                words.push(0);
            }
            words
        };
        let traits = cities.iter().map(words).collect();
        let secrets = Secrets::new(cities);
        Self {
            cities,
            secrets,
            traits,
        }
    }

    /// The cities that have these words, side by side, in a trait.
    pub fn mentions(&self, words: &[Word]) -> Cities {
        let first = words.first();
        let has = |text: &Vec<Word>| {
            let mut windows = text.windows(words.len().max(1));
            windows.any(|window| window.first() == first && window == words)
        };
        (0..)
            .zip(&self.traits)
            .filter(|(_, text)| !words.is_empty() && has(text))
            .fold(0, |set, (at, _)| set | 1 << at)
    }

    /// The city with this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        let name = plain(name);
        self.cities
            .iter()
            .position(|city| city.facts("names").iter().any(|known| plain(known) == name))
    }

    /// The cities that a list means, which names them, and facts that they share:
    ///
    /// - `all`, `none`, a name of a city, `country NAME`;
    /// - `key=words`: a value of the key has these words; `key=*`: it has any value;
    /// - `~words`: any trait has these words;
    /// - `number>10`, `number<10`, also of latitude, longitude, january, july;
    /// - `&…` keeps those of the list so far that the rest means too, `-…` takes them away.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn expression(&self, list: &str, vocabulary: &mut Vocabulary) -> Result<Cities, String> {
        let mut set = 0;
        for item in items(list, ',') {
            if let Some(rest) = item.strip_prefix('-') {
                set &= !self.item(rest.trim(), vocabulary)?;
            } else if let Some(rest) = item.strip_prefix('&') {
                set &= self.item(rest.trim(), vocabulary)?;
            } else {
                set |= self.item(item, vocabulary)?;
            }
        }
        Ok(set)
    }

    fn item(&self, item: &str, vocabulary: &mut Vocabulary) -> Result<Cities, String> {
        if let Some(words) = item.strip_prefix('~') {
            return Ok(self.mentions(&vocabulary.learn(words)));
        }
        if let Some(name) = item.strip_prefix("country ") {
            let set = self.country(name);
            return (set != 0)
                .then_some(set)
                .ok_or(format!("no city is in {name:?}"));
        }
        for (mark, sign) in [('>', 1.0), ('<', -1.0)] {
            if let Some((name, number)) = item.split_once(mark) {
                let number: f64 = number
                    .parse()
                    .map_err(|_| format!("{item:?} has no number"))?;
                if !NUMBERS.contains(&name) {
                    return Err(format!("{name:?} is no number: {}", NUMBERS.join(", ")));
                }
                let more =
                    |city: &City| city.number(name).is_some_and(|n| sign * (n - number) > 0.0);
                return Ok(which(self.cities, more));
            }
        }
        if let Some((key, words)) = item.split_once('=') {
            if !super::data::KEYS.contains(&key) {
                return Err(format!("there is no key {key:?}"));
            }
            let words = plain(words);
            let has = |city: &City| {
                let mut values = city.facts(key).iter();
                values.any(|value| words == " * " || words == " " || plain(value).contains(&words))
            };
            return Ok(which(self.cities, has));
        }
        match item {
            "all" => Ok(which(self.cities, |_| true)),
            "none" => Ok(0),
            name => match self.named(name) {
                Some(city) => Ok(1 << city),
                None => Err(format!("there is no city {name:?}")),
            },
        }
    }

    /// The cities in a country, by any of its names.
    pub fn country(&self, name: &str) -> Cities {
        let name = plain(name);
        which(self.cities, |city| {
            city.facts("country")
                .iter()
                .any(|known| plain(known) == name)
        })
    }

    /// The cities within some kilometres of a place.
    pub fn around(&self, latitude: f64, longitude: f64, kilometres: f64) -> Cities {
        which(self.cities, |city| {
            let [y, x] = city.position;
            let degree = 111.2;
            let width = degree * latitude.to_radians().cos();
            ((y - latitude) * degree).hypot((x - longitude) * width) < kilometres
        })
    }
}
