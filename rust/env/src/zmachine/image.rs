//! A machine that stands still, as bytes: memory as what differs from the story's opening, the
//! stack and the routines, what it waits for, and the states that it has saved; all but its random
//! numbers.
//!
//! Numbers are little-endian, and a list or a delta stands behind its length. There is one image
//! of a machine: bytes that would be written otherwise are refused.

use std::sync::Arc;

use super::delta;
use super::fault::Halt;
use super::machine::{Frame, Input, MOST_FRAMES, MOST_VALUES, Machine};
use super::story::Story;
use super::undo::{MOST_SAVED, Saved};

/// Of the first byte.
const OVER: u8 = 1;
const WAITS: u8 = 2;
const FOR_LINE: u8 = 4;
const SCREEN: u8 = 8;
const UPPER: u8 = 16;

impl Machine {
    /// Its image. Text that was not taken is not in it, nor which fault ended a story.
    pub(super) fn image(&self) -> Vec<u8> {
        let mut image = Vec::with_capacity(2048);
        let bytes = &mut image;
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        let line = self.input.and_then(|input| input.line);
        bytes.push(
            flag(self.over.is_some(), OVER)
                | flag(self.input.is_some(), WAITS)
                | flag(line.is_some(), FOR_LINE)
                | flag(self.output.screen, SCREEN)
                | flag(self.output.upper, UPPER),
        );
        if let Some(input) = self.input {
            bytes.push(input.store);
        }
        if let Some((text, parse)) = line {
            words(&[text, parse], bytes);
        }
        let tables = self.output.tables.iter();
        list(
            &tables
                .flat_map(|&(at, count)| [at, count])
                .collect::<Vec<_>>(),
            bytes,
        );
        let opening = self.memory.story.opening();
        let delta = delta::difference(opening, &self.memory.dynamic);
        place(
            &delta,
            &self.stack,
            &self.frames,
            &self.frame,
            self.pc,
            bytes,
        );
        for saved in &self.undo {
            bytes.push(saved.store);
            place(
                &saved.delta,
                &saved.stack,
                &saved.frames,
                &saved.frame,
                saved.pc,
                bytes,
            );
        }
        image
    }

    /// The machine of an image that [`Machine::image`] gave.
    pub(super) fn of_image(story: &Arc<Story>, bytes: &[u8]) -> Option<Self> {
        let mut machine = Self::new(Arc::clone(story), 0, false);
        let mut reader = Reader(bytes);
        let bits = reader.byte()?;
        machine.over = (bits & OVER != 0).then_some(Halt::Quit);
        if bits & WAITS != 0 {
            let variable = reader.byte()?;
            let line = if bits & FOR_LINE == 0 {
                None
            } else {
                Some((reader.word()?, reader.word()?))
            };
            machine.input = Some(Input {
                line,
                store: variable,
            });
        }
        machine.output.screen = bits & SCREEN != 0;
        machine.output.upper = bits & UPPER != 0;
        let tables = reader.list()?;
        machine.output.tables = tables
            .chunks_exact(2)
            .map(|table| (table[0], table[1]))
            .collect();
        let now = reader.saved(0)?;
        machine.memory.dynamic = delta::apply(story.opening(), &now.delta)?;
        (machine.stack, machine.frames, machine.frame) = (now.stack, now.frames, now.frame);
        machine.pc = now.pc;
        while let Some(variable) = reader.byte() {
            let saved = reader.saved(variable)?;
            delta::apply(story.opening(), &saved.delta)?;
            machine.undo.push(Arc::new(saved));
        }
        Some(machine)
    }

    /// The machine of any bytes, or nothing if they are no image.
    pub(super) fn of_bytes(story: &Arc<Story>, bytes: &[u8]) -> Option<Self> {
        let machine = Self::of_image(story, bytes)?;
        (machine.undo.len() <= MOST_SAVED && machine.image() == bytes).then_some(machine)
    }
}

fn words(words: &[u16], bytes: &mut Vec<u8>) {
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

fn list(list: &[u16], bytes: &mut Vec<u8>) {
    words(&[u16::try_from(list.len()).unwrap_or(u16::MAX)], bytes);
    words(list, bytes);
}

/// Where a story stands: its memory, its stack, its routines, and its next instruction.
fn place(
    delta: &[u8],
    stack: &[u16],
    frames: &[Frame],
    frame: &Frame,
    pc: u32,
    bytes: &mut Vec<u8>,
) {
    bytes.extend(u32::try_from(delta.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(delta);
    list(stack, bytes);
    words(&[u16::try_from(frames.len()).unwrap_or(u16::MAX)], bytes);
    for frame in frames.iter().chain([frame]) {
        words(&frame.locals[1..], bytes);
        bytes.extend(frame.back.to_le_bytes());
        words(&[frame.base], bytes);
        bytes.extend([
            u8::from(frame.store.is_some()),
            frame.store.unwrap_or_default(),
            frame.given,
        ]);
    }
    bytes.extend(pc.to_le_bytes());
}

/// Reads what [`place`] and the others wrote.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn word(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn double(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn list(&mut self) -> Option<Vec<u16>> {
        let length = self.word()?;
        let words = self.bytes(2 * usize::from(length))?.chunks_exact(2);
        Some(
            words
                .map(|word| u16::from_le_bytes([word[0], word[1]]))
                .collect(),
        )
    }

    fn frame(&mut self) -> Option<Frame> {
        let mut frame = Frame::default();
        for local in &mut frame.locals[1..] {
            *local = self.word()?;
        }
        frame.back = self.double()?;
        frame.base = self.word()?;
        let [stores, variable, given] = self.take()?;
        frame.store = (stores != 0).then_some(variable);
        frame.given = given;
        Some(frame)
    }

    /// A place; no more values and routines than a machine has.
    fn saved(&mut self, store: u8) -> Option<Saved> {
        let length = usize::try_from(self.double()?).ok()?;
        let delta = self.bytes(length)?.to_vec();
        let stack = self.list()?;
        let count = usize::from(self.word()?);
        if stack.len() > MOST_VALUES || count > MOST_FRAMES {
            return None;
        }
        let frames = (0..count).map(|_| self.frame()).collect::<Option<_>>()?;
        let frame = self.frame()?;
        let pc = self.double()?;
        Some(Saved {
            delta,
            stack,
            frames,
            frame,
            pc,
            store,
        })
    }
}
