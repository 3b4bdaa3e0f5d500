//! What concerns a screen, of which there is little, and files, of which there are none.

use crate::zmachine::instruction::{Instruction, Step};
use crate::zmachine::machine::Machine;

/// What does nothing here.
pub fn ignored(machine: &mut Machine, of: &Instruction) -> Step {
    machine.all(of)?;
    Ok(of.next)
}

/// What fails here.
pub fn zero(machine: &mut Machine, of: &Instruction) -> Step {
    machine.all(of)?;
    machine.result(of, 0)
}

pub fn set_window(machine: &mut Machine, of: &Instruction) -> Step {
    machine.output.upper = machine.operand(of, 0)? != 0;
    Ok(of.next)
}

/// The cursor is always at the top left.
pub fn get_cursor(machine: &mut Machine, of: &Instruction) -> Step {
    let at = usize::from(machine.operand(of, 0)?);
    machine.memory.set_word(at, 1)?;
    machine.memory.set_word(at + 2, 1)?;
    Ok(of.next)
}

pub fn output_stream(machine: &mut Machine, of: &Instruction) -> Step {
    let (stream, table) = machine.operands(of)?;
    machine
        .output
        .select(stream.cast_signed(), table, &mut machine.memory)?;
    Ok(of.next)
}
