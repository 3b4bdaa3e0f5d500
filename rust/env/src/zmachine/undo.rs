//! States that a story has saved for itself.

use std::sync::Arc;

use super::delta;
use super::fault::{Fault, Halt};
use super::instruction::Instruction;
use super::machine::{Frame, Machine};

/// How many saved states are kept.
pub(super) const MOST_SAVED: usize = 2;

/// What a story gets back when it restores a state.
#[derive(PartialEq, Eq)]
pub(super) struct Saved {
    /// Of memory, to the story's opening.
    pub delta: Vec<u8>,
    pub stack: Vec<u16>,
    pub frames: Vec<Frame>,
    pub frame: Frame,
    pub pc: u32,
    /// The variable that learns what happened.
    pub store: u8,
}

/// The saved states, the latest last; copies of a machine share them.
pub(super) type Undo = Vec<Arc<Saved>>;

impl Machine {
    pub(super) fn save(&mut self, of: &Instruction) {
        if self.undo.len() >= MOST_SAVED {
            self.undo.remove(0);
        }
        self.undo.push(Arc::new(Saved {
            delta: delta::difference(self.memory.story.opening(), &self.memory.dynamic),
            stack: self.stack.clone(),
            frames: self.frames.clone(),
            frame: self.frame,
            pc: of.next,
            store: of.store,
        }));
    }

    /// Goes back to the latest saved state, if there is one.
    pub(super) fn restore(&mut self) -> Result<Option<u32>, Halt> {
        let Some(saved) = self.undo.pop() else {
            return Ok(None);
        };
        // What the story has told of printing outlives this, as the Standard wants it.
        let flags = self.memory.dynamic[0x11];
        let opening = self.memory.story.opening();
        self.memory.dynamic = delta::apply(opening, &saved.delta).ok_or(Fault::Damaged(0))?;
        let saved_flags = self.memory.dynamic[0x11];
        self.memory.dynamic[0x11] = saved_flags & !3 | flags & 3;
        self.stack.clone_from(&saved.stack);
        self.frames.clone_from(&saved.frames);
        self.frame = saved.frame;
        self.set(saved.store, 2)?;
        Ok(Some(saved.pc))
    }
}
