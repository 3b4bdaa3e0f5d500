//! What matters in a house for its quest.

use super::house::{Exit, House, Place, Quest, Status};

/// All but dead ends without anything of use, and keys of locks that are none.
pub(super) struct Relevant<'a> {
    house: &'a House,
    /// A bit mask.
    rooms: u64,
    /// A bit mask.
    things: u64,
    /// Doors and containers that are closed and may have to be opened.
    pub closures: Vec<u8>,
}

/// Those of `count` that are in it.
fn mask(count: usize, is_in: impl Fn(usize) -> bool) -> u64 {
    let bits = (0..count).filter(|&index| is_in(index));
    bits.fold(0, |mask, index| mask | 1 << index)
}

pub(super) fn has(mask: u64, index: impl Into<usize>) -> bool {
    (mask >> index.into()) & 1 == 1
}

impl<'a> Relevant<'a> {
    pub fn new(house: &'a House) -> Self {
        let mut all = Self {
            house,
            rooms: mask(house.rooms.len(), |_| true),
            things: mask(house.things.len(), |_| true),
            closures: Vec::new(),
        };
        // Whatever is left out may make something else useless.
        loop {
            let before = (all.rooms, all.things);
            all.closures = all.useful_closures();
            all.things = mask(house.things.len(), |thing| all.is_useful(thing));
            all.rooms = mask(house.rooms.len(), |room| all.is_worth_a_visit(room));
            if before == (all.rooms, all.things) {
                return all;
            }
        }
    }

    pub fn target(&self) -> (u8, Option<u8>) {
        match self.house.quest {
            Quest::Go(room) => (room, None),
            Quest::Fetch(index) => {
                let furniture = &self.house.furniture[usize::from(index)];
                (furniture.room, furniture.lid)
            }
        }
    }

    /// The exits of a room to rooms that are not left out.
    pub fn exits(&self, room: usize) -> impl Iterator<Item = (usize, Exit)> {
        let exits = self.house.rooms[room].exits.into_iter().enumerate();
        exits
            .filter_map(|(direction, exit)| Some((direction, exit?)))
            .filter(|(_, exit)| has(self.rooms, exit.room))
    }

    /// The lid of the container in which the thing is.
    pub fn lid_over(&self, thing: usize) -> Option<u8> {
        match self.house.places[thing] {
            Place::Furniture(index) => self.house.furniture[usize::from(index)].lid,
            _ => None,
        }
    }

    /// The things that are of use.
    pub fn things(&self) -> impl Iterator<Item = usize> {
        (0..self.house.things.len()).filter(|&thing| has(self.things, thing))
    }

    fn useful_closures(&self) -> Vec<u8> {
        let rooms = (0..self.house.rooms.len()).filter(|&room| has(self.rooms, room));
        let doors = rooms.flat_map(|room| self.exits(room).filter_map(|(_, exit)| exit.door));
        let lids = self.things().filter_map(|thing| self.lid_over(thing));
        let mut closures: Vec<u8> = doors.chain(lids).chain(self.target().1).collect();
        closures.sort_unstable();
        closures.dedup();
        closures.retain(|&closure| self.status(closure) != Status::Open);
        closures
    }

    pub fn status(&self, closure: u8) -> Status {
        self.house.closures[usize::from(closure)].status
    }

    pub fn key(&self, closure: u8) -> Option<u8> {
        self.house.closures[usize::from(closure)].key
    }

    /// Keys of closures that are useful, and the object that is to be fetched.
    fn is_useful(&self, thing: usize) -> bool {
        let opens = |&closure: &u8| self.key(closure).map(usize::from) == Some(thing);
        let fetched = thing == 0 && matches!(self.house.quest, Quest::Fetch(_));
        fetched || self.closures.iter().any(opens)
    }

    /// Everything but dead ends without anything of use.
    fn is_worth_a_visit(&self, room: usize) -> bool {
        let is_here = |other: u8| usize::from(other) == room;
        let place = |thing: usize| self.house.room_of(self.house.places[thing]);
        let wanted = is_here(self.house.start)
            || is_here(self.target().0)
            || self.exits(room).count() > 1
            || self.things().any(|thing| place(thing).is_some_and(is_here));
        wanted && has(self.rooms, room)
    }

    /// From every room to this one, in commands, if everything were open.
    pub fn distances_to(&self, room: u8) -> Vec<usize> {
        let mut distances = vec![usize::MAX; self.house.rooms.len()];
        distances[usize::from(room)] = 0;
        let mut queue = vec![usize::from(room)];
        let mut next = 0;
        while let Some(&room) = queue.get(next) {
            for exit in self.exits(room).map(|(_, exit)| usize::from(exit.room)) {
                if distances[exit] == usize::MAX {
                    distances[exit] = distances[room] + 1;
                    queue.push(exit);
                }
            }
            next += 1;
        }
        distances
    }
}
