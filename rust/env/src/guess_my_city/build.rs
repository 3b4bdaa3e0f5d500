//! From the data files to the lexicon.

use std::collections::BTreeMap;

use super::data::{DataError, File, items};
use super::lexicon::{
    Atom, CENTRE, Cities, EAST, Lexicon, NORTH, Part, SOUTH, Sense, WEST, Wording,
};
use super::places::{NEAR, city, country};
use super::search::{Search, TRAITS};
use super::topics::Topics;

/// Adds the words that are no facts: `words.txt`.
pub fn words(file: File, lexicon: &mut Lexicon) -> Result<(), DataError> {
    let mut part = None;
    for (line, text) in file.lines() {
        if let Some(name) = text
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
        {
            part =
                Some(role(name).ok_or_else(|| file.error(line, format!("{name:?} is no role")))?);
            continue;
        }
        let part = part.ok_or_else(|| file.error(line, "expected a [role] before it"))?;
        for phrase in items(text, '|') {
            lexicon.add(phrase, part);
        }
    }
    Ok(())
}

fn role(name: &str) -> Option<Part> {
    Some(match name {
        "glue" => Part::Glue,
        "yes or no" => Part::YesNo,
        "open" => Part::Open,
        "whether" => Part::Whether,
        "near" => Part::Near,
        "border" => Part::Border,
        "language" => Part::Language,
        "ruler" => Part::Ruler,
        "in" => Part::In,
        "or" => Part::Or,
        "and" => Part::And,
        "refuse" => Part::Refuse,
        "country" => Part::Country,
        "its country" => Part::ItsCountry,
        "capital of" => Part::CapitalOf,
        "largest of" => Part::LargestOf,
        "north" => Part::Compass(NORTH),
        "south" => Part::Compass(SOUTH),
        "east" => Part::Compass(EAST),
        "west" => Part::Compass(WEST),
        "north-east" => Part::Compass(NORTH | EAST),
        "north-west" => Part::Compass(NORTH | WEST),
        "south-east" => Part::Compass(SOUTH | EAST),
        "south-west" => Part::Compass(SOUTH | WEST),
        "centre" => Part::Compass(CENTRE),
        _ => return None,
    })
}

/// Adds what cities may be, have and be known for: `concepts.txt`. Gives the questions to ask.
pub fn concepts(
    file: File,
    lexicon: &mut Lexicon,
    search: &Search<'_>,
    topics: &Topics,
) -> Result<Vec<&'static str>, DataError> {
    let mut questions = Vec::new();
    let mut lines = file.lines().peekable();
    while let Some((begin, head)) = lines.next() {
        let name = head
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .ok_or_else(|| file.error(begin, "expected a [concept]"))?;
        let mut phrases = vec![name];
        let mut cities = None;
        let (mut wording, mut text, mut tells) = (Wording::For, name, None);
        while let Some((line, entry)) = lines.next_if(|(_, text)| !text.starts_with('[')) {
            let (key, value) = entry
                .split_once(": ")
                .ok_or_else(|| file.error(line, "expected a line \"key: value\""))?;
            match key {
                "or" => phrases.extend(items(value, '|')),
                "yes" => {
                    let set = search.expression(value, &mut lexicon.vocabulary);
                    cities = Some(set.map_err(|problem| file.error(line, problem))?);
                }
                "tell" => {
                    let topic = topics.find(value);
                    let missing = || file.error(line, format!("there is no topic {value:?}"));
                    tells = Some(topic.ok_or_else(missing)?);
                }
                "ask" => questions.extend(items(value, '|')),
                "for" => text = value,
                "is" => (wording, text) = (Wording::Is, value),
                "has" => (wording, text) = (Wording::Has, value),
                "in" => (wording, text) = (Wording::In, value),
                "at" => (wording, text) = (Wording::At, value),
                "that" => (wording, text) = (Wording::That, ""),
                _ => return Err(file.error(line, format!("there is no key {key:?}"))),
            }
        }
        let cities = cities.ok_or_else(|| file.error(begin, format!("[{name}] has no yes")))?;
        let mut atom = Atom::new(cities, text, wording, &search.secrets);
        atom.tells = tells;
        lexicon.add_atom(phrases, Sense::Trait, atom);
    }
    Ok(questions)
}

/// Adds what the facts of the cities themselves name.
pub fn facts(lexicon: &mut Lexicon, search: &Search<'_>) {
    let cities = search.cities;
    for (at, own) in cities.iter().enumerate() {
        let number = |name| own.number(name).unwrap_or(f64::NAN);
        let near = search.around(number("latitude"), number("longitude"), NEAR);
        city(
            own.facts("names"),
            1 << at,
            near & !(1 << at),
            lexicon,
            &search.secrets,
        );
    }
    for own in cities {
        let names = own.facts("country");
        let first = names.first().copied().unwrap_or_default();
        country(first, names, search.country(first), None, lexicon, search);
    }
    let kinds: [(Sense, Wording, &[&str]); 5] = [
        (Sense::Place, Wording::In, &["continent", "region"]),
        (Sense::Feature, Wording::At, &["sea", "rivers", "mountains"]),
        (Sense::Language, Wording::Spoken, &["languages"]),
        (Sense::Ruler, Wording::Ruled, &["rulers"]),
        (Sense::Trait, Wording::For, &TRAITS),
    ];
    for (sense, wording, keys) in kinds {
        let mut found: BTreeMap<&str, Cities> = BTreeMap::new();
        for (at, city) in cities.iter().enumerate() {
            let values = keys
                .iter()
                .filter(|&&key| !["sight", "history"].contains(&key));
            for value in values.flat_map(|key| city.facts(key)) {
                *found.entry(value).or_default() |= 1 << at;
            }
        }
        for (value, mut set) in found {
            if sense == Sense::Trait {
                set |= search.mentions(&lexicon.vocabulary.learn(value));
            }
            lexicon.add_atom(
                [value],
                sense,
                Atom::new(set, value, wording, &search.secrets),
            );
        }
    }
    for (at, city) in cities.iter().enumerate() {
        for value in TRAITS.iter().flat_map(|key| city.facts(key)) {
            lexicon.add_content(value, at);
        }
    }
}
