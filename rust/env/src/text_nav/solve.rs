//! A shortest solution of a house, by breadth-first search over what matters for its quest.
//!
//! Nothing that is done on a shortest way need be undone, so a state is a room, a set of closures
//! that were opened and a set of things that were taken.

use std::collections::HashMap;

use super::describe::join;
use super::house::{Exit, House, Place, Quest, Status};
use super::parse::DIRECTIONS;
use crate::EnvError;

/// More states than this are too many to hold: they take about 100 bytes each.
const MOST_STATES: usize = 1_000_000;

/// Sets are bit masks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    room: u8,
    /// Of [`Search::closures`], by position there.
    opened: u128,
    /// Of the house's things.
    taken: u64,
}

#[derive(Clone, Copy)]
enum Move {
    Start,
    Go(usize),
    /// Two commands if it is locked.
    Open(u8),
    Take(usize),
}

/// What matters in a house for its quest.
struct Search<'a> {
    house: &'a House,
    /// Rooms that are not left out, a bit mask.
    rooms: u64,
    /// Things that are of use, a bit mask.
    things: u64,
    /// Doors and containers that have to be opened for something.
    closures: Vec<u8>,
}

/// Those of `count` that are in it.
fn mask(count: usize, is_in: impl Fn(usize) -> bool) -> u64 {
    let bits = (0..count).filter(|&index| is_in(index));
    bits.fold(0, |mask, index| mask | 1 << index)
}

fn has(mask: u64, index: impl Into<usize>) -> bool {
    (mask >> index.into()) & 1 == 1
}

/// A shortest list of commands that completes the quest.
pub(super) fn shortest(house: &House) -> Result<Vec<String>, EnvError> {
    let search = Search::new(house);
    let start = Node {
        room: house.start,
        opened: 0,
        taken: 0,
    };
    // From where, and by what, each node is first reached.
    let mut reached: HashMap<Node, (Node, Move)> = HashMap::new();
    // The nodes that may be reached now, by one more command, and by two more.
    let mut layers = [vec![(start, start, Move::Start)], Vec::new(), Vec::new()];
    while reached.len() < MOST_STATES && layers.iter().any(|layer| !layer.is_empty()) {
        for (node, from, by) in std::mem::take(&mut layers[0]) {
            if reached.contains_key(&node) {
                continue;
            }
            reached.insert(node, (from, by));
            if search.is_goal(node) {
                return Ok(search.commands(&reached, node));
            }
            search.moves(node, |by, next, commands| {
                layers[commands].push((next, node, by))
            });
        }
        layers.rotate_left(1);
    }
    Err(EnvError::Option(format!(
        "house {} has no solution among {MOST_STATES} states: give fewer rooms or locks",
        house.number
    )))
}

impl<'a> Search<'a> {
    fn new(house: &'a House) -> Self {
        let mut search = Self {
            house,
            rooms: mask(house.rooms.len(), |_| true),
            things: mask(house.things.len(), |_| true),
            closures: Vec::new(),
        };
        // Whatever is left out may make something else useless.
        loop {
            let before = (search.rooms, search.things);
            search.closures = search.useful_closures();
            search.things = mask(house.things.len(), |thing| search.is_useful(thing));
            search.rooms = mask(house.rooms.len(), |room| search.is_worth_a_visit(room));
            if before == (search.rooms, search.things) {
                return search;
            }
        }
    }

    fn target(&self) -> (u8, Option<u8>) {
        match self.house.quest {
            Quest::Go(room) => (room, None),
            Quest::Fetch(index) => {
                let furniture = &self.house.furniture[usize::from(index)];
                (furniture.room, furniture.lid)
            }
        }
    }

    /// The exits of a room to rooms that are not left out.
    fn exits(&self, room: usize) -> impl Iterator<Item = (usize, Exit)> {
        let exits = self.house.rooms[room].exits.into_iter().enumerate();
        exits
            .filter_map(|(direction, exit)| Some((direction, exit?)))
            .filter(|(_, exit)| has(self.rooms, exit.room))
    }

    /// The lid of the container in which the thing is.
    fn lid_over(&self, thing: usize) -> Option<u8> {
        match self.house.places[thing] {
            Place::Furniture(index) => self.house.furniture[usize::from(index)].lid,
            _ => None,
        }
    }

