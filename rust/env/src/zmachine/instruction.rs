//! Instructions, decoded once for every address.

use super::fault::Halt;
use super::machine::Machine;
use super::opcodes::{Form, opcode};
use super::ops::illegal;

/// What is done: the address of the next instruction, or why there is none.
pub(super) type Step = Result<u32, Halt>;
/// Carries out an instruction.
pub(super) type Handler = fn(&mut Machine, &Instruction) -> Step;

/// What decoding has to know of a story.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub version: u8,
    pub globals: usize,
}

/// Kinds of operands, two bits each.
pub(super) const CONSTANT: u16 = 0;
pub(super) const LOCAL: u16 = 1;
pub(super) const GLOBAL: u16 = 2;
pub(super) const STACK: u16 = 3;

/// One instruction; operands that are not given are the constant 0.
#[derive(Clone, Copy)]
pub(super) struct Instruction {
    pub run: Handler,
    /// The address after it: of its text, if it has one.
    pub next: u32,
    /// Where a branch leads; 0 and 1 return false and true.
    pub target: u32,
    /// A constant, the number of a local variable, or the address of a global one.
    pub values: [u16; 8],
    /// The kind of operand `n` is in bits `2n` and `2n + 1`.
    pub kinds: u16,
    /// How many operands there are.
    pub count: u8,
    /// The variable for the result.
    pub store: u8,
    /// The condition under which it branches.
    pub branch_on: bool,
}

/// The instruction at `at`; what is none gives one that faults.
pub(super) fn decode(read: impl Fn(usize) -> Option<u8>, at: usize, layout: Layout) -> Instruction {
    let mut instruction = Instruction {
        run: illegal,
        next: u32::try_from(at).unwrap_or(u32::MAX),
        target: 0,
        values: [0; 8],
        kinds: 0,
        count: 0,
        store: 0,
        branch_on: false,
    };
    let begun = instruction;
    let mut bytes = Bytes { read, at };
    match bytes.instruction(&mut instruction, layout) {
        Some(()) => instruction,
        None => begun,
    }
}

struct Bytes<R> {
    read: R,
    at: usize,
}

impl<R: Fn(usize) -> Option<u8>> Bytes<R> {
    fn byte(&mut self) -> Option<u8> {
        let byte = (self.read)(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn instruction(&mut self, into: &mut Instruction, layout: Layout) -> Option<()> {
        let first = self.byte()?;
        let (form, number, types) = match first {
            0xBE if layout.version >= 5 => (Form::Extended, self.byte()?, None),
            0xC0..=0xDF => (Form::Two, first & 31, None),
            0xE0..=0xFF => (Form::Variable, first & 31, None),
            0xB0..=0xBF => (Form::Zero, first & 15, Some([3, 3])),
            0x80..=0xAF => (Form::One, first & 15, Some([first >> 4 & 3, 3])),
            _ => {
                let kind = |bit: u8| if first & bit == 0 { 1 } else { 2 };
                (Form::Two, first & 31, Some([kind(0x40), kind(0x20)]))
            }
        };
        let opcode = opcode(form, number, layout.version)?;
        match types {
            Some(types) => {
                for kind in types {
                    self.operand(kind, into, layout)?;
                }
            }
            None => self.operands(form, number, into, layout)?,
        }
        if opcode.stores {
            into.store = self.byte()?;
        }
        if opcode.branches {
            self.branch(into)?;
        }
        into.next = u32::try_from(self.at).ok()?;
        into.run = opcode.handler;
        Some(())
    }

    /// Operands whose types are in one byte, or in two if there can be eight of them.
    fn operands(
        &mut self,
        form: Form,
        number: u8,
        into: &mut Instruction,
        layout: Layout,
    ) -> Option<()> {
        let eight = form == Form::Variable && matches!(number, 12 | 26);
        let high = self.byte()?;
        let low = if eight { self.byte()? } else { 0xFF };
        let types = u16::from_be_bytes([high, low]);
        for position in (0..8).rev() {
            let kind = types >> (2 * position) & 3;
            if kind == 3 {
                break;
            }
            self.operand(u8::try_from(kind).ok()?, into, layout)?;
        }
        Some(())
    }

    /// One operand: of type 0 a large constant, 1 a small one, 2 a variable, 3 none.
    fn operand(&mut self, kind: u8, into: &mut Instruction, layout: Layout) -> Option<()> {
        let (kind, value) = match kind {
            0 => (CONSTANT, u16::from_be_bytes([self.byte()?, self.byte()?])),
            1 => (CONSTANT, self.byte()?.into()),
            2 => match self.byte()? {
                0 => (STACK, 0),
                number @ 1..=15 => (LOCAL, number.into()),
                number => {
                    let address = layout.globals + 2 * usize::from(number - 16);
                    (GLOBAL, u16::try_from(address).ok()?)
                }
            },
            _ => return Some(()),
        };
        into.kinds |= kind << (2 * into.count);
        into.values[usize::from(into.count)] = value;
        into.count += 1;
        Some(())
    }

    fn branch(&mut self, into: &mut Instruction) -> Option<()> {
        let first = self.byte()?;
        into.branch_on = first & 0x80 != 0;
        let offset = if first & 0x40 != 0 {
            i64::from(first & 0x3F)
        } else {
            // Fourteen bits, the highest being the sign.
            let word = u16::from_be_bytes([first << 2, 0]) | u16::from(self.byte()?) << 2;
            i64::from(word.cast_signed() >> 2)
        };
        into.target = match offset {
            0 => 0,
            1 => 1,
            // What leads to 0 or 1, or before, leads nowhere.
            _ => u32::try_from(i64::try_from(self.at).ok()? + offset - 2)
                .ok()
                .filter(|&target| target > 1)
                .unwrap_or(u32::MAX),
        };
        Some(())
    }
}
