//! A shortest solution of a house, by A* (Hart, Nilsson, Raphael 1968) over what matters for its quest.
//!
//! Nothing that is done on a shortest way need be undone, and nothing need be opened before it is
//! gone through, taken from or put into. So a state is a room, a set of closures that were opened and
//! a set of things that were taken, and a move opens what is in its way.

use std::collections::HashMap;

use super::describe::join;
use super::house::{House, Quest, Status};
use super::parse::DIRECTIONS;
use super::relevant::{Relevant, has};
use crate::EnvError;

/// More states than this take too long to compare with each other.
const MOST_STATES: usize = 200_000;

/// Sets are bit masks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    room: u8,
    /// Of [`Relevant::closures`], by position there.
    opened: u128,
    /// Of the house's things.
    taken: u64,
}

impl Node {
    fn has_all(self, other: Self) -> bool {
        other.opened & !self.opened == 0 && other.taken & !self.taken == 0
    }
}

#[derive(Clone, Copy)]
enum Move {
    Start,
    Go(usize),
    Take(usize),
    Put,
}

/// Beyond the things that can be taken: the object has been put where it belongs.
const DONE: usize = 63;

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
    // By room, nodes with the commands to them: whatever has opened and taken no more, with no
    // fewer commands, leads to no shorter solution.
    let mut no_worse = vec![Vec::<(Node, usize)>::new(); house.rooms.len()];
    // Nodes with the commands to them, by the least number of commands of a solution through them.
    let mut open = vec![vec![(start, start, Move::Start, 0)]];
    let mut least = 0;
    while least < open.len() && reached.len() < MOST_STATES {
        let Some((node, from, by, commands)) = open[least].pop() else {
            least += 1;
            continue;
        };
        let better = &mut no_worse[usize::from(node.room)];
        if better
            .iter()
            .any(|&(other, fewer)| fewer <= commands && other.has_all(node))
        {
            continue;
        }
        better.push((node, commands));
        reached.insert(node, (from, by));
        if search.is_goal(node) {
            return Ok(search.commands(&reached, node));
        }
        search.moves(node, |by, next, more| {
            let total = commands + more + search.rest(next);
            if open.len() <= total {
                open.resize_with(total + 1, Vec::new);
            }
            open[total].push((next, node, by, commands + more));
        });
    }
    Err(EnvError::Option(format!(
        "the solution of house {} is not among {MOST_STATES} states: give fewer rooms or locks",
        house.number
    )))
}

/// The search in one house.
struct Search<'a> {
    house: &'a House,
    relevant: Relevant<'a>,
    /// From each room to where the quest ends, and to the object, if everything were open.
    distances: [Vec<usize>; 2],
}

impl<'a> Search<'a> {
    fn new(house: &'a House) -> Self {
        let relevant = Relevant::new(house);
        let object = house.room_of(house.places[0]).unwrap_or(house.start);
        let distances = [relevant.target().0, object].map(|room| relevant.distances_to(room));
        Self {
            house,
            relevant,
            distances,
        }
    }

    /// At least so many more commands are needed.
    fn rest(&self, node: Node) -> usize {
        let [to_target, to_object] = &self.distances;
        let object = self
            .house
            .room_of(self.house.places[0])
            .unwrap_or(node.room);
        let room = usize::from(node.room);
        match self.house.quest {
            Quest::Go(_) => to_target[room],
            Quest::Fetch(_) if has(node.taken, DONE) => 0,
            Quest::Fetch(_) if has(node.taken, 0_usize) => to_target[room] + 1,
            Quest::Fetch(_) => to_object[room] + to_target[usize::from(object)] + 2,
        }
    }

    fn is_goal(&self, node: Node) -> bool {
        match self.house.quest {
            Quest::Go(room) => node.room == room,
            Quest::Fetch(_) => has(node.taken, DONE),
        }
    }

    /// The node in which the closure is open too, and how many commands that takes; none without
    /// its key.
    fn open(&self, node: Node, closure: Option<u8>) -> Option<(Node, usize)> {
        let position = |closure| {
            self.relevant
                .closures
                .iter()
                .position(|&own| own == closure)
        };
        let Some((closure, position)) = closure.and_then(|own| Some((own, position(own)?))) else {
            return Some((node, 0));
        };
        let opened = node.opened | 1 << position;
        let next = Node { opened, ..node };
        match (self.relevant.status(closure), self.relevant.key(closure)) {
            _ if next == node => Some((next, 0)),
            (Status::Locked, key) => has(node.taken, key?).then_some((next, 2)),
            _ => Some((next, 1)),
        }
    }

    /// Calls `push` with each move, where it leads, and how many commands it takes.
    fn moves(&self, node: Node, mut push: impl FnMut(Move, Node, usize)) {
        for (direction, exit) in self.relevant.exits(usize::from(node.room)) {
            if let Some((open, commands)) = self.open(node, exit.door) {
                let room = exit.room;
                push(Move::Go(direction), Node { room, ..open }, commands + 1);
            }
        }
        for thing in self.relevant.things() {
            let is_here = self.house.room_of(self.house.places[thing]) == Some(node.room);
            if is_here
                && !has(node.taken, thing)
                && let Some((open, commands)) = self.open(node, self.relevant.lid_over(thing))
            {
                let taken = open.taken | 1 << thing;
                push(Move::Take(thing), Node { taken, ..open }, commands + 1);
            }
        }
        let (room, lid) = self.relevant.target();
        if room == node.room
            && has(node.taken, 0_usize)
            && let Some((open, commands)) = self.open(node, lid)
        {
            let taken = open.taken | 1 << DONE;
            push(Move::Put, Node { taken, ..open }, commands + 1);
        }
    }

    fn commands(&self, reached: &HashMap<Node, (Node, Move)>, goal: Node) -> Vec<String> {
        let house = self.house;
        let mut commands = Vec::new();
        let mut node = goal;
        while let Some(&(from, by)) = reached.get(&node) {
            commands.push(match (by, house.quest) {
                (Move::Go(direction), _) => join(&["go ", DIRECTIONS[direction]]),
                (Move::Take(thing), _) => join(&["take ", house.things[thing]]),
                (Move::Put, Quest::Fetch(target)) => {
                    let target = &house.furniture[usize::from(target)];
                    let preposition = target.preposition();
                    join(&["put ", house.things[0], " ", preposition, " ", target.name])
                }
                _ => break,
            });
            let opened = (from.opened ^ node.opened).trailing_zeros() as usize;
            if let Some(&closure) = self.relevant.closures.get(opened) {
                let name = house.closures[usize::from(closure)].name;
                commands.push(join(&["open ", name]));
                if let (Status::Locked, Some(key)) =
                    (self.relevant.status(closure), self.relevant.key(closure))
                {
                    let key = house.things[usize::from(key)];
                    commands.push(join(&["unlock ", name, " with ", key]));
                }
            }
            node = from;
        }
        commands.reverse();
        commands
    }
}
