//! The sentences that a story's parser understands, from the tables that Inform's compiler writes:
//! Technical Manual of Inform, section 8.6, for both versions of them.

use std::collections::HashSet;

use crate::zmachine::fault::Fault;
use crate::zmachine::memory::Memory;

use super::vocabulary::Vocabulary;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Word(String),
    /// Any thing.
    Thing,
    /// Something that is carried.
    Held,
    /// Any thing, or `all`.
    Things,
    /// Something that is carried, or `all`.
    AllHeld,
}

/// A verb and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    pub parts: Vec<Part>,
    /// What the story does with it, where that is known.
    action: Option<u16>,
}

impl Sentence {
    fn new(verb: &str, action: u16) -> Self {
        Self {
            parts: vec![Part::Word(verb.to_owned())],
            action: Some(action),
        }
    }

    /// What can stand in it, in order.
    fn slots(&self) -> Vec<&Part> {
        let is_slot = |part: &&Part| !matches!(part, Part::Word(_));
        self.parts.iter().filter(is_slot).collect()
    }

    /// Usual verbs come first, and then what is short.
    fn rank(&self) -> (usize, usize) {
        let usual = match self.parts.first() {
            Some(Part::Word(verb)) => USUAL.iter().position(|known| *known == verb),
            _ => None,
        };
        (usual.unwrap_or(USUAL.len()), self.parts.len())
    }
}

/// Sentences of stories that have no such tables.
const COMMON: [&str; 24] = [
    "wait",
    "take *",
    "drop -",
    "open *",
    "close *",
    "examine *",
    "read *",
    "push *",
    "pull *",
    "turn *",
    "turn on *",
    "turn off *",
    "light *",
    "eat *",
    "drink *",
    "wear -",
    "remove *",
    "attack *",
    "climb *",
    "enter *",
    "unlock * with -",
    "put - in *",
    "give - to *",
    "throw - at *",
];
/// Where a verb is listed under several words, the first of these is said.
const USUAL: [&str; 38] = [
    "take", "drop", "open", "close", "put", "examine", "look", "unlock", "lock", "enter", "exit",
    "climb", "eat", "drink", "wear", "remove", "turn", "push", "pull", "attack", "give", "show",
    "ask", "tell", "read", "search", "throw", "tie", "cut", "wave", "touch", "jump", "listen",
    "go", "burn", "kiss", "buy", "get",
];
/// No verb is longer, and no story has more sentences.
const MOST_TOKENS: usize = 8;
/// No action is about more things; what has more is no grammar, and would take for ever to fill.
const MOST_THINGS: usize = 2;
const MOST_SENTENCES: usize = 2000;

/// All sentences but those of commands to the program.
pub(super) fn sentences(memory: &Memory, vocabulary: &Vocabulary) -> Vec<Sentence> {
    let table = Table { memory, vocabulary };
    let formats: [Format; 2] = [
        |table, verb, at| table.second_format(verb, at),
        |table, verb, at| table.first_format(verb, at),
    ];
    let found = formats
        .into_iter()
        .find_map(|format| table.sentences(format).ok().flatten());
    let mut sentences = found.unwrap_or_else(|| common(vocabulary));
    sentences.sort_by_key(Sentence::rank);
    // One of several ways to say the same is enough.
    let mut said = HashSet::new();
    sentences.retain(|sentence| {
        let slots = sentence.slots().into_iter().cloned().collect::<Vec<_>>();
        sentence
            .action
            .is_none_or(|action| said.insert((action, slots)))
    });
    sentences
}

/// Usual sentences of which the story knows the words.
fn common(vocabulary: &Vocabulary) -> Vec<Sentence> {
    let part = |word: &str| match word {
        "*" => Some(Part::Thing),
        "-" => Some(Part::Held),
        _ => vocabulary.knows(word).then(|| Part::Word(word.to_owned())),
    };
    let sentence = |said: &&str| {
        Some(Sentence {
            parts: said.split(' ').map(part).collect::<Option<_>>()?,
            action: None,
        })
    };
    COMMON.iter().filter_map(sentence).collect()
}

/// Reads one line of a verb: its sentence, unless it has parts that cannot be filled, and the
/// address after it; nothing if there is no line.
type Format = fn(&Table<'_>, &str, usize) -> Result<Option<(Option<Sentence>, usize)>, Fault>;

struct Table<'a> {
    memory: &'a Memory,
    vocabulary: &'a Vocabulary,
}

