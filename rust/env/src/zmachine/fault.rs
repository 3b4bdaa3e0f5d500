//! Why a story stops: it waits, it is over, or it broke the rules of the machine.

use thiserror::Error;

/// What a story did that the Z-machine does not allow, or that would never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// A read beyond the end of the story.
    #[error("it reads address {0:#x}, which is beyond its end")]
    Read(u32),
    /// A write to memory that stays as it is.
    #[error("it writes to address {0:#x}, which is not in its dynamic memory")]
    Write(u32),
    /// No instruction of this version of the machine.
    #[error("there is no instruction at address {0:#x}")]
    Opcode(u32),
    /// A value was taken from an empty stack.
    #[error("it takes a value from an empty stack")]
    EmptyStack,
    /// More values or calls than a story is allowed.
    #[error("its stack is full")]
    FullStack,
    /// A return from the main routine, or a throw to a frame that is gone.
    #[error("it returns to a routine that does not run")]
    Frame,
    /// A division by zero.
    #[error("it divides by zero")]
    Division,
    /// A property was set that the object does not have.
    #[error("it sets property {property} of object {object}, which has none")]
    Property {
        /// The object's number.
        object: u16,
        /// The property's number.
        property: u16,
    },
    /// A list of objects that leads back into itself, or a text with abbreviations in abbreviations.
    #[error("its data at address {0:#x} are damaged")]
    Damaged(u32),
    /// The budget of a turn is spent.
    #[error("it computes without end")]
    Budget,
    /// More text than a turn may print.
    #[error("it prints without end")]
    Text,
}

/// Why the machine stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// It waits for a line.
    Line,
    /// It waits for a key.
    Key,
    /// The story has ended itself.
    Quit,
    /// The story cannot go on.
    Fault(Fault),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
