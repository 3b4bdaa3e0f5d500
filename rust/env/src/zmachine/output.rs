//! Where printed text goes: to the reader, or to tables in memory.

use super::fault::Fault;
use super::memory::Memory;
use super::zscii::UNKNOWN;

/// No turn prints more bytes.
const MOST_TEXT: usize = 1 << 14;
/// No story prints to more tables within each other.
const MOST_TABLES: usize = 16;

/// The streams that a story has chosen. The upper window shows what the reader can do without.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Output {
    pub text: String,
    pub screen: bool,
    pub upper: bool,
    /// Where each table is and how many characters it has, the one in use last.
    pub tables: Vec<(u16, u16)>,
}

impl Output {
    pub fn new() -> Self {
        Self {
            text: String::new(),
            screen: true,
            upper: false,
            tables: Vec::new(),
        }
    }

    fn shows(&self) -> bool {
        self.screen && !self.upper
    }

    /// Prints ZSCII codes.
    pub fn print(&mut self, codes: &[u8], memory: &mut Memory) -> Result<(), Fault> {
        if let Some((table, count)) = self.tables.last_mut() {
            // Code 0 prints nothing anywhere.
            for &code in codes.iter().filter(|&&code| code != 0) {
                let at = usize::from(*table) + 2 + usize::from(*count);
                memory.set_byte(at, code)?;
                *count = count.wrapping_add(1);
            }
            return Ok(());
        }
        if !self.shows() {
            return Ok(());
        }
        for &code in codes {
            if (b' '..=b'~').contains(&code) {
                self.text.push(char::from(code));
            } else {
                self.text.extend(memory.story.characters.shown(code));
            }
        }
        self.check()
    }

    /// Prints a character that ZSCII may not have.
    pub fn print_unicode(&mut self, character: char, memory: &mut Memory) -> Result<(), Fault> {
        if !self.tables.is_empty() {
            let code = memory.story.characters.code(character);
            return self.print(&[code.unwrap_or(UNKNOWN)], memory);
        }
        if self.shows() {
            self.text.push(character);
        }
        self.check()
    }

    fn check(&self) -> Result<(), Fault> {
        if self.text.len() > MOST_TEXT {
            return Err(Fault::Text);
        }
        Ok(())
    }

    /// Selects a stream, or deselects it if its number is negative.
    pub fn select(&mut self, stream: i16, table: u16, memory: &mut Memory) -> Result<(), Fault> {
        match stream {
            1 | -1 => self.screen = stream == 1,
            3 if self.tables.len() >= MOST_TABLES => return Err(Fault::FullStack),
            3 => self.tables.push((table, 0)),
            -3 => {
                if let Some((table, count)) = self.tables.pop() {
                    memory.set_word(table.into(), count)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
