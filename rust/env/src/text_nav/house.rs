//! A house as it was built, and what changes in it.

use std::ops::Range;
use std::sync::Arc;

/// A way out of a room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exit {
    pub room: u8,
    /// Index into [`House::closures`].
    pub door: Option<u8>,
}

#[derive(Debug)]
pub(super) struct Room {
    pub name: &'static str,
    /// North, east, south, west.
    pub exits: [Option<Exit>; 4],
    /// Indices into [`House::furniture`].
    pub furniture: Range<u8>,
}

/// A container, which has a lid, or a supporter, which has none.
#[derive(Debug)]
pub(super) struct Furniture {
    pub name: &'static str,
    pub room: u8,
    /// Index into [`House::closures`].
    pub lid: Option<u8>,
}

impl Furniture {
    pub fn preposition(&self) -> &'static str {
        if self.lid.is_some() { "in" } else { "on" }
    }
}

/// How a door or the lid of a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Status {
    Open,
    Closed,
    Locked,
}

/// A door, or the lid of a container, which has the container's name.
#[derive(Debug)]
pub(super) struct Closure {
    pub name: &'static str,
    /// How it is at the beginning.
    pub status: Status,
    /// Index into [`House::things`] of the key that it needs, if it is locked at the beginning.
    pub key: Option<u8>,
}

/// Where a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Carried,
    /// Of a room.
    Floor(u8),
    /// In or on it.
    Furniture(u8),
}

/// What the agent is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quest {
    /// To put the first thing in or on a piece of furniture.
    Fetch(u8),
    /// To reach a room.
    Go(u8),
}

/// What of a house never changes.
#[derive(Debug)]
pub(super) struct House {
    /// What it was built from.
    pub number: u64,
    pub rooms: Vec<Room>,
    pub furniture: Vec<Furniture>,
    pub closures: Vec<Closure>,
    /// Objects, then keys.
    pub things: Vec<&'static str>,
    /// Where each thing is at the beginning.
    pub places: Vec<Place>,
    pub start: u8,
    pub quest: Quest,
}

impl House {
    pub fn room_of(&self, place: Place) -> Option<u8> {
        match place {
            Place::Carried => None,
            Place::Floor(room) => Some(room),
            Place::Furniture(index) => Some(self.furniture[usize::from(index)].room),
        }
    }
}

/// One episode: the house, and what has changed in it.
#[derive(Debug, Clone)]
pub struct State {
    pub(super) turn: u32,
    pub(super) room: u8,
    pub(super) house: Arc<House>,
    /// Of each of [`House::closures`].
    pub(super) status: Box<[Status]>,
    /// Of each of [`House::things`].
    pub(super) places: Box<[Place]>,
}

impl State {
    /// The beginning of an episode.
    pub(super) fn new(house: Arc<House>) -> Self {
        Self {
            turn: 0,
            room: house.start,
            status: house
                .closures
                .iter()
                .map(|closure| closure.status)
                .collect(),
            places: house.places.clone().into(),
            house,
        }
    }

    pub(super) fn is_open(&self, closure: Option<u8>) -> bool {
        closure.is_none_or(|index| self.status[usize::from(index)] == Status::Open)
    }

    /// Whether what is there can be seen and taken.
    pub(super) fn is_visible(&self, place: Place) -> bool {
        match place {
            Place::Carried => true,
            Place::Floor(room) => room == self.room,
            Place::Furniture(index) => {
                let furniture = &self.house.furniture[usize::from(index)];
                furniture.room == self.room && self.is_open(furniture.lid)
            }
        }
    }

    pub(super) fn is_won(&self) -> bool {
        match self.house.quest {
            Quest::Fetch(target) => self.places[0] == Place::Furniture(target),
            Quest::Go(room) => self.room == room,
        }
    }

    /// Indices of the things that are there.
    pub(super) fn things_at(&self, place: Place) -> impl Iterator<Item = usize> + Clone + '_ {
        let there = move |index: &usize| self.places[*index] == place;
        (0..self.places.len()).filter(there)
    }

    /// The furniture of the room, with its indices.
    pub(super) fn furniture(&self) -> impl Iterator<Item = (u8, &Furniture)> + Clone {
        let range = self.house.rooms[usize::from(self.room)].furniture.clone();
        range.map(|index| (index, &self.house.furniture[usize::from(index)]))
    }

    /// The exits of the room: directions by number, and where they lead.
    pub(super) fn exits(&self) -> impl Iterator<Item = (usize, Exit)> + Clone + '_ {
        let exits = self.house.rooms[usize::from(self.room)].exits;
        (0..exits.len()).filter_map(move |direction| Some((direction, exits[direction]?)))
    }
}
