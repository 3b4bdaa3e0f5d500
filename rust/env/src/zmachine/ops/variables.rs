//! Variables that are named by number, and the stack.

use super::low;
use crate::zmachine::fault::Fault;
use crate::zmachine::instruction::{Instruction, Step};
use crate::zmachine::machine::Machine;

pub fn store(machine: &mut Machine, of: &Instruction) -> Step {
    let (variable, value) = machine.operands(of)?;
    machine.poke(low(variable), value)?;
    Ok(of.next)
}

pub fn load(machine: &mut Machine, of: &Instruction) -> Step {
    let variable = machine.operand(of, 0)?;
    let value = machine.peek(low(variable))?;
    machine.result(of, value)
}

/// Adds to a variable, and gives what it is then.
#[inline]
fn change(machine: &mut Machine, variable: u16, by: u16) -> Result<u16, Fault> {
    let changed = machine.peek(low(variable))?.wrapping_add(by);
    machine.poke(low(variable), changed)?;
    Ok(changed)
}

pub fn inc(machine: &mut Machine, of: &Instruction) -> Step {
    let variable = machine.operand(of, 0)?;
    change(machine, variable, 1)?;
    Ok(of.next)
}

pub fn dec(machine: &mut Machine, of: &Instruction) -> Step {
    let variable = machine.operand(of, 0)?;
    change(machine, variable, u16::MAX)?;
    Ok(of.next)
}

pub fn inc_chk(machine: &mut Machine, of: &Instruction) -> Step {
    let (variable, bound) = machine.operands(of)?;
    let changed = change(machine, variable, 1)?;
    machine.branch(of, changed.cast_signed() > bound.cast_signed())
}

pub fn dec_chk(machine: &mut Machine, of: &Instruction) -> Step {
    let (variable, bound) = machine.operands(of)?;
    let changed = change(machine, variable, u16::MAX)?;
    machine.branch(of, changed.cast_signed() < bound.cast_signed())
}

pub fn push(machine: &mut Machine, of: &Instruction) -> Step {
    let value = machine.operand(of, 0)?;
    machine.push(value)?;
    Ok(of.next)
}

pub fn pull(machine: &mut Machine, of: &Instruction) -> Step {
    let variable = machine.operand(of, 0)?;
    let value = machine.pop()?;
    machine.poke(low(variable), value)?;
    Ok(of.next)
}

pub fn pop(machine: &mut Machine, of: &Instruction) -> Step {
    machine.pop()?;
    Ok(of.next)
}
