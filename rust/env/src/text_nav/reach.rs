//! Which rooms and places of a house that is being built can be reached.

use super::build::small;
use super::house::{House, Place, Status};
use crate::Rng;

/// What can be reached from the start while locks are opened one after another.
pub(super) struct Reach {
    pub rooms: Vec<u8>,
    /// Where something can be put: floors, and furniture that is not locked.
    pub places: Vec<Place>,
    /// How many rooms and places were there before the last lock was opened.
    pub before: (usize, usize),
    opened: Vec<u8>,
}

impl Reach {
    pub fn new(house: &House) -> Self {
        let mut reach = Self {
            rooms: Vec::with_capacity(house.rooms.len()),
            places: Vec::with_capacity(house.rooms.len() + house.furniture.len()),
            before: (0, 0),
            opened: Vec::new(),
        };
        reach.enter(house, house.start);
        reach.spread(house);
        reach
    }

    fn is_barred(&self, house: &House, closure: u8) -> bool {
        let status = house.closures[usize::from(closure)].status;
        status == Status::Locked && !self.opened.contains(&closure)
    }

    fn enter(&mut self, house: &House, room: u8) {
        self.rooms.push(room);
        self.places.push(Place::Floor(room));
        for index in house.rooms[usize::from(room)].furniture.clone() {
            let lid = house.furniture[usize::from(index)].lid;
            if !lid.is_some_and(|lid| self.is_barred(house, lid)) {
                self.places.push(Place::Furniture(index));
            }
        }
    }

    /// Goes wherever no lock is in the way.
    fn spread(&mut self, house: &House) {
        let mut next = 0;
        while let Some(&room) = self.rooms.get(next) {
            for exit in house.rooms[usize::from(room)].exits.into_iter().flatten() {
                let barred = exit.door.is_some_and(|door| self.is_barred(house, door));
                if !barred && !self.rooms.contains(&exit.room) {
                    self.enter(house, exit.room);
                }
            }
            next += 1;
        }
    }

    /// Lays the key of a lock that can be reached where it can be reached, and opens the lock.
    pub fn hide_key_and_open(&mut self, rng: &mut Rng, house: &mut House, key: usize) {
        let mut locks: Vec<u8> = Vec::new();
        for &room in &self.rooms {
            let room = &house.rooms[usize::from(room)];
            let doors = room.exits.iter().flatten().filter_map(|exit| exit.door);
            let furniture = room.furniture.clone();
            let lids = furniture.filter_map(|index| house.furniture[usize::from(index)].lid);
            // A door between two of these rooms counts twice, which does no harm.
            locks.extend(
                doors
                    .chain(lids)
                    .filter(|&lock| self.is_barred(house, lock)),
            );
        }
        // The house hangs together, so that a lock which is left can be reached, or another is.
        let Some(&lock) = locks.get(rng.below(locks.len())) else {
            return;
        };
        house.places[key] = self.places[rng.below(self.places.len())];
        house.closures[usize::from(lock)].key = Some(small(key));
        self.opened.push(lock);
        self.before = (self.rooms.len(), self.places.len());
        let lid = |index: &usize| house.furniture[*index].lid == Some(lock);
        if let Some(index) = (0..house.furniture.len()).find(lid) {
            self.places.push(Place::Furniture(small(index)));
        }
        self.spread(house);
    }
}
