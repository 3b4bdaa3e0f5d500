//! Texts, packed three letters to a word, and the same for words of a dictionary.

use super::fault::Fault;
use super::memory::{Memory, short};
use super::zscii::{ESCAPE, UNKNOWN};

/// No text is longer, in letters or in words of memory.
const LONGEST: usize = 1 << 14;

/// A word as a dictionary holds it; of two words the smaller comes first in a sorted one.
pub(super) type Encoded = [u16; 3];

/// What the next Z-character is part of.
#[derive(Clone, Copy)]
enum Part {
    Letter,
    /// The index of an abbreviation, this being its upper part.
    Abbreviation(u8),
    /// The upper half of a ZSCII code.
    High,
    /// The lower half, this being the upper one.
    Low(u8),
}

impl Memory {
    /// Appends the text at `at` in ZSCII, and gives the address after it.
    pub fn decode(&self, at: usize, into: &mut Vec<u8>) -> Result<usize, Fault> {
        let mut words = 0;
        self.decode_part(at, into, &mut words, false)
    }

    /// Appends the word of `size` bytes at `at`, which has no abbreviations and ends where it has to.
    pub fn decode_word(&self, at: usize, size: usize, into: &mut Vec<u8>) -> Result<(), Fault> {
        if self.word(at + size - 2)? & 0x8000 == 0 {
            return Err(Fault::Damaged(short(at)));
        }
        self.decode_part(at, into, &mut 0, true).map(|_| ())
    }

    fn decode_part(
        &self,
        mut at: usize,
        into: &mut Vec<u8>,
        words: &mut usize,
        abbreviated: bool,
    ) -> Result<usize, Fault> {
        let alphabets = &self.story.characters.alphabets;
        let (mut alphabet, mut part) = (0, Part::Letter);
        loop {
            let word = self.word(at)?;
            at += 2;
            *words += 1;
            if *words > LONGEST || into.len() > LONGEST {
                return Err(Fault::Text);
            }
            for shift in [10, 5, 0] {
                let letter = (word >> shift & 31).to_le_bytes()[0];
                match (part, letter) {
                    (Part::Letter, ESCAPE) if alphabet == 2 => part = Part::High,
                    (Part::Letter, 6..) => into.push(alphabets[alphabet][usize::from(letter - 6)]),
                    (Part::Letter, 0) => into.push(b' '),
                    (Part::Letter, 1..=3) => part = Part::Abbreviation(letter - 1),
                    (Part::Letter, _) => {
                        alphabet = usize::from(letter - 3);
                        continue;
                    }
                    (Part::Abbreviation(_), _) if abbreviated => {
                        return Err(Fault::Damaged(short(at)));
                    }
                    (Part::Abbreviation(high), low) => {
                        part = Part::Letter;
                        let index = usize::from(high) * 32 + usize::from(low);
                        let place = self.word(self.story.abbreviations + 2 * index)?;
                        self.decode_part(2 * usize::from(place), into, words, true)?;
                    }
                    (Part::High, high) => part = Part::Low(high),
                    (Part::Low(high), low) => {
                        part = Part::Letter;
                        let code = u16::from(high) << 5 | u16::from(low);
                        into.push(u8::try_from(code).unwrap_or(UNKNOWN));
                    }
                }
                alphabet = 0;
            }
            if word & 0x8000 != 0 {
                return Ok(at);
            }
        }
    }

    /// How the dictionary writes a word: its first six letters, or nine from version 4 on.
    pub fn encode(&self, word: &[u8]) -> Encoded {
        let length = if self.story.version == 3 { 6 } else { 9 };
        let mut letters = [5_u8; 12];
        let mut at = 0;
        for &code in word {
            if at >= length {
                break;
            }
            let (count, spelt) = self.spell(code);
            letters[at..at + count].copy_from_slice(&spelt[..count]);
            at = (at + count).min(length);
        }
        let mut encoded = [0; 3];
        for (word, three) in encoded.iter_mut().zip(letters[..length].chunks_exact(3)) {
            let [a, b, c] = [three[0], three[1], three[2]].map(u16::from);
            *word = a << 10 | b << 5 | c;
        }
        encoded[length / 3 - 1] |= 0x8000;
        encoded
    }

    /// The Z-characters of one letter, and how many of them count.
    fn spell(&self, code: u8) -> (usize, [u8; 4]) {
        if code == b' ' {
            return (1, [0; 4]);
        }
        for (alphabet, letters) in (0..).zip(&self.story.characters.alphabets) {
            // The third has no letters in its first two places.
            let first = if alphabet == 2 { 2 } else { 0 };
            let Some(index) = letters[first..].iter().position(|&known| known == code) else {
                continue;
            };
            let letter = u8::try_from(index + first + 6).unwrap_or_default();
            return match alphabet {
                0 => (1, [letter, 0, 0, 0]),
                _ => (2, [3 + alphabet, letter, 0, 0]),
            };
        }
        (4, [5, ESCAPE, code >> 5, code & 31])
    }
}
