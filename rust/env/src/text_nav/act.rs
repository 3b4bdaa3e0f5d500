//! What each command does, and when it is refused.

use std::borrow::Cow;

use super::describe::{join, said};
use super::house::{Place, State, Status};
use super::nouns::Noun;
use super::parse::{Command, DIRECTIONS, command};
use crate::Observation;
use crate::phrase::{Phrase, Words, names};

/// What happened, or why nothing did.
type Answer = Result<Observation, Observation>;

const NO_COMMAND: &str = "That is no command. Commands: go north, look, inventory, take X, drop X, \
                          put X in Y, put X on Y, open X, close X, unlock X with Y, examine X.";

impl State {
    /// Does what an utterance says. With `short`, entering a room gives only its name.
    pub(super) fn act(&mut self, utterance: &str, short: bool) -> Answer {
        let words = Words::of(utterance);
        let command = words.as_ref().and_then(|words| command(words.phrase()));
        match command.ok_or(Cow::Borrowed(NO_COMMAND))? {
            Command::Go(direction) => self.go(direction, short),
            Command::Look => Ok(self.room_text(false)),
            Command::Inventory => Ok(self.inventory()),
            Command::Take(what, from) => self.take(what, from),
            Command::Drop(what) => self.drop(what),
            Command::Put(what, place) if names(place, "floor") => self.drop(what),
            Command::Put(what, place) => self.put(what, place),
            Command::Open(what) => self.open(what),
            Command::Close(what) => self.close(what),
            Command::Unlock(what, key) => self.unlock(what, key),
            Command::Examine(what) => self.examine(what),
        }
    }

    pub(super) fn room_text(&self, short: bool) -> Observation {
        let mut text = String::with_capacity(if short { 64 } else { 320 });
        if short {
            self.push_short_text(&mut text);
        } else {
            self.push_full_text(&mut text);
        }
        Cow::Owned(text)
    }

    /// Refuses closures that are not open.
    fn check_open(&self, closure: Option<u8>) -> Result<(), Observation> {
        match closure.filter(|&closure| !self.is_open(Some(closure))) {
            Some(closure) => Err(self.status_text(closure)),
            None => Ok(()),
        }
    }

    fn status_text(&self, closure: u8) -> Observation {
        let name = self.closure_name(closure);
        match self.status[usize::from(closure)] {
            Status::Open => said(&["The ", name, " is open."]),
            Status::Closed => said(&["The ", name, " is closed."]),
            Status::Locked => {
                let key = self.key_of(closure);
                said(&["The ", name, " is locked: it needs the ", key, "."])
            }
        }
    }

    fn go(&mut self, direction: usize, short: bool) -> Answer {
        let exit = self.exits().find(|(to, _)| *to == direction);
        let (_, exit) =
            exit.ok_or_else(|| said(&["There is no way ", DIRECTIONS[direction], "."]))?;
        self.check_open(exit.door)?;
        self.room = exit.room;
        Ok(self.room_text(short))
    }

    fn inventory(&self) -> Observation {
        let mut text = String::new();
        self.push_contents(&mut text, Place::Carried);
        if text.is_empty() {
            Cow::Borrowed("You carry nothing.")
        } else {
            Cow::Owned(text)
        }
    }

    fn take(&mut self, what: Phrase<'_>, from: Option<Phrase<'_>>) -> Answer {
        let noun = self.find(what)?;
        let name = self.name(&noun);
        let Noun::Thing(thing) = noun else {
            return Err(said(&["The ", name, " cannot be taken."]));
        };
        let place = self.places[thing];
        if place == Place::Carried {
            return Err(said(&["You already carry the ", name, "."]));
        }
        match from {
            None => {}
            Some(floor) if names(floor, "floor") && place == Place::Floor(self.room) => {}
            Some(from) => {
                let from = self.find(from)?;
                if !matches!(from, Noun::Furniture(index) if place == Place::Furniture(index)) {
                    return Err(said(&["The ", name, " is not there."]));
                }
            }
        }
        self.places[thing] = Place::Carried;
        Ok(said(&["You take the ", name, "."]))
    }

