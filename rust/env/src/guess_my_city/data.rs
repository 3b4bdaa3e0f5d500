//! Reads the facts of the cities; `data/guess_my_city/README.md` describes the files.

use thiserror::Error;

use super::secrets::Secrets;
use crate::twenty_questions::hash::Map;

/// A line of a data file that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}:{line}: {message}")]
pub struct DataError {
    pub(super) file: &'static str,
    pub(super) line: usize,
    pub(super) message: String,
}

/// One data file: its name, for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Name for messages.
    pub name: &'static str,
    /// Whole text.
    pub text: &'static str,
}

impl File {
    /// An error at a line of this file.
    pub fn error(self, line: usize, message: impl Into<String>) -> DataError {
        DataError {
            file: self.name,
            line,
            message: message.into(),
        }
    }

    /// Lines that are neither empty nor comments, with their numbers.
    pub fn lines(self) -> impl Iterator<Item = (usize, &'static str)> {
        (1..)
            .zip(self.text.lines().map(str::trim))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    }
}

/// Trimmed parts of a list.
pub fn items(list: &str, separator: char) -> impl Iterator<Item = &str> {
    list.split(separator)
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// What is known of a city, in the order of the files.
#[rustfmt::skip]
pub const KEYS: [&str; 47] = [
    "names", "country", "demonym", "continent", "region", "position", "elevation", "population",
    "rank", "capital", "founded", "sea", "rivers", "mountains", "terrain", "climate",
    "temperature", "rain", "snow", "languages", "script", "currency", "religions", "government",
    "neighbours", "rulers", "dishes", "drinks", "landmarks", "sight", "industries", "products",
    "sports", "clubs", "events", "festivals", "music", "architecture", "universities", "people",
    "history", "nickname", "transport", "known_for", "nature", "utc", "driving",
];

/// The facts of one city.
#[derive(Clone, Debug)]
pub struct City {
    /// Its name as it is shown.
    pub name: &'static str,
    /// The section of the file, which tells it apart.
    pub id: &'static str,
    /// Latitude and longitude in degrees.
    pub position: [f64; 2],
    facts: Map<&'static str, Vec<&'static str>>,
}

impl City {
    /// The values of a key, the most important one first.
    #[must_use]
    pub fn facts(&self, key: &str) -> &[&'static str] {
        self.facts.get(key).map_or(&[], Vec::as_slice)
    }

    /// A key whose value is one word.
    #[must_use]
    pub fn fact(&self, key: &str) -> &'static str {
        self.facts(key).first().copied().unwrap_or_default()
    }

    /// A number: of a key, or `latitude`, `longitude`, `january`, `july`.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let (key, part) = match name {
            "latitude" => ("position", 0),
            "longitude" => ("position", 1),
            "january" => ("temperature", 0),
            "july" => ("temperature", 1),
            _ => (name, 0),
        };
        self.fact(key).split(',').nth(part)?.trim().parse().ok()
    }
}

/// Reads the cities of some files.
///
/// # Errors
/// A line that is no fact, a key that is missing, unknown or out of order, a number or a word that
/// its key does not have, or a name that would give the city away.
pub fn cities(files: &[File]) -> Result<Vec<City>, DataError> {
    let mut cities: Vec<City> = Vec::new();
    for file in files {
        let mut begun: Option<(usize, City)> = None;
        for (line, text) in file.lines() {
            if let Some(id) = text.strip_prefix('[').and_then(|id| id.strip_suffix(']')) {
                finish(*file, begun.take(), &mut cities)?;
                begun = Some((
                    line,
                    City {
                        name: "",
                        id,
                        position: [f64::NAN; 2],
                        facts: Map::default(),
                    },
                ));
                continue;
            }
            let Some((_, city)) = &mut begun else {
                return Err(file.error(line, "expected a section, [city], before the first fact"));
            };
            fact(*file, line, text, city)?;
        }
        finish(*file, begun, &mut cities)?;
    }
    Ok(cities)
}

fn fact(file: File, line: usize, text: &'static str, city: &mut City) -> Result<(), DataError> {
    let expected = KEYS.get(city.facts.len()).copied().unwrap_or("a [section]");
    let Some((key, values)) = text.split_once(": ").filter(|(key, _)| *key == expected) else {
        return Err(file.error(
            line,
            format!("{text:?}: expected the key {expected:?} here"),
        ));
    };
    let values: Vec<&'static str> = match values.trim() {
        "-" => Vec::new(),
        values => items(values, '|').collect(),
    };
    if let Some(problem) = problem(key, &values) {
        return Err(file.error(line, format!("{key} {problem}")));
    }
    if key == "names" {
        city.name = values.first().copied().unwrap_or_default();
    }
    city.facts.insert(expected, values);
    if key == "position" {
        city.position = ["latitude", "longitude"].map(|name| city.number(name).unwrap_or(f64::NAN));
    }
    Ok(())
}

/// What is wrong with the values of a key.
fn problem(key: &str, values: &[&str]) -> Option<String> {
    let one = values.first().copied().unwrap_or_default();
    let numbers = || one.split(',').map(|part| part.trim().parse::<f64>());
    let is = |wanted: usize| {
        let good = values.len() == 1 && numbers().all(|n| n.is_ok()) && numbers().count() == wanted;
        (!good).then(|| format!("is {one:?}: expected {wanted} number(s)"))
    };
    let among = |known: &[&str]| {
        let good = values.len() <= 1 && (one.is_empty() || known.contains(&one));
        (!good).then(|| format!("is {one:?}: expected one of {}", known.join(", ")))
    };
    match key {
        "position" | "temperature" => is(2),
        "elevation" | "population" | "rank" | "founded" | "rain" | "utc" => is(1),
        "capital" => among(&["national", "regional"]),
        "snow" => among(&["yes", "rare", "no"]),
        "driving" => among(&["left", "right"]),
        "history" if values.len() != 3 => Some("needs three sentences".into()),
        "sight" if values.len() != 1 => Some("needs one sentence".into()),
        "names" | "country" | "continent" | "languages" if values.is_empty() => {
            Some("needs a value".into())
        }
        _ => None,
    }
}

/// Checks a city that has all its lines, and adds it.
fn finish(
    file: File,
    begun: Option<(usize, City)>,
    cities: &mut Vec<City>,
) -> Result<(), DataError> {
    let Some((line, city)) = begun else {
        return Ok(());
    };
    if let Some(missing) = KEYS.get(city.facts.len()) {
        return Err(file.error(line, format!("[{}] has no {missing:?}", city.id)));
    }
    if cities.iter().any(|other| other.id == city.id) {
        return Err(file.error(line, format!("[{}] is there already", city.id)));
    }
    let secrets = Secrets::new(std::slice::from_ref(&city));
    for key in KEYS
        .iter()
        .filter(|key| !["names", "country"].contains(key))
    {
        if let Some(value) = city
            .facts(key)
            .iter()
            .find(|value| secrets.told(value) != 0)
        {
            let id = city.id;
            let message = format!("{key} of [{id}] tells a name of it or its country: {value:?}");
            return Err(file.error(line, message));
        }
    }
    cities.push(city);
    Ok(())
}
