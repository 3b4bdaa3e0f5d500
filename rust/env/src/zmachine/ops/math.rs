//! Arithmetic and logic on words, which wrap around.

use crate::zmachine::fault::Fault;
use crate::zmachine::instruction::{Instruction, Step};
use crate::zmachine::machine::Machine;

/// Defines instructions that compute a word from two.
macro_rules! compute {
    ($($name:ident = |$a:ident, $b:ident| $value:expr;)*) => {
        $(pub fn $name(machine: &mut Machine, of: &Instruction) -> Step {
            let ($a, $b) = machine.operands(of)?;
            machine.result(of, $value)
        })*
    };
}

compute! {
    or = |a, b| a | b;
    and = |a, b| a & b;
    add = |a, b| a.wrapping_add(b);
    sub = |a, b| a.wrapping_sub(b);
    mul = |a, b| a.wrapping_mul(b);
    log_shift = |number, places| logical(number, places.cast_signed());
    art_shift = |number, places| arithmetic(number.cast_signed(), places.cast_signed()).cast_unsigned();
}

pub fn not(machine: &mut Machine, of: &Instruction) -> Step {
    let word = machine.operand(of, 0)?;
    machine.result(of, !word)
}

pub fn div(machine: &mut Machine, of: &Instruction) -> Step {
    divided(machine, of, i16::wrapping_div)
}

pub fn modulo(machine: &mut Machine, of: &Instruction) -> Step {
    divided(machine, of, i16::wrapping_rem)
}

fn divided(machine: &mut Machine, of: &Instruction, by: fn(i16, i16) -> i16) -> Step {
    let (a, b) = machine.operands(of)?;
    if b == 0 {
        return Err(Fault::Division.into());
    }
    machine.result(of, by(a.cast_signed(), b.cast_signed()).cast_unsigned())
}

/// To the left by a positive number of places; nothing is left after sixteen.
fn logical(number: u16, places: i16) -> u16 {
    let by = places.unsigned_abs().into();
    let shifted = if places >= 0 {
        number.checked_shl(by)
    } else {
        number.checked_shr(by)
    };
    shifted.unwrap_or(0)
}

/// The same with the sign moved in from the left.
fn arithmetic(number: i16, places: i16) -> i16 {
    let by = u32::from(places.unsigned_abs());
    if places >= 0 {
        number.checked_shl(by).unwrap_or(0)
    } else {
        number >> by.min(15)
    }
}

pub fn random(machine: &mut Machine, of: &Instruction) -> Step {
    let range = machine.operand(of, 0)?.cast_signed();
    let drawn = if range > 0 {
        machine.random.below(range.unsigned_abs())
    } else {
        machine.random.seed(range.unsigned_abs());
        0
    };
    machine.result(of, drawn)
}
