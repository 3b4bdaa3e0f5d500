//! Everything that is known of the cities, and how it is asked for.

use std::sync::LazyLock;

use crate::error::edit_distance;

use super::build;
use super::data::{self, City, DataError, File};
use super::fold::plain;
use super::letters::Letters;
use super::lexicon::{Cities, Lexicon, which};
use super::numbers::Numbers;
use super::places;
use super::reader::capitals;
use super::search::Search;
use super::secrets::Secrets;
use super::topics::Topics;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(File {
            name: concat!("data/guess_my_city/", $name),
            text: include_str!(concat!("../../data/guess_my_city/", $name)),
        }),+]
    };
}

/// The cities, in the order of these files.
const CITIES: [File; 22] = files![
    "africa.txt",
    "andes.txt",
    "brazil.txt",
    "china_1.txt",
    "china_2.txt",
    "china_3.txt",
    "china_4.txt",
    "east_asia_1.txt",
    "east_asia_2.txt",
    "eastern_europe.txt",
    "india_1.txt",
    "india_2.txt",
    "indonesia_1.txt",
    "indonesia_2.txt",
    "latin_america.txt",
    "middle_east.txt",
    "north_africa.txt",
    "north_america.txt",
    "oceania_central_asia.txt",
    "pakistan_bangladesh.txt",
    "southeast_asia.txt",
    "western_europe.txt",
];
const WORDS: File = files!["phrases/words.txt"][0];
const TOPICS: File = files!["phrases/topics.txt"][0];
const PLACES: File = files!["phrases/places.txt"][0];
const CONCEPTS: [File; 2] = files!["phrases/concepts.txt", "phrases/customs.txt"];

/// Facts of the cities, and the words in which they are asked for.
#[derive(Debug, Default)]
pub struct Knowledge {
    pub(super) cities: Vec<City>,
    pub(super) lexicon: Lexicon,
    pub(super) topics: Topics,
    pub(super) numbers: Numbers,
    pub(super) secrets: Secrets,
    pub(super) questions: Vec<&'static str>,
    pub(super) areas: Vec<[f64; 4]>,
    pub(super) compatriots: Vec<Cities>,
    pub(super) capitals: [Cities; 2],
    pub(super) largest: Cities,
    pub(super) letters: Letters,
}

static FULL: LazyLock<Result<Knowledge, DataError>> = LazyLock::new(Knowledge::read);
static EMPTY: LazyLock<Knowledge> = LazyLock::new(Knowledge::default);

impl Knowledge {
    /// The knowledge base that ships with archer.
    #[must_use]
    pub fn full() -> &'static Self {
        // A test sees to it that the files can be read.
        Self::load().unwrap_or(&EMPTY)
    }

    /// The same, or what is wrong with its data files.
    ///
    /// # Errors
    /// The first line of a data file that cannot be used.
    pub fn load() -> Result<&'static Self, &'static DataError> {
        FULL.as_ref()
    }

    fn read() -> Result<Self, DataError> {
        let cities = data::cities(&CITIES)?;
        let mut lexicon = Lexicon::default();
        let search = Search::new(&cities, &mut lexicon.vocabulary);
        let topics = Topics::read(TOPICS, &cities, &mut lexicon.vocabulary)?;
        let numbers = Numbers::new(&mut lexicon.vocabulary);
        let letters = Letters::new(&mut lexicon.vocabulary);
        build::words(WORDS, &mut lexicon)?;
        let mut questions = Vec::new();
        for file in CONCEPTS {
            questions.extend(build::concepts(file, &mut lexicon, &search, &topics)?);
        }
        let areas = places::read(PLACES, &mut lexicon, &search)?;
        build::facts(&mut lexicon, &search);
        let secrets = Secrets::new(&cities);
        let country = |city: &City| search.country(city.fact("country"));
        let compatriots = cities.iter().map(country).collect();
        Ok(Self {
            lexicon,
            topics,
            numbers,
            letters,
            secrets,
            questions,
            areas,
            compatriots,
            capitals: capitals(&cities),
            largest: which(&cities, |city| city.number("rank") == Some(1.0)),
            cities,
        })
    }

    /// The cities.
    #[must_use]
    pub fn cities(&self) -> &[City] {
        &self.cities
    }

    /// Questions of yes or no that are understood.
    #[must_use]
    pub fn questions(&self) -> &[&'static str] {
        &self.questions
    }

    /// The city with this name, alone or before a comma and its country.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let named = |name: &str| {
            let name = plain(name);
            let mut cities = self.cities.iter();
            cities.position(|city| city.facts("names").iter().any(|known| plain(known) == name))
        };
        named(name).or_else(|| {
            let (city, country) = name.rsplit_once(',')?;
            let country = plain(country);
            let mut countries = self.cities.get(named(city)?)?.facts("country").iter();
            countries
                .any(|known| plain(known) == country)
                .then(|| named(city))?
        })
    }

    /// The names that are fewest edits away from a text.
    #[must_use]
    pub fn nearest_names(&self, text: &str, count: usize) -> Vec<&'static str> {
        let text: String = text.chars().take(64).collect::<String>().to_lowercase();
        let mut names: Vec<(usize, &'static str)> = self
            .cities
            .iter()
            .map(|city| (edit_distance(&text, &city.name.to_lowercase()), city.name))
            .collect();
        names.sort_unstable();
        names
            .into_iter()
            .take(count)
            .map(|(_, name)| name)
            .collect()
    }

    /// Whether a text tells the name of a city or of its country.
    #[must_use]
    pub fn tells(&self, city: usize, text: &str) -> bool {
        city < self.cities.len() && self.secrets.told(text) >> city & 1 == 1
    }
}
