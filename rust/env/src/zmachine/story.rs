//! A story file: checked when it is loaded, never changed, and shared by all machines that run it.

use thiserror::Error;

use super::instruction::{Instruction, Layout, decode};
use super::zscii::Characters;

/// The length of a header.
const HEADER: usize = 64;
/// What sets up stories for what this machine has: no status line, an endless page of 80 columns.
const INTERPRETER: (u8, u8) = (6, b'A');
const WIDTH: u8 = 80;
const HEIGHT: u8 = 255;
/// Version 1.1 of the Z-machine Standard.
const STANDARD: [u8; 2] = [1, 1];

/// Why bytes are no story that this machine can run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct StoryError(String);

/// The contents of a story file, and what is read from them once.
pub struct Story {
    bytes: Vec<u8>,
    pub(super) version: u8,
    /// Where static memory begins.
    pub(super) static_base: usize,
    pub(super) start: u32,
    pub(super) dictionary: usize,
    pub(super) objects: usize,
    pub(super) globals: usize,
    pub(super) abbreviations: usize,
    pub(super) characters: Characters,
    /// Whether the bytes have the sum that the header tells.
    pub(super) intact: bool,
    /// Dynamic memory at the beginning, with what the header tells of this interpreter.
    opening: Vec<u8>,
    /// An instruction for each address from `static_base` on, as if one began there.
    code: Vec<Instruction>,
}

impl Story {
    /// Reads a story file of version 3, 4, 5 or 8.
    ///
    /// # Errors
    /// [`StoryError`] for bytes that are no such file, or one that is cut short or damaged.
    pub fn load(bytes: &[u8]) -> Result<Self, StoryError> {
        let refuse = |reason: String| Err(StoryError(reason));
        let Some(header) = bytes.first_chunk::<HEADER>() else {
            return refuse(format!(
                "it has {} bytes, and a story file has a header of {HEADER}",
                bytes.len()
            ));
        };
        let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let address = |at: usize| usize::from(word(at));
        let version = header[0];
        let Some(scale) = scale(version) else {
            return refuse(unknown(header));
        };
        // Some early compilers left the length out; no version has room for more than 512 KiB.
        let told = match address(0x1A) * scale {
            0 => bytes.len().min(0x1_0000 * scale),
            told => told,
        };
        if told > bytes.len() {
            return refuse(format!(
                "its header tells of {told} bytes, and it has {}: it is cut short",
                bytes.len()
            ));
        }
        let bytes = bytes[..told].to_vec();
        let static_base = address(0x0E);
        if !(HEADER..=bytes.len()).contains(&static_base) {
            return refuse(format!(
                "its static memory begins at {static_base:#x}, which is not between its header \
                 and its end"
            ));
        }
        let start = u32::from(word(0x06));
        if start as usize >= bytes.len() {
            return refuse(format!("it begins at {start:#x}, which is beyond its end"));
        }
        let globals = address(0x0C);
        if !(HEADER..static_base).contains(&globals) {
            return refuse(format!(
                "its global variables are at {globals:#x}, which is not in its dynamic memory"
            ));
        }
        let layout = Layout { version, globals };
        let code = (static_base..bytes.len())
            .map(|at| decode(|at| bytes.get(at).copied(), at, layout))
            .collect();
        let sum = bytes.get(HEADER..).unwrap_or_default().iter();
        let sum = sum.fold(0_u16, |sum, &byte| sum.wrapping_add(byte.into()));
        Ok(Self {
            version,
            static_base,
            start,
            dictionary: address(0x08),
            objects: address(0x0A),
            globals,
            abbreviations: address(0x18),
            characters: Characters::new(&bytes),
            intact: sum == word(0x1C),
            opening: opening(version, &bytes[..static_base]),
            code,
            bytes,
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// The instruction at `pc`, unless it is in dynamic memory.
    #[inline]
    pub(super) fn instruction(&self, pc: u32) -> Option<&Instruction> {
        self.code.get((pc as usize).wrapping_sub(self.static_base))
    }

    pub(super) fn layout(&self) -> Layout {
        Layout {
            version: self.version,
            globals: self.globals,
        }
    }

    /// Where the routine or text with this packed address is.
    #[inline]
    pub(super) fn unpack(&self, packed: u16) -> usize {
        let shift = match self.version {
            3 => 1,
            8 => 3,
            _ => 2,
        };
        usize::from(packed) << shift
    }

    pub(super) fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// The release, the serial number and the checksum, by which a story is known.
    #[must_use]
    pub fn identity(&self) -> (u16, [u8; 6], u16) {
        let word = |at: usize| u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]]);
        let mut serial = [0; 6];
        serial.copy_from_slice(&self.bytes[0x12..0x18]);
        (word(0x02), serial, word(0x1C))
    }
}

/// Dynamic memory at the beginning, with what the header tells of this interpreter.
fn opening(version: u8, dynamic: &[u8]) -> Vec<u8> {
    let mut dynamic = dynamic.to_vec();
    if version == 3 {
        dynamic[0x01] = dynamic[0x01] & 0b1000_1111 | 0b0001_0000;
    } else {
        dynamic[0x01] = 0;
        dynamic[0x20] = HEIGHT;
        dynamic[0x21] = WIDTH;
    }
    // No pictures, mouse, colours, sound or menus; undo there is.
    dynamic[0x11] &= 0b0001_0111;
    dynamic[0x10] &= 0b1111_1110;
    (dynamic[0x1E], dynamic[0x1F]) = INTERPRETER;
    if version >= 5 {
        dynamic[0x22..0x28].copy_from_slice(&[0, WIDTH, 0, HEIGHT, 1, 1]);
    }
    dynamic[0x32..0x34].copy_from_slice(&STANDARD);
    dynamic
}

/// What packed addresses and lengths are multiplied with.
fn scale(version: u8) -> Option<usize> {
    match version {
        3 => Some(2),
        4 | 5 => Some(4),
        8 => Some(8),
        _ => None,
    }
}

fn unknown(header: &[u8; HEADER]) -> String {
    match header {
        [b'F', b'O', b'R', b'M', ..] => {
            "it is a Blorb or Quetzal file: give the story file itself".to_owned()
        }
        [b'G', b'l', b'u', b'l', ..] => {
            "it is a Glulx story: this machine runs Z-machine stories of version 3, 4, 5 and 8"
                .to_owned()
        }
        [version @ (1 | 2 | 6 | 7), ..] => {
            format!("it is a story of version {version}: this machine runs version 3, 4, 5 and 8")
        }
        [first, ..] => format!(
            "its first byte is {first}, and a story file of version 3, 4, 5 or 8 begins with that \
             number"
        ),
    }
}
