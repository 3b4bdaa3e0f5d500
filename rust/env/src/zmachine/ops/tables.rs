//! Bytes and words of memory, one by one and in tables.

use super::low;
use crate::zmachine::instruction::{Instruction, Step};
use crate::zmachine::machine::Machine;

/// The address of byte `index` of a table; addresses wrap around.
fn byte_of(table: u16, index: u16) -> usize {
    table.wrapping_add(index).into()
}

fn word_of(table: u16, index: u16) -> usize {
    table.wrapping_add(index.wrapping_mul(2)).into()
}

pub fn loadw(machine: &mut Machine, of: &Instruction) -> Step {
    let (table, index) = machine.operands(of)?;
    let word = machine.memory.word(word_of(table, index))?;
    machine.result(of, word)
}

pub fn loadb(machine: &mut Machine, of: &Instruction) -> Step {
    let (table, index) = machine.operands(of)?;
    let byte = machine.memory.byte(byte_of(table, index))?;
    machine.result(of, byte.into())
}

pub fn storew(machine: &mut Machine, of: &Instruction) -> Step {
    let [table, index, value, ..] = machine.all(of)?;
    machine.memory.set_word(word_of(table, index), value)?;
    Ok(of.next)
}

pub fn storeb(machine: &mut Machine, of: &Instruction) -> Step {
    let [table, index, value, ..] = machine.all(of)?;
    machine.memory.set_byte(byte_of(table, index), low(value))?;
    Ok(of.next)
}

/// Finds a word or a byte in a table whose fields are as long as the form tells.
pub fn scan_table(machine: &mut Machine, of: &Instruction) -> Step {
    let [value, table, length, form, ..] = machine.all(of)?;
    let form = if of.count > 3 { form } else { 0x82 };
    machine.spend(length.into())?;
    let mut found = 0;
    for index in 0..length {
        let at = table.wrapping_add(index.wrapping_mul(form & 0x7F));
        let field = if form & 0x80 == 0 {
            machine.memory.byte(at.into())?.into()
        } else {
            machine.memory.word(at.into())?
        };
        if field == value {
            found = at;
            break;
        }
    }
    machine.set(of.store, found)?;
    machine.branch(of, found != 0)
}

/// Copies a table, or fills it with zeros if it is to be copied to 0. A negative size asks for a
/// copy from front to back even where the tables overlap.
pub fn copy_table(machine: &mut Machine, of: &Instruction) -> Step {
    let [from, to, size, ..] = machine.all(of)?;
    let forwards = size.cast_signed() < 0 || to < from;
    let size = size.cast_signed().unsigned_abs();
    machine.spend(size.into())?;
    let copy = |machine: &mut Machine, index: u16| {
        let byte = if to == 0 {
            0
        } else {
            machine.memory.byte(byte_of(from, index))?
        };
        let table = if to == 0 { from } else { to };
        machine.memory.set_byte(byte_of(table, index), byte)
    };
    if forwards {
        (0..size).try_for_each(|index| copy(machine, index))?;
    } else {
        (0..size).rev().try_for_each(|index| copy(machine, index))?;
    }
    Ok(of.next)
}
