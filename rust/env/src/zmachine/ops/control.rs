//! Branches, calls and returns, and what concerns the story as a whole.

use std::mem::replace;

use crate::zmachine::fault::{Fault, Halt};
use crate::zmachine::instruction::{Instruction, Step};
use crate::zmachine::machine::{Frame, MOST_FRAMES, Machine};
use crate::zmachine::memory::{Memory, short};
use crate::zmachine::output::Output;

impl Machine {
    /// Goes where the instruction branches to if the condition is what it asks for.
    #[inline]
    pub(in crate::zmachine) fn branch(&mut self, of: &Instruction, condition: bool) -> Step {
        if condition != of.branch_on {
            Ok(of.next)
        } else if of.target > 1 {
            Ok(of.target)
        } else {
            self.give_back(u16::from(of.target == 1))
        }
    }

    /// Returns from the routine that runs.
    #[inline]
    pub(in crate::zmachine) fn give_back(&mut self, value: u16) -> Step {
        let caller = self.frames.pop().ok_or(Fault::Frame)?;
        let Frame {
            back, base, store, ..
        } = replace(&mut self.frame, caller);
        self.stack.truncate(base.into());
        if let Some(variable) = store {
            self.set(variable, value)?;
        }
        Ok(back)
    }

    /// Calls the routine that the first operand names, with the others as its arguments.
    #[inline]
    fn call(&mut self, of: &Instruction, store: Option<u8>) -> Step {
        let packed = self.operand(of, 0)?;
        let mut locals = [0; 16];
        for position in 1..usize::from(of.count) {
            locals[position & 15] = self.operand(of, position)?;
        }
        if packed == 0 {
            if let Some(variable) = store {
                self.set(variable, 0)?;
            }
            return Ok(of.next);
        }
        if self.frames.len() >= MOST_FRAMES {
            return Err(Fault::FullStack.into());
        }
        let at = self.memory.story.unpack(packed);
        let count = usize::from(self.memory.byte(at)?);
        if count > 15 {
            return Err(Fault::Opcode(short(at)).into());
        }
        // An argument for which there is no variable is lost.
        for local in locals.iter_mut().take(8).skip(count + 1) {
            *local = 0;
        }
        let given = of.count.saturating_sub(1);
        let mut first = at + 1;
        if self.memory.story.version <= 4 {
            // Initial values, of which arguments take the place.
            let others = locals.iter_mut().enumerate().take(count + 1);
            for (position, local) in others.skip(1 + usize::from(given)) {
                *local = self.memory.word(first + 2 * (position - 1))?;
            }
            first += 2 * count;
        }
        let frame = Frame {
            locals,
            back: of.next,
            base: u16::try_from(self.stack.len()).map_err(|_| Fault::FullStack)?,
            store,
            given,
        };
        self.frames.push(replace(&mut self.frame, frame));
        Ok(short(first))
    }
}

pub fn call_stored(machine: &mut Machine, of: &Instruction) -> Step {
    machine.call(of, Some(of.store))
}

pub fn call_plain(machine: &mut Machine, of: &Instruction) -> Step {
    machine.call(of, None)
}

pub fn ret(machine: &mut Machine, of: &Instruction) -> Step {
    let value = machine.operand(of, 0)?;
    machine.give_back(value)
}

pub fn rtrue(machine: &mut Machine, _: &Instruction) -> Step {
    machine.give_back(1)
}

pub fn rfalse(machine: &mut Machine, _: &Instruction) -> Step {
    machine.give_back(0)
}

pub fn ret_popped(machine: &mut Machine, _: &Instruction) -> Step {
    let value = machine.pop()?;
    machine.give_back(value)
}

pub fn catch(machine: &mut Machine, of: &Instruction) -> Step {
    let depth = u16::try_from(machine.frames.len()).unwrap_or(u16::MAX);
    machine.result(of, depth)
}

pub fn throw(machine: &mut Machine, of: &Instruction) -> Step {
    let (value, depth) = machine.operands(of)?;
    let depth = usize::from(depth);
    if let Some(&frame) = machine.frames.get(depth) {
        machine.frame = frame;
        machine.frames.truncate(depth);
    } else if depth != machine.frames.len() {
        return Err(Fault::Frame.into());
    }
    machine.give_back(value)
}

pub fn jump(machine: &mut Machine, of: &Instruction) -> Step {
    let offset = i32::from(machine.operand(of, 0)?.cast_signed());
    Ok(of.next.wrapping_add_signed(offset - 2))
}

pub fn jz(machine: &mut Machine, of: &Instruction) -> Step {
    let value = machine.operand(of, 0)?;
    machine.branch(of, value == 0)
}

/// Whether the first operand is one of the others.
pub fn je(machine: &mut Machine, of: &Instruction) -> Step {
    let (value, first) = machine.operands(of)?;
    let mut equal = of.count > 1 && value == first;
    for position in 2..usize::from(of.count) {
        equal |= machine.operand(of, position & 7)? == value;
    }
    machine.branch(of, equal)
}

pub fn jl(machine: &mut Machine, of: &Instruction) -> Step {
    let (a, b) = machine.operands(of)?;
    machine.branch(of, a.cast_signed() < b.cast_signed())
}

pub fn jg(machine: &mut Machine, of: &Instruction) -> Step {
    let (a, b) = machine.operands(of)?;
    machine.branch(of, a.cast_signed() > b.cast_signed())
}

pub fn test(machine: &mut Machine, of: &Instruction) -> Step {
    let (bitmap, flags) = machine.operands(of)?;
    machine.branch(of, bitmap & flags == flags)
}

pub fn check_arg_count(machine: &mut Machine, of: &Instruction) -> Step {
    let number = machine.operand(of, 0)?;
    machine.branch(of, number <= machine.frame.given.into())
}

pub fn verify(machine: &mut Machine, of: &Instruction) -> Step {
    let intact = machine.memory.story.intact;
    machine.branch(of, intact)
}

/// What always holds, such as that a copy of a story is genuine.
pub fn always(machine: &mut Machine, of: &Instruction) -> Step {
    machine.branch(of, true)
}

/// What never works, such as to save to a file.
pub fn never(machine: &mut Machine, of: &Instruction) -> Step {
    machine.branch(of, false)
}

pub fn save_undo(machine: &mut Machine, of: &Instruction) -> Step {
    let (values, bytes) = (machine.stack.len(), machine.memory.dynamic.len());
    machine.spend((values + bytes) / 64)?;
    machine.save(of);
    machine.result(of, 1)
}

pub fn restore_undo(machine: &mut Machine, of: &Instruction) -> Step {
    match machine.restore()? {
        Some(next) => Ok(next),
        None => machine.result(of, 0),
    }
}

/// Begins anew; only what the story has told of printing is kept.
pub fn restart(machine: &mut Machine, _: &Instruction) -> Step {
    machine.spend(machine.memory.dynamic.len() / 64)?;
    let story = machine.memory.story.clone();
    let (flags, start) = (machine.memory.dynamic[0x11] & 3, story.start);
    machine.memory = Memory::new(story);
    machine.memory.dynamic[0x11] |= flags;
    machine.stack.clear();
    machine.frames.clear();
    machine.frame = Frame::default();
    let text = std::mem::take(&mut machine.output.text);
    machine.output = Output {
        text,
        ..Output::new()
    };
    Ok(start)
}

pub fn quit(_: &mut Machine, _: &Instruction) -> Step {
    Err(Halt::Quit)
}
