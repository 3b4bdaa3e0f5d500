//! Printing and reading.

use crate::zmachine::fault::{Fault, Halt};
use crate::zmachine::instruction::{Instruction, Step};
use crate::zmachine::machine::{Input, Machine};
use crate::zmachine::zscii::{NEW_LINE, UNKNOWN};

impl Machine {
    /// Prints codes.
    fn print(&mut self, codes: &[u8]) -> Result<(), Fault> {
        self.spend(codes.len())?;
        self.output.print(codes, &mut self.memory)
    }

    /// Prints the text at an address, and gives the address after it.
    fn print_text(&mut self, at: usize) -> Result<usize, Fault> {
        let mut codes = std::mem::take(&mut self.codes);
        codes.clear();
        let end = self.memory.decode(at, &mut codes)?;
        self.spend((end - at) / 2)?;
        self.print(&codes)?;
        self.codes = codes;
        Ok(end)
    }
}

pub fn print(machine: &mut Machine, of: &Instruction) -> Step {
    let end = machine.print_text(of.next as usize)?;
    u32::try_from(end).map_err(|_| Fault::Read(u32::MAX).into())
}

pub fn print_ret(machine: &mut Machine, of: &Instruction) -> Step {
    machine.print_text(of.next as usize)?;
    machine.print(&[NEW_LINE])?;
    machine.give_back(1)
}

pub fn new_line(machine: &mut Machine, of: &Instruction) -> Step {
    machine.print(&[NEW_LINE])?;
    Ok(of.next)
}

pub fn print_addr(machine: &mut Machine, of: &Instruction) -> Step {
    let at = machine.operand(of, 0)?;
    machine.print_text(at.into())?;
    Ok(of.next)
}

pub fn print_paddr(machine: &mut Machine, of: &Instruction) -> Step {
    let packed = machine.operand(of, 0)?;
    machine.print_text(machine.memory.story.unpack(packed))?;
    Ok(of.next)
}

pub fn print_obj(machine: &mut Machine, of: &Instruction) -> Step {
    let object = machine.operand(of, 0)?;
    if object != 0 {
        let at = machine.memory.name_at(object)?;
        machine.print_text(at)?;
    }
    Ok(of.next)
}

pub fn print_char(machine: &mut Machine, of: &Instruction) -> Step {
    let code = machine.operand(of, 0)?;
    machine.print(&[u8::try_from(code).unwrap_or(UNKNOWN)])?;
    Ok(of.next)
}

pub fn print_num(machine: &mut Machine, of: &Instruction) -> Step {
    let number = machine.operand(of, 0)?.cast_signed();
    machine.print(number.to_string().as_bytes())?;
    Ok(of.next)
}

pub fn print_unicode(machine: &mut Machine, of: &Instruction) -> Step {
    let code = machine.operand(of, 0)?;
    let character = char::from_u32(code.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
    machine
        .output
        .print_unicode(character, &mut machine.memory)?;
    Ok(of.next)
}

/// Whether a character can be printed (1) and read as well (2).
pub fn check_unicode(machine: &mut Machine, of: &Instruction) -> Step {
    let code = machine.operand(of, 0)?;
    let known = match char::from_u32(code.into()) {
        None => 0,
        Some(character) if character.is_control() => 0,
        Some(character) => match machine.memory.story.characters.code(character) {
            Some(_) => 3,
            None => 1,
        },
    };
    machine.result(of, known)
}

/// Prints a rectangle of codes, line by line.
pub fn print_table(machine: &mut Machine, of: &Instruction) -> Step {
    let [table, width, height, skip, ..] = machine.all(of)?;
    let height = if of.count > 2 { height } else { 1 };
    for row in 0..height {
        if row > 0 {
            machine.print(&[NEW_LINE])?;
        }
        let from = table.wrapping_add(row.wrapping_mul(width.wrapping_add(skip)));
        for column in 0..width {
            let code = machine.memory.byte(from.wrapping_add(column).into())?;
            machine.print(&[code])?;
        }
    }
    Ok(of.next)
}

pub fn read(machine: &mut Machine, of: &Instruction) -> Step {
    let [text, parse, ..] = machine.all(of)?;
    wait(machine, of, Some((text, parse)), Halt::Line)
}

pub fn read_char(machine: &mut Machine, of: &Instruction) -> Step {
    machine.all(of)?;
    wait(machine, of, None, Halt::Key)
}

/// Stands still until there is input, and then goes on after the instruction.
fn wait(machine: &mut Machine, of: &Instruction, line: Option<(u16, u16)>, halt: Halt) -> Step {
    let store = of.store;
    machine.input = Some(Input { line, store });
    machine.pc = of.next;
    Err(halt)
}

pub fn tokenise(machine: &mut Machine, of: &Instruction) -> Step {
    let [text, parse, dictionary, keep, ..] = machine.all(of)?;
    let memory = &mut machine.memory;
    let begin = usize::from(text) + 2;
    let length = usize::from(memory.byte(begin - 1)?);
    let line = bytes(machine, begin, length)?;
    let dictionary = match dictionary {
        0 => machine.memory.story.dictionary,
        other => other.into(),
    };
    let work = machine
        .memory
        .tokenise(&line, 2, parse.into(), dictionary, keep != 0)?;
    machine.spend(work)?;
    Ok(of.next)
}

pub fn encode_text(machine: &mut Machine, of: &Instruction) -> Step {
    let [text, length, from, to, ..] = machine.all(of)?;
    // A dictionary holds nine letters at most.
    let word = bytes(
        machine,
        usize::from(text) + usize::from(from),
        length.min(9).into(),
    )?;
    let encoded = machine.memory.encode(&word);
    for (index, &part) in encoded.iter().enumerate() {
        machine.memory.set_word(usize::from(to) + 2 * index, part)?;
    }
    Ok(of.next)
}

fn bytes(machine: &Machine, from: usize, length: usize) -> Result<Vec<u8>, Fault> {
    (from..from + length)
        .map(|at| machine.memory.byte(at))
        .collect()
}
