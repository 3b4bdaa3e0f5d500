//! The words that a story knows.

use std::collections::HashMap;

use crate::zmachine::fault::Fault;
use crate::zmachine::memory::Memory;

/// Of the first byte after a word, in Inform's dictionaries.
const VERB: u8 = 1;
const META: u8 = 2;
const PREPOSITION: u8 = 8;

/// A word, and what Inform's compiler wrote beside it.
pub(super) struct Word {
    /// Cut to the six or nine letters that the dictionary keeps.
    pub text: String,
    flags: u8,
    /// Of a verb: 255 less its place in the table of grammar.
    pub verb: u8,
    /// Of a preposition: its number.
    pub preposition: u8,
}

impl Word {
    pub fn is_verb(&self) -> bool {
        self.flags & VERB != 0
    }

    /// Whether it is a command to the program, such as to save, and not in its world.
    pub fn is_meta(&self) -> bool {
        self.is_verb() && self.flags & META != 0
    }

    pub fn is_preposition(&self) -> bool {
        self.flags & PREPOSITION != 0
    }
}

/// A dictionary.
pub(super) struct Vocabulary {
    pub words: Vec<Word>,
    places: HashMap<u16, usize>,
    texts: HashMap<String, usize>,
    letters: usize,
}

impl Vocabulary {
    /// The dictionary of a story. A word that cannot be read is empty, and nothing is taken for it.
    pub fn new(memory: &Memory) -> Result<Self, Fault> {
        let version = memory.story.version;
        let (letters, size) = if version == 3 { (6, 4) } else { (9, 6) };
        let dictionary = memory.dictionary(memory.story.dictionary)?;
        let mut vocabulary = Self {
            words: Vec::new(),
            places: HashMap::new(),
            texts: HashMap::new(),
            letters,
        };
        for index in 0..dictionary.count {
            let at = dictionary.first + index * dictionary.length;
            let mut codes = Vec::new();
            if memory.decode_word(at, size, &mut codes).is_err() {
                codes.clear();
            }
            // Words may have less beside them than Inform writes.
            let beside = |offset: usize| {
                if offset < dictionary.length {
                    memory.byte(at + offset)
                } else {
                    Ok(0)
                }
            };
            let text = memory.shown(&codes);
            if let Ok(place) = u16::try_from(at) {
                vocabulary.places.insert(place, index);
            }
            if !text.is_empty() {
                vocabulary.texts.insert(text.clone(), index);
            }
            vocabulary.words.push(Word {
                text,
                flags: beside(size)?,
                verb: beside(size + 1)?,
                preposition: beside(size + 2)?,
            });
        }
        Ok(vocabulary)
    }

    /// The word whose entry is at an address.
    pub fn at(&self, place: u16) -> Option<&Word> {
        self.places.get(&place).map(|&index| &self.words[index])
    }

    /// What a word that is said is taken for.
    pub fn find(&self, said: &str) -> Option<&Word> {
        let cut: String = said.chars().take(self.letters).collect();
        self.texts.get(&cut).map(|&index| &self.words[index])
    }

    pub fn knows(&self, said: &str) -> bool {
        self.find(said).is_some()
    }
}
