//! Builds a house from its number, so that everything in it can be reached.
//!
//! Locks are opened one after another as an agent would: each key lies somewhere that can be
//! reached before its lock is opened, and what the quest is about lies behind the last one.

use super::house::{Closure, Exit, Furniture, House, Place, Quest, Room, Status};
use super::layout::{Edge, lay_out};
use super::reach::Reach;
use super::words::{RoomWords, VOCABULARY};
use crate::Rng;

/// How large a house is, and what is asked for in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub rooms: usize,
    pub objects: usize,
    pub locks: usize,
    /// The quest is to bring something, and not to go somewhere.
    pub fetch: bool,
}

/// In both counters of the random stream of a house: no environment and no episode has this number.
const STREAM: u64 = u64::MAX;

/// Builds the house of this number.
pub(super) fn build(plan: Plan, number: u64) -> House {
    let mut rng = Rng::new(number, STREAM, STREAM);
    let words = &*VOCABULARY;
    let chosen = sample(&mut rng, words.rooms.len(), plan.rooms);
    let mut house = House {
        number,
        rooms: Vec::with_capacity(plan.rooms),
        furniture: Vec::with_capacity(2 * plan.rooms),
        closures: Vec::with_capacity(3 * plan.rooms),
        things: Vec::with_capacity(plan.objects + plan.locks),
        places: vec![Place::Carried; plan.objects + plan.locks],
        start: 0,
        quest: Quest::Go(0),
    };
    let edges = lay_out(&mut rng, plan.rooms);
    furnish(
        &mut rng,
        &mut house,
        chosen.iter().map(|&room| &words.rooms[room]),
    );
    hang_doors(&mut rng, &mut house, &edges, plan.locks);
    name_things(&mut rng, &mut house, plan);
    house.start = small(rng.below(plan.rooms));
    let mut reach = Reach::new(&house);
    for key in plan.objects..plan.objects + plan.locks {
        reach.hide_key_and_open(&mut rng, &mut house, key);
    }
    set_quest(&mut rng, &mut house, &reach, plan);
    house
}

/// Which are all less than 256: there are at most 64 rooms.
pub(super) fn small(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

/// `count` different indices below `all`, in random order.
pub(super) fn sample(rng: &mut Rng, all: usize, count: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..all).collect();
    for i in 0..count {
        let other = i + rng.below(all - i);
        indices.swap(i, other);
    }
    indices.truncate(count);
    indices
}

/// One or two pieces of furniture a room; three containers in four are closed.
fn furnish<'a>(rng: &mut Rng, house: &mut House, words: impl Iterator<Item = &'a RoomWords>) {
    for (room, words) in words.enumerate() {
        let first = small(house.furniture.len());
        let count = 1 + rng.below(2);
        for index in sample(rng, words.furniture.len(), count) {
            let (name, is_container) = words.furniture[index];
            let lid = is_container.then(|| small(house.closures.len()));
            if is_container {
                let status = if rng.below(4) == 0 {
                    Status::Open
                } else {
                    Status::Closed
                };
                house.closures.push(Closure {
                    name,
                    status,
                    key: None,
                });
            }
            house.furniture.push(Furniture {
                name,
                room: small(room),
                lid,
            });
        }
        house.rooms.push(Room {
            name: words.name,
            exits: [None; 4],
            furniture: first..small(house.furniture.len()),
        });
    }
}

/// Ways without a door (half of them), with a closed one (a third), with an open one; then locks
/// some of the ways and containers.
fn hang_doors(rng: &mut Rng, house: &mut House, edges: &[Edge], locks: usize) {
    let containers = house.closures.len();
    let locked = sample(rng, containers + edges.len(), locks);
    for (index, &(room, other, direction)) in edges.iter().enumerate() {
        let status = match rng.below(6) {
            _ if locked.contains(&(containers + index)) => Some(Status::Locked),
            0 => Some(Status::Open),
            1 | 2 => Some(Status::Closed),
            _ => None,
        };
        let door = status.map(|status| {
            let name = door_name(rng, house, [room, other]);
            house.closures.push(Closure {
                name,
                status,
                key: None,
            });
            small(house.closures.len() - 1)
        });
        let exit = |room| {
            Some(Exit {
                room: small(room),
                door,
            })
        };
        house.rooms[room].exits[direction] = exit(other);
        house.rooms[other].exits[(direction + 2) % 4] = exit(room);
    }
    for &container in locked.iter().filter(|&&index| index < containers) {
        house.closures[container].status = Status::Locked;
    }
}

/// A name that no other door of these rooms has: they have at most six, of twelve names.
fn door_name(rng: &mut Rng, house: &House, rooms: [usize; 2]) -> &'static str {
    let names = &VOCABULARY.doors;
    let exits = rooms.iter().flat_map(|&room| house.rooms[room].exits);
    let doors = exits.flatten().filter_map(|exit| exit.door);
    let taken = |name: &str| {
        let mut doors = doors.clone();
        doors.any(|door| house.closures[usize::from(door)].name == name)
    };
    let first = rng.below(names.len());
    let mut candidates = names[first..].iter().chain(&names[..first]);
    candidates
        .find(|name| !taken(name))
        .unwrap_or(&names[first])
}

fn name_things(rng: &mut Rng, house: &mut House, plan: Plan) {
    let words = &*VOCABULARY;
    let objects = sample(rng, words.objects.len(), plan.objects);
    house
        .things
        .extend(objects.into_iter().map(|index| words.objects[index]));
    let keys = sample(rng, words.keys.len(), plan.locks);
    house
        .things
        .extend(keys.into_iter().map(|index| words.keys[index]));
}

/// Lays out the objects and chooses where to bring the first of them, or where to go.
fn set_quest(rng: &mut Rng, house: &mut House, reach: &Reach, plan: Plan) {
    for object in 0..plan.objects {
        house.places[object] = reach.places[rng.below(reach.places.len())];
    }
    let (rooms, places) = reach.before;
    if plan.fetch {
        let new = newest(&reach.places, places);
        house.places[0] = new[rng.below(new.len())];
        let room = house.room_of(house.places[0]);
        let elsewhere = |index: &usize| Some(house.furniture[*index].room) != room;
        let targets: Vec<usize> = (0..house.furniture.len()).filter(elsewhere).collect();
        house.quest = Quest::Fetch(small(targets[rng.below(targets.len())]));
    } else {
        let new = newest(&reach.rooms, rooms);
        let away: Vec<u8> = new
            .iter()
            .copied()
            .filter(|&room| room != house.start)
            .collect();
        house.quest = Quest::Go(away[rng.below(away.len())]);
    }
}

/// All that came after the first ones; or all, if the last lock was one that opened nothing new, such
/// as that of a door between two rooms reached before.
fn newest<T>(all: &[T], first: usize) -> &[T] {
    all.get(first..)
        .filter(|new| !new.is_empty())
        .unwrap_or(all)
}
