//! What of a story's memory is no part of its world: the clock, and what its parser writes.

use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

use crate::zmachine::machine::Machine;
use crate::zmachine::random::Random;

use super::sight::Thing;
use super::status;
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
/// Inform's compiler keeps the last seven global variables for itself.
const COMPILERS: usize = 7;
/// What all trials together may cost.
const BUDGET: u64 = 100_000_000;
/// Bytes that are hashed at once.
const CHUNK: usize = 256;

/// Which bytes are noise, and where the world is.
#[derive(Clone)]
pub(super) struct Noise {
    /// Dynamic memory as it is at the beginning.
    beginning: Vec<u8>,
    /// 0 for noise, 0xFF for what is kept, of each byte of dynamic memory.
    kept: Vec<u8>,
    /// The same for what is hashed: where an object stands among others in its place is left out.
    seen: Vec<u8>,
    /// Objects and their properties.
    objects: Range<usize>,
    /// Global variables.
    globals: Range<usize>,
}

impl Noise {
    /// Noise of a story that waits for the first command of its game.
    pub fn new(beginning: &Machine, objects: u16) -> Self {
        let memory = &beginning.memory;
        let all = vec![0xFF; memory.dynamic.len()];
        let mut seen = all.clone();
        for object in 1..=objects {
            seen[memory.order_links(object)].fill(0);
        }
        let [objects, globals] = memory.world_ranges(objects);
        let mut noise = Self {
            beginning: memory.dynamic.clone(),
            kept: all,
            seen,
            objects,
            globals,
        };
        noise.forget_buffers(beginning);
        if status::is_inform(&memory.story) {
            let end = noise.globals.end;
            noise.forget(end.saturating_sub(2 * COMPILERS)..end);
        }
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
                self.forget(at + 1..end);
            }
        }
    }

    fn forget(&mut self, range: Range<usize>) {
        self.kept[range.clone()].fill(0);
        self.seen[range].fill(0);
    }

    /// Plays what changes nothing, and sees what changes.
    pub fn forget_inert(&mut self, base: &Machine, things: &[Thing]) {
        for command in INERT {
            if command.contains('*') {
                for thing in things {
                    self.forget_repeated(base, &command.replace('*', &thing.name));
                }
            } else {
                self.forget_repeated(base, command);
            }
        }
    }

    /// Says a command twice, because a first time may be special.
    fn forget_repeated(&mut self, base: &Machine, command: &str) {
        let mut machine = base.clone();
        for _ in 0..2 {
            let Trial::Done(after) = Trials::on(&machine).run(command) else {
                return;
            };
            self.forget_changes(base, &after, 0..self.kept.len());
            machine = *after;
        }
    }

    /// Tries commands: as long as a game has hardly begun, what they write in global variables while
    /// all objects stay as they are is the parser's.
    pub fn forget_scratch(&mut self, base: &Machine, commands: &[String]) {
        let mut trials = Trials::on(base);
        let idle = trials.settle(base.clone());
        for command in commands {
            if trials.spent > BUDGET {
                break;
            }
            if let Trial::Done(machine) = trials.run(command) {
                let after = trials.settle(*machine);
                if self.objects(&after) == self.objects(&idle) {
                    self.forget_changes(&idle, &after, self.globals.clone());
                }
            }
        }
    }

    fn forget_changes(&mut self, before: &Machine, after: &Machine, range: Range<usize>) {
        for at in range {
            if before.memory.dynamic[at] != after.memory.dynamic[at] {
                (self.kept[at], self.seen[at]) = (0, 0);
            }
        }
    }

    /// Gives a machine the noise and the random numbers of the beginning, and nothing to undo, so that
    /// what it does from then on depends only on its world.
    pub fn calm(&self, machine: &mut Machine) {
        let dynamic = machine.memory.dynamic.iter_mut().zip(&self.beginning);
        for ((byte, &first), &kept) in dynamic.zip(&self.kept) {
            *byte = *byte & kept | first & !kept;
        }
        machine.random = Random::new(0, false);
        machine.undo.clear();
    }

    /// A hash of the tree of objects, their attributes and properties, and the global variables.
    pub fn world(&self, machine: &Machine) -> u128 {
        let mut hash = Xxh3::new();
        self.update(&mut hash, machine, &self.objects);
        self.update(&mut hash, machine, &self.globals);
        hash.digest128()
    }

    /// A hash of the objects alone.
    pub fn objects(&self, machine: &Machine) -> u128 {
        let mut hash = Xxh3::new();
        self.update(&mut hash, machine, &self.objects);
        hash.digest128()
    }

    fn update(&self, hash: &mut Xxh3, machine: &Machine, range: &Range<usize>) {
        let bytes = machine.memory.dynamic[range.clone()].chunks(CHUNK);
        for (bytes, seen) in bytes.zip(self.seen[range.clone()].chunks(CHUNK)) {
            let mut masked = [0; CHUNK];
            for ((masked, byte), seen) in masked.iter_mut().zip(bytes).zip(seen) {
                *masked = byte & seen;
            }
            hash.update(&masked);
        }
    }
}
