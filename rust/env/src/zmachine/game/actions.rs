//! The commands that change a story's world, found by trying them.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_128;

use crate::zmachine::machine::Machine;

use super::candidates::candidates;
use super::guide::Guide;
use super::trial::{Trial, Trials};

/// What all trials in one world together may cost.
const BUDGET: u64 = 200_000_000;
/// What nobody would call a change. A world in which time passes changes by these too.
const IDLE: [&str; 3] = ["wait", "look", "inventory"];

/// Of all candidates those that change more than waiting does, without those that do the same as one
/// before them; `look` is how the place is described.
///
/// `base` has the clock and the random numbers of the opening, so that the list is a function of the
/// world alone.
pub(super) fn valid(guide: &Guide, base: &Machine, look: &str) -> Vec<String> {
    if base.input.is_none_or(|input| input.line.is_none()) {
        return Vec::new();
    }
    let mut trials = Trials::on(base);
    let before = guide.noise().world(base);
    let mut seen = HashSet::new();
    let untouched = trials.settle(base.clone());
    seen.insert(guide.noise().world(&untouched));
    for command in IDLE {
        if let Trial::Done(machine) = trials.run(command) {
            seen.insert(guide.noise().world(&trials.settle(*machine)));
        }
    }
    let things = guide.things(base, look);
    let mut found = Vec::new();
    for command in candidates(&guide.vocabulary, &guide.sentences, &things) {
        if trials.spent > BUDGET {
            break;
        }
        let effect = match trials.run(&command) {
            Trial::Done(machine)
                if guide.noise().world(&machine) == before || guide.is_idle(base, &machine) =>
            {
                continue;
            }
            Trial::Done(machine) => guide.noise().world(&trials.settle(*machine)),
            // Two ends are one if they are told alike.
            Trial::Ended(text) => xxh3_128(text.as_bytes()),
            Trial::Stuck => continue,
        };
        if seen.insert(effect) {
            found.push(command);
        }
    }
    found
}
