//! The machine: runs a story until it waits for input, is over, or breaks a rule.

use std::sync::Arc;

use super::fault::{Fault, Halt};
use super::instruction::{CONSTANT, GLOBAL, Instruction, LOCAL, Step, decode};
use super::memory::Memory;
use super::output::Output;
use super::random::Random;
use super::story::Story;
use super::undo::Undo;

/// What a turn may cost: an instruction costs 1, and long ones as much more as they do.
pub const BUDGET: u64 = 20_000_000;
/// Values on the stack, of all routines together.
pub(super) const MOST_VALUES: usize = 1 << 14;
/// Routines that have called each other.
pub(super) const MOST_FRAMES: usize = 1 << 11;

/// A routine that runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// Local variables 1 to 15; 0 is unused.
    pub locals: [u16; 16],
    /// Where its caller goes on.
    pub back: u32,
    /// How many values its callers have on the stack.
    pub base: u16,
    /// The variable of its caller for its result, or none.
    pub store: Option<u8>,
    /// How many arguments it was given.
    pub given: u8,
}

/// What a story waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Input {
    /// The buffers for the line and its words, or none for a key.
    pub line: Option<(u16, u16)>,
    /// The variable for what ended the line, or for the key.
    pub store: u8,
}

/// A story that is being played.
#[derive(Clone)]
pub struct Machine {
    pub(super) memory: Memory,
    pub(super) stack: Vec<u16>,
    /// The callers of `frame`.
    pub(super) frames: Vec<Frame>,
    pub(super) frame: Frame,
    pub(super) pc: u32,
    pub(super) input: Option<Input>,
    pub(super) output: Output,
    pub(super) random: Random,
    pub(super) undo: Undo,
    /// What stopped it for good.
    pub(super) over: Option<Halt>,
    pub(super) budget: u64,
    /// Codes on their way to the output.
    pub(super) codes: Vec<u8>,
}

impl Machine {
    /// A story before its first instruction. With `frotz` its random numbers are those that the
    /// interpreter Frotz draws from this seed.
    #[must_use]
    pub fn new(story: Arc<Story>, seed: u64, frotz: bool) -> Self {
        let pc = story.start;
        Self {
            memory: Memory::new(story),
            stack: Vec::new(),
            frames: Vec::new(),
            frame: Frame::default(),
            pc,
            input: None,
            output: Output::new(),
            random: Random::new(seed, frotz),
            undo: Undo::default(),
            over: None,
            budget: 0,
            codes: Vec::new(),
        }
    }

    /// Runs until the story halts, for `budget` instructions at most. A story that waits for input
    /// that it was not given goes on waiting, and one that is over stays so.
    pub fn run(&mut self, budget: u64) -> Halt {
        if let Some(halt) = self.over {
            return halt;
        }
        if let Some(input) = self.input {
            return if input.line.is_some() {
                Halt::Line
            } else {
                Halt::Key
            };
        }
        self.budget = budget;
        let story = Arc::clone(&self.memory.story);
        let mut pc = self.pc;
        let halt = loop {
            let step = match (self.budget.checked_sub(1), story.instruction(pc)) {
                (None, _) => Err(Fault::Budget.into()),
                (Some(left), Some(instruction)) => {
                    self.budget = left;
                    (instruction.run)(self, instruction)
                }
                (Some(left), None) => {
                    self.budget = left;
                    self.run_from_dynamic(pc)
                }
            };
            match step {
                Ok(next) => pc = next,
                Err(halt) => break halt,
            }
        };
        if matches!(halt, Halt::Quit | Halt::Fault(_)) {
            self.over = Some(halt);
        }
        halt
    }

    /// An instruction that the story may have written itself.
    fn run_from_dynamic(&mut self, pc: u32) -> Step {
        let layout = self.memory.story.layout();
        let read = |at| self.memory.byte(at).ok();
        let instruction = decode(read, pc as usize, layout);
        (instruction.run)(self, &instruction)
    }

    /// What was printed since the last call.
    pub fn take_text(&mut self) -> String {
        std::mem::take(&mut self.output.text)
    }

    /// Takes what long instructions cost beside themselves.
    pub(super) fn spend(&mut self, cost: usize) -> Result<(), Fault> {
        self.budget = self.budget.checked_sub(cost as u64).ok_or(Fault::Budget)?;
        Ok(())
    }

    /// The value of operand `position`; 0 if it is not given.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "the position is known where it is called"
    )]
    pub(super) fn operand(&mut self, of: &Instruction, position: usize) -> Result<u16, Fault> {
        let value = of.values[position];
        match of.kinds >> (2 * position) & 3 {
            CONSTANT => Ok(value),
            LOCAL => Ok(self.frame.locals[usize::from(value) & 15]),
            GLOBAL => self.memory.word(value.into()),
            _ => self.pop(),
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `operand`")]
    pub(super) fn operands(&mut self, of: &Instruction) -> Result<(u16, u16), Fault> {
        Ok((self.operand(of, 0)?, self.operand(of, 1)?))
    }

    /// All operands, with 0 for those that are not given.
    pub(super) fn all(&mut self, of: &Instruction) -> Result<[u16; 8], Fault> {
        let mut values = [0; 8];
        for (position, value) in values.iter_mut().enumerate().take(of.count.into()) {
            *value = self.operand(of, position)?;
        }
        Ok(values)
    }

    /// Gives the result of an instruction to its variable, and goes on after it.
    #[inline]
    pub(super) fn result(&mut self, of: &Instruction, value: u16) -> Step {
        self.set(of.store, value)?;
        Ok(of.next)
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Result<u16, Fault> {
        if self.stack.len() > usize::from(self.frame.base)
            && let Some(value) = self.stack.pop()
        {
            return Ok(value);
        }
        Err(Fault::EmptyStack)
    }

    #[inline]
    pub(super) fn push(&mut self, value: u16) -> Result<(), Fault> {
        if self.stack.len() >= MOST_VALUES {
            return Err(Fault::FullStack);
        }
        self.stack.push(value);
        Ok(())
    }

    fn global(&self, variable: u8) -> usize {
        self.memory.story.globals + 2 * (usize::from(variable) - 16)
    }

    /// Writes a variable, 0 being the stack, onto which it is pushed.
    #[inline]
    pub(super) fn set(&mut self, variable: u8, value: u16) -> Result<(), Fault> {
        match variable {
            0 => self.push(value),
            1..=15 => {
                self.frame.locals[usize::from(variable)] = value;
                Ok(())
            }
            _ => self.memory.set_word(self.global(variable), value),
        }
    }

    /// Reads a variable in place: the value on top of the stack stays there.
    pub(super) fn peek(&self, variable: u8) -> Result<u16, Fault> {
        match variable {
            0 if self.stack.len() > usize::from(self.frame.base) => {
                self.stack.last().copied().ok_or(Fault::EmptyStack)
            }
            0 => Err(Fault::EmptyStack),
            1..=15 => Ok(self.frame.locals[usize::from(variable)]),
            _ => self.memory.word(self.global(variable)),
        }
    }

    /// Writes a variable in place: the value on top of the stack gives way.
    pub(super) fn poke(&mut self, variable: u8, value: u16) -> Result<(), Fault> {
        if variable == 0 {
            self.pop()?;
        }
        self.set(variable, value)
    }
}
