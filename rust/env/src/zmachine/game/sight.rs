//! What is carried and what is in sight, and what each is called.

use std::collections::HashSet;

use crate::zmachine::memory::Memory;

use super::status::Status;
use super::vocabulary::Vocabulary;

/// No property has a higher number.
const MOST_PROPERTIES: u16 = 63;
/// What is taken from a text where objects tell nothing.
const MOST_FROM_TEXT: usize = 12;

/// Something that can be spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    pub name: String,
    pub held: bool,
}

/// The property that lists the words for an object: where most objects have nothing but entries of
/// the dictionary.
pub(super) fn name_property(memory: &Memory, vocabulary: &Vocabulary, objects: u16) -> Option<u16> {
    let named = |property: u16| {
        let named = |object: &u16| !words(memory, vocabulary, *object, property).is_empty();
        (1..=objects).filter(named).count()
    };
    let best =
        (1..=MOST_PROPERTIES).max_by_key(|&property| (named(property), u16::MAX - property))?;
    (named(best) > 0).then_some(best)
}

/// The words for an object; nothing if the property holds anything else.
fn words(memory: &Memory, vocabulary: &Vocabulary, object: u16, property: u16) -> Vec<String> {
    let Ok(Some(found)) = memory.property(object, property) else {
        return Vec::new();
    };
    let entry = |at| {
        let word = vocabulary.at(memory.word(at).ok()?)?;
        Some(word.text.clone())
    };
    let places = (found.at..found.at + found.length).step_by(2);
    let words: Option<Vec<String>> = places.map(entry).collect();
    words.unwrap_or_default()
}

/// All things here, those that are carried first, by names that tell them apart.
pub(super) fn things(
    memory: &Memory,
    vocabulary: &Vocabulary,
    status: &Status,
    property: Option<u16>,
    text: &str,
) -> Vec<Thing> {
    let (Some(player), Some(property)) = (status.player(), property) else {
        return from_text(vocabulary, text);
    };
    let place = match status.place(memory) {
        // In the dark the place is none.
        Some(place) if place != 0 => place,
        _ => memory.outermost(player),
    };
    let held = memory
        .inside(player, 0)
        .into_iter()
        .map(|object| (object, true));
    let seen = memory
        .inside(place, player)
        .into_iter()
        .map(|object| (object, false));
    let (mut things, mut taken) = (Vec::new(), HashSet::new());
    for (object, held) in held.chain(seen) {
        let words = words(memory, vocabulary, object, property);
        let printed = memory.name(object).to_lowercase();
        let mut names = names(&printed, &words, vocabulary).into_iter();
        if let Some(name) = names.find(|name| !taken.contains(name)) {
            taken.insert(name.clone());
            things.push(Thing { name, held });
        }
    }
    things
}

/// What an object may be called, the best first: the last word of its printed name that is a word
/// for it, all such words of its name, and any word for it.
fn names(printed: &str, words: &[String], vocabulary: &Vocabulary) -> Vec<String> {
    let cut = |word: &str| vocabulary.find(word).map(|known| known.text.clone());
    let known: Vec<&str> = printed
        .split(|letter: char| !letter.is_alphanumeric() && !"'-".contains(letter))
        .filter(|word| cut(word).is_some_and(|cut| words.contains(&cut)))
        .collect();
    let mut names: Vec<String> = known
        .last()
        .map(|last| (*last).to_owned())
        .into_iter()
        .collect();
    if known.len() > 1 {
        names.push(known.join(" "));
    }
    names.extend(words.iter().cloned());
    names
}

/// The words of a text that are known and no verbs.
fn from_text(vocabulary: &Vocabulary, text: &str) -> Vec<Thing> {
    let mut things: Vec<Thing> = Vec::new();
    for word in text
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
    {
        let usable = vocabulary
            .find(word)
            .is_some_and(|known| !known.is_verb() && !known.is_preposition());
        if word.len() > 2 && usable && things.iter().all(|thing| thing.name != word) {
            things.push(Thing {
                name: word.to_owned(),
                held: true,
            });
        }
    }
    things.truncate(MOST_FROM_TEXT);
    things
}
