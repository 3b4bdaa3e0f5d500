//! One episode: what changes in the manor.

use super::case::Case;
use super::facts::{Fact, Facts};
use super::story::{Story, THINGS};

/// What a command can change; two that change it alike have the same effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub room: u8,
    pub facts: Facts,
    /// 0 while the episode goes on, and otherwise the code of its end.
    pub end: u8,
    pub places: [Place; THINGS],
}

/// Where a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Carried,
    Hidden,
    Room(u8),
}

/// Something that can be named in a room, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    Thing(usize),
    Fixture(usize),
    Door(usize),
    Person(usize),
}

/// One episode.
#[derive(Debug, Clone)]
pub struct State {
    pub(super) turn: u32,
    pub(super) case: Case,
    pub(super) world: World,
    /// What `it` means.
    pub(super) it: Option<Noun>,
}

impl State {
    /// The beginning of a case.
    pub(super) fn new(story: &Story, case: Case) -> Self {
        let mut places = [Place::Hidden; THINGS];
        for (place, thing) in places.iter_mut().zip(&story.things) {
            *place = thing.room.map_or(Place::Hidden, Place::Room);
        }
        Self {
            turn: 0,
            case,
            world: World {
                room: 0,
                facts: Facts::default(),
                end: 0,
                places,
            },
            it: None,
        }
    }
}

impl World {
    pub fn carries(&self, thing: usize) -> bool {
        self.places[thing] == Place::Carried
    }

    /// Whether there is light enough to see.
    pub fn is_lit(&self, story: &Story) -> bool {
        let lamp = self.places[story.roles.lamp];
        let near = lamp == Place::Carried || lamp == Place::Room(self.room);
        story.rooms[usize::from(self.room)].dark.is_none() || near && self.facts.has(Fact::LIT)
    }

    /// Whether a thing is carried, or lies in the room and can be seen.
    pub fn sees(&self, story: &Story, thing: usize) -> bool {
        match self.places[thing] {
            Place::Carried => true,
            Place::Hidden => false,
            Place::Room(room) => room == self.room && self.is_lit(story),
        }
    }

    /// Indices of the things that lie in the room and can be seen.
    pub fn lying<'a>(&'a self, story: &'a Story) -> impl Iterator<Item = usize> + Clone + 'a {
        (0..THINGS).filter(|&thing| !self.carries(thing) && self.sees(story, thing))
    }

    pub fn carried(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..THINGS).filter(|&thing| self.carries(thing))
    }

    /// The index of whoever is in the room.
    pub fn person(&self, story: &Story) -> Option<usize> {
        let mut people = story.people.iter();
        people.position(|person| person.room == self.room)
    }

    /// All that can be named in the room.
    pub fn nouns<'a>(&'a self, story: &'a Story) -> impl Iterator<Item = Noun> + 'a {
        let lit = self.is_lit(story);
        let things = (0..THINGS).filter(|&thing| self.sees(story, thing));
        let fixtures = story.fixtures.iter().enumerate();
        let fixtures = fixtures.filter(move |(_, fixture)| lit && fixture.room == self.room);
        let exits = story.rooms[usize::from(self.room)].exits.iter().flatten();
        things
            .map(Noun::Thing)
            .chain(fixtures.map(|(index, _)| Noun::Fixture(index)))
            .chain(exits.filter_map(|exit| exit.door).map(Noun::Door))
            .chain(self.person(story).map(Noun::Person))
    }
}
