//! Where a story stands between two turns.

use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::xxh3_128;

use crate::zmachine::fault::Halt;
use crate::zmachine::machine::Machine;
use crate::zmachine::random::Random;

/// A machine that waits for a line or is over, without its random numbers. It never changes, so that
/// any number of episodes can stand in the same one.
pub(super) struct World {
    /// What the machine is made of again.
    pub image: Vec<u8>,
    pub digest: u128,
    pub score: i32,
    pub over: bool,
    /// What an agent is shown of it beside the text.
    pub paper: OnceLock<Paper>,
}

/// As it is looked at.
pub(super) struct Paper {
    pub look: String,
    pub inventory: String,
    pub actions: Arc<[String]>,
}

impl World {
    /// Of a machine whose text has been taken.
    pub fn new(machine: &Machine, score: i32) -> Self {
        let image = machine.image();
        Self {
            digest: Self::digest(&image),
            image,
            score,
            over: matches!(machine.over, Some(Halt::Quit | Halt::Fault(_))),
            paper: OnceLock::new(),
        }
    }

    pub fn digest(image: &[u8]) -> u128 {
        xxh3_128(image)
    }

    /// Whether the other is the same in everything that is told of it.
    pub fn same(&self, other: &Self) -> bool {
        self.image == other.image && self.score == other.score && self.over == other.over
    }
}

/// An episode. Copies share their world.
#[derive(Clone)]
pub struct State {
    pub(super) turn: u32,
    pub(super) random: Random,
    pub(super) world: Arc<World>,
}

/// What saying a line in a world has led to.
pub(super) struct Turn {
    pub world: Arc<World>,
    pub text: String,
    pub terminated: bool,
    pub win: bool,
    pub invalid: bool,
}
