//! What each instruction does, by what it is about.

pub mod control;
pub mod math;
pub mod objects;
pub mod screen;
pub mod tables;
pub mod text;
pub mod variables;

use super::fault::Fault;
use super::instruction::{Instruction, Step};
use super::machine::Machine;

/// What is no instruction.
pub fn illegal(_: &mut Machine, of: &Instruction) -> Step {
    Err(Fault::Opcode(of.next).into())
}

/// The low byte of a word.
fn low(word: u16) -> u8 {
    word.to_le_bytes()[0]
}
