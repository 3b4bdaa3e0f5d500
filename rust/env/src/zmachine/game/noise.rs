//! What of a story's memory is no part of its world: the clock, and what its parser writes.

use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

use crate::zmachine::machine::Machine;
use crate::zmachine::random::Random;

use super::sight::Thing;
use super::trial::{Trial, Trials};

/// Commands that change nothing in a world, but make the parser work; `*` is a thing in sight.
const INERT: [&str; 9] = [
    "look",
    "inventory",
    "wait",
    "z",
    "examine *",
    "take qzxv",
    "ask qzxv about qzxv",
    "put all qzxv and qzxv in qzxv with qzxv",
    "qzxv qzxv qzxv qzxv qzxv qzxv qzxv qzxv qzxv qzxv qzxv",
];
/// What all trials together may cost.
const BUDGET: u64 = 200_000_000;
/// Bytes that are hashed at once.
const CHUNK: usize = 256;

/// Which bytes are noise, and where the world is.
pub(super) struct Noise {
    /// Dynamic memory as it is when the first command is asked for.
    opening: Vec<u8>,
    /// 0 for noise, 0xFF for what is kept, of each byte of dynamic memory.
    kept: Vec<u8>,
    /// Objects and their properties.
    objects: Range<usize>,
    /// Global variables.
    globals: Range<usize>,
}

impl Noise {
    /// Noise of a story that waits for its first command.
    pub fn new(opening: &Machine, [objects, globals]: [Range<usize>; 2]) -> Self {
        let mut noise = Self {
            opening: opening.memory.dynamic.clone(),
            kept: vec![0xFF; opening.memory.dynamic.len()],
            objects,
            globals,
        };
        noise.forget_buffers(opening);
        noise
    }

    /// The line that is read and its words are written before they are read.
    fn forget_buffers(&mut self, machine: &Machine) {
        let Some((text, parse)) = machine.input.and_then(|input| input.line) else {
            return;
        };
        for (at, factor, head) in [(text, 1, 2), (parse, 4, 2)] {
            let (at, dynamic) = (usize::from(at), &machine.memory.dynamic);
            let room = dynamic.get(at).map_or(0, |&most| usize::from(most));
            let end = (at + head + factor * room).min(dynamic.len());
            if at != 0 && at + 1 < end {
                self.kept[at + 1..end].fill(0);
            }
        }
    }

    /// Plays what changes nothing, and sees what changes.
    pub fn forget_inert(&mut self, base: &Machine, things: &[Thing]) {
        for command in INERT {
            let names = things.iter().map(|thing| thing.name.as_str());
            let fillings = names.take(if command.contains('*') {
                things.len()
            } else {
                0
            });
            for thing in fillings.chain([""]) {
                let command = command.replace('*', thing);
                // Twice, because a first time may be special.
                let mut machine = base.clone();
                for _ in 0..2 {
                    let mut trials = Trials {
                        base: &machine,
                        spent: 0,
                    };
                    let Trial::Done(after) = trials.run(&command) else {
                        break;
                    };
                    self.forget_changes(base, &after, 0..self.kept.len());
                    machine = after;
                }
            }
        }
    }

    /// Tries commands: as long as a game has hardly begun, what they write in global variables while
    /// all objects stay as they are is the parser's.
    pub fn forget_scratch(&mut self, base: &Machine, commands: &[String]) {
        let mut trials = Trials { base, spent: 0 };
        let idle = trials.settle(base.clone());
        for command in commands {
            if trials.spent > BUDGET {
                break;
            }
            if let Trial::Done(machine) = trials.run(command) {
                let after = trials.settle(machine);
                if self.hash(&after, &self.objects) == self.hash(&idle, &self.objects) {
                    self.forget_changes(&idle, &after, self.globals.clone());
                }
            }
        }
    }

    fn forget_changes(&mut self, before: &Machine, after: &Machine, range: Range<usize>) {
        for at in range {
            if before.memory.dynamic[at] != after.memory.dynamic[at] {
                self.kept[at] = 0;
            }
        }
    }

    /// Gives a machine the noise and the random numbers of the opening, so that what it does from
    /// then on depends only on its world.
    pub fn calm(&self, machine: &mut Machine) {
        let dynamic = machine.memory.dynamic.iter_mut().zip(&self.opening);
        for ((byte, &first), &kept) in dynamic.zip(&self.kept) {
            *byte = *byte & kept | first & !kept;
        }
        machine.random = Random::new(0, false);
    }

    /// A hash of the tree of objects, their attributes and properties, and the global variables.
    pub fn world(&self, machine: &Machine) -> u128 {
        let mut hash = Xxh3::new();
        self.update(&mut hash, machine, &self.objects);
        self.update(&mut hash, machine, &self.globals);
        hash.digest128()
    }

    fn hash(&self, machine: &Machine, range: &Range<usize>) -> u128 {
        let mut hash = Xxh3::new();
        self.update(&mut hash, machine, range);
        hash.digest128()
    }

    fn update(&self, hash: &mut Xxh3, machine: &Machine, range: &Range<usize>) {
        let bytes = machine.memory.dynamic[range.clone()].chunks(CHUNK);
        for (bytes, kept) in bytes.zip(self.kept[range.clone()].chunks(CHUNK)) {
            let mut masked = [0; CHUNK];
            for ((masked, byte), kept) in masked.iter_mut().zip(bytes).zip(kept) {
                *masked = byte & kept;
            }
            hash.update(&masked);
        }
    }
}
