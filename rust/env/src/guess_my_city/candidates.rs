//! Which cities may be hidden.

use serde_json::Value;

use super::knowledge::Knowledge;
use crate::EnvError;

/// The cities of LMRL-Gym's dialogues that the paper's released code does not hide.
const BEYOND_THE_PAPER: [&str; 9] = [
    "Abidjan",
    "Ho Chi Minh City",
    "Hong Kong",
    "Los Angeles",
    "Mexico City",
    "New York",
    "Quezon City",
    "Rio de Janeiro",
    "Saint Petersburg",
];

/// The indices of the cities that the option `cities` allows.
///
/// # Errors
/// [`EnvError::Option`] for anything but `paper` (also where it is absent or null), `all` and a
/// list of names.
pub fn candidates(knowledge: &Knowledge, option: Option<&Value>) -> Result<Vec<usize>, EnvError> {
    let all = 0..knowledge.cities().len();
    match option.unwrap_or(&Value::Null) {
        Value::Null => Ok(paper(knowledge)),
        Value::String(word) if word == "paper" => Ok(paper(knowledge)),
        Value::String(word) if word == "all" => Ok(all.collect()),
        Value::Array(names) if !names.is_empty() => {
            let mut found: Vec<usize> = Vec::new();
            for name in names {
                let city = find(knowledge, "cities", name)?;
                if !found.contains(&city) {
                    found.push(city);
                }
            }
            Ok(found)
        }
        other => Err(EnvError::Option(format!(
            "cities is {}: give \"paper\", \"all\" or a list of at least one name",
            abridged(other)
        ))),
    }
}

fn paper(knowledge: &Knowledge) -> Vec<usize> {
    let beyond = BEYOND_THE_PAPER.map(|name| knowledge.find(name));
    let all = 0..knowledge.cities().len();
    all.filter(|&city| !beyond.contains(&Some(city))).collect()
}

/// The city that the option `key` names.
///
/// # Errors
/// [`EnvError::Option`] for anything but a name of a city.
pub fn find(knowledge: &Knowledge, key: &str, wanted: &Value) -> Result<usize, EnvError> {
    let given = abridged(wanted);
    let Some(name) = wanted.as_str() else {
        return Err(EnvError::Option(format!(
            "{key} has {given}: give names as strings"
        )));
    };
    knowledge.find(name).ok_or_else(|| {
        let near = knowledge.nearest_names(name, 3).join(", ");
        EnvError::Option(format!(
            "{key} has {given}, which is none of its cities; near are {near}"
        ))
    })
}

fn abridged(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
