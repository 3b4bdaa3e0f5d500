//! What a reader types.

use super::fault::{Fault, Halt};
use super::machine::{Input, Machine};
use super::zscii::{NEW_LINE, UNKNOWN};

impl Machine {
    /// Gives the line that the story waits for, to its first line break; the rest of what does not
    /// fit is lost. A story that waits for a key gets the first character, or else Enter.
    pub fn answer(&mut self, line: &str) {
        let line = line.split('\n').next().unwrap_or_default();
        let Some(Input {
            line: buffers,
            store,
        }) = self.input.take()
        else {
            return;
        };
        let given = match buffers {
            Some((text, parse)) => self.type_line(line, text.into(), parse.into(), store),
            None => self.set(store, self.key(line).into()),
        };
        if let Err(fault) = given {
            self.over = Some(Halt::Fault(fault));
        }
    }

    fn key(&self, line: &str) -> u8 {
        match line.chars().next() {
            Some(character) => {
                let code = self.memory.story.characters.code(character);
                code.unwrap_or(UNKNOWN)
            }
            None => NEW_LINE,
        }
    }

    fn type_line(&mut self, line: &str, text: usize, parse: usize, store: u8) -> Result<(), Fault> {
        let memory = &mut self.memory;
        let room = usize::from(memory.byte(text)?);
        let mut typed: Vec<u8> = Vec::with_capacity(room);
        // From version 5 on the length stands before the line, and before that a 0 after it.
        let begin = if memory.story.version >= 5 {
            typed.extend(memory.story.characters.typed(line).take(room));
            memory.set_byte(text + 1, u8::try_from(typed.len()).unwrap_or(u8::MAX))?;
            2
        } else {
            typed.extend(
                memory
                    .story
                    .characters
                    .typed(line)
                    .take(room.saturating_sub(1)),
            );
            memory.set_byte(text + 1 + typed.len(), 0)?;
            1
        };
        for (index, &code) in typed.iter().enumerate() {
            memory.set_byte(text + begin + index, code)?;
        }
        let version = memory.story.version;
        if version < 5 || parse != 0 {
            let dictionary = memory.story.dictionary;
            memory.tokenise(&typed, begin, parse, dictionary, false)?;
        }
        if version >= 5 {
            self.set(store, NEW_LINE.into())
        } else {
            Ok(())
        }
    }
}
