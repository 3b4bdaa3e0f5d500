//! What the agent reads about where it is.

use std::borrow::Cow;

use super::house::{Place, Quest, State, Status};
use super::parse::DIRECTIONS;
use crate::Observation;
use crate::phrase::{push_list, push_with_article};

/// All that is said, in one piece.
pub(super) fn join(pieces: &[&str]) -> String {
    pieces.concat()
}

/// The same as an observation.
pub(super) fn said(pieces: &[&str]) -> Observation {
    Cow::Owned(pieces.concat())
}

impl State {
    fn room_name(&self) -> &'static str {
        self.house.rooms[usize::from(self.room)].name
    }

    /// How a closure is: `open`, `closed`, or the key that it needs.
    fn push_status(&self, text: &mut String, closure: u8) {
        match self.status[usize::from(closure)] {
            Status::Open => text.push_str("open"),
            Status::Closed => text.push_str("closed"),
            Status::Locked => {
                text.push_str("locked, needs the ");
                text.push_str(self.key_of(closure));
            }
        }
    }

    pub(super) fn key_of(&self, closure: u8) -> &'static str {
        let key = self.house.closures[usize::from(closure)].key;
        key.map_or("key", |key| self.house.things[usize::from(key)])
    }

    /// ` In the chest are a lamp and a coin.`, or nothing if there is nothing.
    pub(super) fn push_contents(&self, text: &mut String, place: Place) {
        let things = self.things_at(place);
        let count = things.clone().count();
        if count == 0 {
            return;
        }
        match place {
            Place::Carried => text.push_str("You carry "),
            Place::Floor(_) => text.push_str(" On the floor "),
            Place::Furniture(index) => {
                let furniture = &self.house.furniture[usize::from(index)];
                text.push_str(if furniture.lid.is_some() {
                    " In the "
                } else {
                    " On the "
                });
                text.push_str(furniture.name);
                text.push(' ');
            }
        }
        match place {
            Place::Carried => {}
            _ if count == 1 => text.push_str("is "),
            _ => text.push_str("are "),
        }
        push_list(text, things, |text, thing| {
            push_with_article(text, self.house.things[thing]);
        });
        text.push('.');
    }

    /// The name of the room alone.
    pub(super) fn push_short_text(&self, text: &mut String) {
        text.push_str("You are in the ");
        text.push_str(self.room_name());
        text.push('.');
    }

    /// The room, its furniture, all that lies in sight, and the exits.
    pub(super) fn push_full_text(&self, text: &mut String) {
        self.push_short_text(text);
        let many = self.furniture().count() > 1;
        text.push_str(if many { " There are " } else { " There is " });
        push_list(text, self.furniture(), |text, (_, furniture)| {
            push_with_article(text, furniture.name);
            if let Some(lid) = furniture.lid {
                text.push_str(" (");
                self.push_status(text, lid);
                text.push(')');
            }
        });
        text.push('.');
        for (index, furniture) in self.furniture() {
            if self.is_open(furniture.lid) {
                self.push_contents(text, Place::Furniture(index));
            }
        }
        self.push_contents(text, Place::Floor(self.room));
        text.push_str(" Exits:");
        for (index, (direction, exit)) in self.exits().enumerate() {
            text.push_str(if index == 0 { " " } else { ", " });
            text.push_str(DIRECTIONS[direction]);
            if let Some(door) = exit.door {
                text.push_str(" (");
                text.push_str(self.house.closures[usize::from(door)].name);
                text.push_str(", ");
                self.push_status(text, door);
                text.push(')');
            }
        }
        text.push('.');
    }

    /// What is asked for; with a hint, also in which room the object lies.
    pub(super) fn push_quest(&self, text: &mut String, hint: bool) {
        let house = &self.house;
        match house.quest {
            Quest::Go(room) => {
                text.push_str("Your quest: go to the ");
                text.push_str(house.rooms[usize::from(room)].name);
                text.push_str(".\n");
            }
            Quest::Fetch(target) => {
                let target = &house.furniture[usize::from(target)];
                let [object, place, room] = [
                    house.things[0],
                    target.name,
                    house.rooms[usize::from(target.room)].name,
                ];
                let preposition = target.preposition();
                text.push_str(&join(&[
                    "Your quest: put the ",
                    object,
                    " ",
                    preposition,
                    " the ",
                    place,
                    " in the ",
                    room,
                    ".",
                ]));
                if let Some(room) = house.room_of(house.places[0]).filter(|_| hint) {
                    let room = house.rooms[usize::from(room)].name;
                    text.push_str(&join(&[" The ", object, " is in the ", room, "."]));
                }
                text.push('\n');
            }
        }
    }

    /// A line of commands that will not be refused, without those that only examine something.
    pub(super) fn push_commands(&self, text: &mut String) {
        text.push_str("\nCommands: look, inventory");
        let mut push = |pieces: &[&str]| {
            text.push_str(", ");
            for piece in pieces {
                text.push_str(piece);
            }
        };
        for (direction, exit) in self.exits() {
            if self.is_open(exit.door) {
                push(&["go ", DIRECTIONS[direction]]);
            }
        }
        let lids = self.furniture().filter_map(|(_, furniture)| furniture.lid);
        let doors = self.exits().filter_map(|(_, exit)| exit.door);
        for closure in doors.chain(lids) {
            let closure_name = self.house.closures[usize::from(closure)].name;
            match self.status[usize::from(closure)] {
                Status::Open => push(&["close ", closure_name]),
                Status::Closed => push(&["open ", closure_name]),
                Status::Locked => {
                    let key = self.house.closures[usize::from(closure)].key;
                    let carried = |key: &u8| self.places[usize::from(*key)] == Place::Carried;
                    if let Some(key) = key.filter(carried) {
                        let key = self.house.things[usize::from(key)];
                        push(&["unlock ", closure_name, " with ", key]);
                    }
                }
            }
        }
        for (&thing, &place) in self.house.things.iter().zip(&self.places) {
            if place != Place::Carried {
                if self.is_visible(place) {
                    push(&["take ", thing]);
                }
                continue;
            }
            push(&["drop ", thing]);
            for (_, furniture) in self.furniture().filter(|(_, to)| self.is_open(to.lid)) {
                push(&[
                    "put ",
                    thing,
                    " ",
                    furniture.preposition(),
                    " ",
                    furniture.name,
                ]);
            }
        }
        text.push('.');
    }
}