    fn useful_closures(&self) -> Vec<u8> {
        let rooms = (0..self.house.rooms.len()).filter(|&room| has(self.rooms, room));
        let doors = rooms.flat_map(|room| self.exits(room).filter_map(|(_, exit)| exit.door));
        let things = (0..self.house.things.len()).filter(|&thing| has(self.things, thing));
        let lids = things.filter_map(|thing| self.lid_over(thing));
        let mut closures: Vec<u8> = doors.chain(lids).chain(self.target().1).collect();
        closures.sort_unstable();
        closures.dedup();
        closures.retain(|&closure| self.status(closure) != Status::Open);
        closures
    }

    fn status(&self, closure: u8) -> Status {
        self.house.closures[usize::from(closure)].status
    }

    fn key(&self, closure: u8) -> Option<u8> {
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
        let mut things = (0..self.house.things.len()).filter(|&thing| has(self.things, thing));
        let wanted = is_here(self.house.start)
            || is_here(self.target().0)
            || self.exits(room).count() > 1
            || things.any(|thing| place(thing).is_some_and(is_here));
        wanted && has(self.rooms, room)
    }

    fn is_open(&self, node: Node, closure: Option<u8>) -> bool {
        let position = |closure| self.closures.iter().position(|&own| own == closure);
        let closed = closure.and_then(position);
        closed.is_none_or(|position| (node.opened >> position) & 1 == 1)
    }

    /// Whether the quest is complete, or is after one last command.
    fn is_goal(&self, node: Node) -> bool {
        let (room, lid) = self.target();
        let fetch = matches!(self.house.quest, Quest::Fetch(_));
        node.room == room && (!fetch || has(node.taken, 0_usize) && self.is_open(node, lid))
    }

    /// Calls `push` with each move, where it leads, and how many commands it takes.
    fn moves(&self, node: Node, mut push: impl FnMut(Move, Node, usize)) {
        for (direction, exit) in self.exits(usize::from(node.room)) {
            if self.is_open(node, exit.door) {
                let next = Node {
                    room: exit.room,
                    ..node
                };
                push(Move::Go(direction), next, 1);
            }
        }
        for thing in (0..self.house.things.len()).filter(|&thing| has(self.things, thing)) {
            let is_here = self.house.room_of(self.house.places[thing]) == Some(node.room);
            if is_here && !has(node.taken, thing) && self.is_open(node, self.lid_over(thing)) {
                let taken = node.taken | 1 << thing;
                push(Move::Take(thing), Node { taken, ..node }, 1);
            }
        }
        for (position, &closure) in self.closures.iter().enumerate() {
            let opened = node.opened | 1 << position;
            if opened == node.opened || !self.is_in(node.room, closure) {
                continue;
            }
            let next = Node { opened, ..node };
            match (self.status(closure), self.key(closure)) {
                (Status::Locked, Some(key)) if has(node.taken, key) => {
                    push(Move::Open(closure), next, 2)
                }
                (Status::Locked, _) => {}
                _ => push(Move::Open(closure), next, 1),
            }
        }
    }

    fn is_in(&self, room: u8, closure: u8) -> bool {
        let room = &self.house.rooms[usize::from(room)];
        let mut doors = room.exits.iter().flatten().map(|exit| exit.door);
        let mut furniture = room.furniture.clone();
        doors.any(|door| door == Some(closure))
            || furniture.any(|index| self.house.furniture[usize::from(index)].lid == Some(closure))
    }

    fn commands(&self, reached: &HashMap<Node, (Node, Move)>, goal: Node) -> Vec<String> {
        let house = self.house;
        let mut commands = Vec::new();
        if let Quest::Fetch(target) = house.quest {
            let target = &house.furniture[usize::from(target)];
            let preposition = target.preposition();
            commands.push(join(&[
                "put ",
                house.things[0],
                " ",
                preposition,
                " ",
                target.name,
            ]));
        }
        let mut node = goal;
        while let Some(&(from, by)) = reached.get(&node) {
            match by {
                Move::Start => break,
                Move::Go(direction) => commands.push(join(&["go ", DIRECTIONS[direction]])),
                Move::Take(thing) => commands.push(join(&["take ", house.things[thing]])),
                Move::Open(closure) => {
                    let name = house.closures[usize::from(closure)].name;
                    commands.push(join(&["open ", name]));
                    if let (Status::Locked, Some(key)) = (self.status(closure), self.key(closure)) {
                        let key = house.things[usize::from(key)];
                        commands.push(join(&["unlock ", name, " with ", key]));
                    }
                }
            }
            node = from;
        }
        commands.reverse();
        commands
    }
}
