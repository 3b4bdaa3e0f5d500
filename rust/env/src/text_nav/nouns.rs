//! What the words of a command name in a room.

use std::borrow::Cow;

use super::describe::said;
use super::house::{Place, State};
use crate::Observation;
use crate::phrase::{Phrase, echo, names};

/// Something in sight: a thing, a piece of furniture, or a door (a closure), by index.
pub(super) enum Noun {
    Thing(usize),
    Furniture(u8),
    Door(u8),
}

fn missing(phrase: Phrase<'_>) -> Observation {
    match echo(phrase) {
        Some(name) => said(&["There is no ", &name, " here."]),
        None => Cow::Borrowed("There is no such thing here."),
    }
}

impl State {
    pub(super) fn find(&self, phrase: Phrase<'_>) -> Result<Noun, Observation> {
        let things = self.house.things.iter().zip(&self.places);
        let mut things = things
            .enumerate()
            .filter(|(_, (_, place))| self.is_visible(**place));
        if let Some((index, _)) = things.find(|(_, (name, _))| names(phrase, name)) {
            return Ok(Noun::Thing(index));
        }
        if let Some((index, _)) = self.furniture().find(|(_, own)| names(phrase, own.name)) {
            return Ok(Noun::Furniture(index));
        }
        let mut doors = self.exits().filter_map(|(_, exit)| exit.door);
        let door = doors.find(|&door| names(phrase, self.closure_name(door)));
        door.map(Noun::Door).ok_or_else(|| missing(phrase))
    }

    pub(super) fn name(&self, noun: &Noun) -> &'static str {
        match *noun {
            Noun::Thing(index) => self.house.things[index],
            Noun::Furniture(index) => self.house.furniture[usize::from(index)].name,
            Noun::Door(door) => self.closure_name(door),
        }
    }

    pub(super) fn closure_name(&self, closure: u8) -> &'static str {
        self.house.closures[usize::from(closure)].name
    }

    /// A thing that is carried.
    pub(super) fn carried(&self, what: Phrase<'_>) -> Result<(usize, &'static str), Observation> {
        let noun = self.find(what)?;
        let name = self.name(&noun);
        match noun {
            Noun::Thing(thing) if self.places[thing] == Place::Carried => Ok((thing, name)),
            _ => Err(said(&["You do not carry the ", name, "."])),
        }
    }

    /// Something that opens and closes.
    pub(super) fn closure(&self, what: Phrase<'_>) -> Result<(u8, &'static str), Observation> {
        let noun = self.find(what)?;
        let closure = match noun {
            Noun::Thing(_) => None,
            Noun::Furniture(index) => self.house.furniture[usize::from(index)].lid,
            Noun::Door(door) => Some(door),
        };
        let name = self.name(&noun);
        let closure = closure.ok_or_else(|| said(&["The ", name, " does not open or close."]))?;
        Ok((closure, name))
    }
}