    fn drop(&mut self, what: Phrase<'_>) -> Answer {
        let (thing, name) = self.carried(what)?;
        self.places[thing] = Place::Floor(self.room);
        Ok(said(&["You drop the ", name, "."]))
    }

    fn put(&mut self, what: Phrase<'_>, place: Phrase<'_>) -> Answer {
        let (thing, name) = self.carried(what)?;
        let place = self.find(place)?;
        let place_name = self.name(&place);
        let Noun::Furniture(index) = place else {
            return Err(said(&["Nothing can be put in or on the ", place_name, "."]));
        };
        let furniture = &self.house.furniture[usize::from(index)];
        self.check_open(furniture.lid)?;
        let preposition = furniture.preposition();
        self.places[thing] = Place::Furniture(index);
        Ok(said(&[
            "You put the ",
            name,
            " ",
            preposition,
            " the ",
            place_name,
            ".",
        ]))
    }

    fn open(&mut self, what: Phrase<'_>) -> Answer {
        let (closure, name) = self.closure(what)?;
        match self.status[usize::from(closure)] {
            Status::Open => return Err(said(&["The ", name, " is already open."])),
            Status::Locked => return Err(self.status_text(closure)),
            Status::Closed => self.status[usize::from(closure)] = Status::Open,
        }
        let mut text = join(&["You open the ", name, "."]);
        let opened =
            |(_, furniture): &(u8, &super::house::Furniture)| furniture.lid == Some(closure);
        if let Some((index, _)) = self.furniture().find(opened) {
            let before = text.len();
            self.push_contents(&mut text, Place::Furniture(index));
            if text.len() == before {
                text.push_str(" It is empty.");
            }
        }
        Ok(Cow::Owned(text))
    }

    fn close(&mut self, what: Phrase<'_>) -> Answer {
        let (closure, name) = self.closure(what)?;
        if !self.is_open(Some(closure)) {
            return Err(said(&["The ", name, " is already closed."]));
        }
        self.status[usize::from(closure)] = Status::Closed;
        Ok(said(&["You close the ", name, "."]))
    }

    fn unlock(&mut self, what: Phrase<'_>, key: Phrase<'_>) -> Answer {
        let (closure, name) = self.closure(what)?;
        let (thing, key_name) = self.carried(key)?;
        if self.status[usize::from(closure)] != Status::Locked {
            return Err(said(&["The ", name, " is not locked."]));
        }
        if self.house.closures[usize::from(closure)]
            .key
            .map(usize::from)
            != Some(thing)
        {
            return Err(said(&["The ", key_name, " does not fit the ", name, "."]));
        }
        self.status[usize::from(closure)] = Status::Closed;
        Ok(said(&["You unlock the ", name, "."]))
    }

    fn examine(&self, what: Phrase<'_>) -> Answer {
        let noun = self.find(what)?;
        let name = self.name(&noun);
        match noun {
            Noun::Door(door) => Ok(self.status_text(door)),
            Noun::Furniture(index) => Ok(self.furniture_text(index)),
            Noun::Thing(thing) => Ok(match self.places[thing] {
                Place::Carried => said(&["You carry the ", name, "."]),
                Place::Floor(_) => said(&["The ", name, " is on the floor."]),
                Place::Furniture(index) => {
                    let furniture = &self.house.furniture[usize::from(index)];
                    let preposition = furniture.preposition();
                    said(&[
                        "The ",
                        name,
                        " is ",
                        preposition,
                        " the ",
                        furniture.name,
                        ".",
                    ])
                }
            }),
        }
    }

    fn furniture_text(&self, index: u8) -> Observation {
        let furniture = &self.house.furniture[usize::from(index)];
        if let Some(lid) = furniture.lid.filter(|&lid| !self.is_open(Some(lid))) {
            return self.status_text(lid);
        }
        let mut text = String::new();
        self.push_contents(&mut text, Place::Furniture(index));
        if text.is_empty() {
            return said(&["The ", furniture.name, " is empty."]);
        }
        Cow::Owned(text.split_off(1))
    }
}
