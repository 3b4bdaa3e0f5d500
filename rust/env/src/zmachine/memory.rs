//! Memory: what a story may write is a copy of each machine's own, the rest is shared.

use std::sync::Arc;

use super::fault::Fault;
use super::story::Story;

/// The memory of one machine.
#[derive(Clone)]
pub(super) struct Memory {
    pub story: Arc<Story>,
    /// From address 0 to where static memory begins.
    pub dynamic: Vec<u8>,
}

impl Memory {
    /// As it is when the story begins.
    pub fn new(story: Arc<Story>) -> Self {
        let dynamic = story.opening().to_vec();
        Self { story, dynamic }
    }

    #[inline]
    pub fn byte(&self, at: usize) -> Result<u8, Fault> {
        match self.dynamic.get(at) {
            Some(&byte) => Ok(byte),
            None => self.story.byte(at).ok_or_else(|| Fault::Read(short(at))),
        }
    }

    /// The two bytes at `at`, the high one first.
    #[inline]
    pub fn word(&self, at: usize) -> Result<u16, Fault> {
        match self.dynamic.get(at..at + 2) {
            Some(&[high, low]) => Ok(u16::from_be_bytes([high, low])),
            _ => self.shared_word(at),
        }
    }

    /// A word that is not wholly in dynamic memory.
    #[inline]
    fn shared_word(&self, at: usize) -> Result<u16, Fault> {
        if at >= self.dynamic.len()
            && let Some(&[high, low]) = self.story.bytes().get(at..at + 2)
        {
            return Ok(u16::from_be_bytes([high, low]));
        }
        Ok(u16::from_be_bytes([self.byte(at)?, self.byte(at + 1)?]))
    }

    #[inline]
    pub fn set_byte(&mut self, at: usize, byte: u8) -> Result<(), Fault> {
        match self.dynamic.get_mut(at) {
            Some(place) => {
                *place = byte;
                Ok(())
            }
            None => Err(Fault::Write(short(at))),
        }
    }

    #[inline]
    pub fn set_word(&mut self, at: usize, word: u16) -> Result<(), Fault> {
        match self.dynamic.get_mut(at..at + 2) {
            Some(place) => {
                place.copy_from_slice(&word.to_be_bytes());
                Ok(())
            }
            None => Err(Fault::Write(short(at))),
        }
    }
}

/// An address for a message.
pub(super) fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