impl Table<'_> {
    /// The sentences of all verbs, or nothing if the table is not in this format: the lines of a
    /// verb end where those of the next begin.
    fn sentences(&self, format: Format) -> Result<Option<Vec<Sentence>>, Fault> {
        let verbs = self.verbs();
        let (mut sentences, mut checked) = (Vec::new(), false);
        for (index, word, meta) in &verbs {
            let entry = |index: usize| self.memory.word(self.memory.story.static_base + 2 * index);
            let begin = usize::from(entry(*index)?);
            let mut at = begin + 1;
            for _ in 0..self.memory.byte(begin)? {
                let Some((sentence, next)) = format(self, word, at)? else {
                    return Ok(None);
                };
                at = next;
                if !meta && sentences.len() < MOST_SENTENCES {
                    sentences.extend(sentence.filter(|sentence| !sentences.contains(sentence)));
                }
            }
            if verbs.iter().any(|(next, ..)| *next == index + 1) {
                checked = true;
                if usize::from(entry(index + 1)?) != at {
                    return Ok(None);
                }
            }
        }
        Ok(checked.then_some(sentences))
    }

    /// Place in the table, word to say, and whether it is a command to the program.
    fn verbs(&self) -> Vec<(usize, String, bool)> {
        let words = || self.vocabulary.words.iter().filter(|word| word.is_verb());
        let mut numbers: Vec<u8> = words().map(|word| word.verb).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let usual = |text: &str| USUAL.iter().position(|known| *known == text);
        let verb = |number: &u8| {
            // A single letter is short for something.
            let rank = |text: &str| (usual(text).unwrap_or(USUAL.len()), text.len() == 1);
            let of = words().filter(|word| word.verb == *number);
            let word = of.min_by_key(|word| rank(&word.text))?;
            Some((usize::from(255 - number), word.text.clone(), word.is_meta()))
        };
        numbers.iter().rev().filter_map(verb).collect()
    }

    /// Format 1: eight bytes, the number of things, six tokens and the action.
    fn first_format(
        &self,
        verb: &str,
        at: usize,
    ) -> Result<Option<(Option<Sentence>, usize)>, Fault> {
        let things = usize::from(self.memory.byte(at)?);
        if things > 6 {
            return Ok(None);
        }
        let action = self.memory.byte(at + 7)?;
        let mut sentence = Some(Sentence::new(verb, action.into()));
        let mut filled = 0;
        for offset in 1..7 {
            let token = self.memory.byte(at + offset)?;
            let part = match token {
                // Prepositions do not count as things, and 0 is a thing too.
                180.. => self.preposition(token),
                _ if filled == things => break,
                token => {
                    filled += 1;
                    thing(token.into())
                }
            };
            add(&mut sentence, part);
        }
        Ok(Some((sentence, at + 8)))
    }

    fn preposition(&self, number: u8) -> Option<Part> {
        let is =
            |word: &&super::vocabulary::Word| word.is_preposition() && word.preposition == number;
        let found = self.vocabulary.words.iter().find(is)?;
        Some(Part::Word(found.text.clone()))
    }

    /// Format 2: the action in two bytes, tokens of three bytes, and 15.
    fn second_format(
        &self,
        verb: &str,
        at: usize,
    ) -> Result<Option<(Option<Sentence>, usize)>, Fault> {
        let mut sentence = Some(Sentence::new(verb, self.memory.word(at)?));
        let mut at = at + 2;
        for _ in 0..=4 * MOST_TOKENS {
            let kind = self.memory.byte(at)?;
            if kind == 15 {
                return Ok(Some((sentence, at + 1)));
            }
            let data = self.memory.word(at + 1)?;
            at += 3;
            let part = match kind & 15 {
                1 => thing(data),
                2 => match self.vocabulary.at(data) {
                    Some(word) => Some(Part::Word(word.text.clone())),
                    None => return Ok(None),
                },
                // What a routine or an attribute selects; most of it is some thing.
                3..=5 => Some(Part::Thing),
                6 => None,
                _ => return Ok(None),
            };
            // One of several words that mean the same is enough.
            if kind & 0x10 == 0 {
                add(&mut sentence, part);
            }
        }
        Ok(None)
    }
}

/// A part that cannot be filled makes the whole sentence one that cannot be said, and so does one
/// too many.
fn add(sentence: &mut Option<Sentence>, part: Option<Part>) {
    if let (Some(sentence), Some(part)) = (sentence.as_mut(), part) {
        sentence.parts.push(part);
    } else {
        *sentence = None;
    }
    let fits = |sentence: &Sentence| {
        sentence.parts.len() <= MOST_TOKENS && sentence.slots().len() <= MOST_THINGS
    };
    if !sentence.as_ref().is_some_and(fits) {
        *sentence = None;
    }
}

/// Inform's tokens `noun`, `held`, `multi`, `multiheld`, `multiexcept`, `multiinside`, `creature`,
/// `special`, `number` and `topic`.
fn thing(token: u16) -> Option<Part> {
    match token {
        1 => Some(Part::Held),
        2 | 5 => Some(Part::Things),
        3 | 4 => Some(Part::AllHeld),
        7 | 8 => None,
        _ => Some(Part::Thing),
    }
}
