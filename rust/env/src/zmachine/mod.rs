//! A Z-machine: runs interactive fiction of versions 3, 4, 5 and 8, as the Z-machine Standard 1.1
//! defines it, without screen, sound or files.
//!
//! A [`Story`] is what a file holds, and is shared; a [`Machine`] plays it. Files are not trusted:
//! any bytes are a story or an error, and a story that breaks the machine's rules halts it.

mod delta;
mod dictionary;
mod fault;
pub mod game;
mod image;
mod input;
mod instruction;
mod machine;
mod memory;
mod objects;
mod opcodes;
mod ops;
mod output;
mod random;
mod story;
mod text;
mod undo;
mod zscii;

pub use fault::{Fault, Halt};
pub use machine::{BUDGET, Machine};
pub use story::{Story, StoryError};
