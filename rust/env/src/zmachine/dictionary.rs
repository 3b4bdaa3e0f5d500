//! Dictionaries, and the words of a line that are in them.

use super::fault::Fault;
use super::memory::Memory;
use super::text::Encoded;

/// No line has more words: the table of a game has one byte for their number.
const MOST_WORDS: usize = 255;

/// Where a dictionary keeps what.
#[derive(Clone, Copy)]
pub(super) struct Dictionary {
    /// The first of the characters that are words of their own.
    separators: usize,
    separator_count: usize,
    pub first: usize,
    pub length: usize,
    pub count: usize,
    sorted: bool,
}

/// A word of a line: where it begins, and how long it is.
type Span = (usize, usize);

impl Memory {
    /// The dictionary at `at`.
    pub fn dictionary(&self, at: usize) -> Result<Dictionary, Fault> {
        let separator_count = usize::from(self.byte(at)?);
        let entries = at + 1 + separator_count;
        let count = self.word(entries + 1)?.cast_signed();
        Ok(Dictionary {
            separators: at + 1,
            separator_count,
            first: entries + 3,
            length: self.byte(entries)?.into(),
            count: count.unsigned_abs().into(),
            sorted: count >= 0,
        })
    }

    /// The words of a dictionary entry as `encode` gives them.
    pub fn entry(&self, at: usize) -> Result<Encoded, Fault> {
        Ok(if self.story.version == 3 {
            [self.word(at)?, self.word(at + 2)?, 0]
        } else {
            [self.word(at)?, self.word(at + 2)?, self.word(at + 4)?]
        })
    }

    /// The address of a word's entry, or 0.
    fn look_up(&self, dictionary: &Dictionary, word: Encoded) -> Result<usize, Fault> {
        let entry = |index: usize| dictionary.first + index * dictionary.length;
        if !dictionary.sorted {
            for index in 0..dictionary.count {
                if self.entry(entry(index))? == word {
                    return Ok(entry(index));
                }
            }
            return Ok(0);
        }
        let (mut low, mut high) = (0, dictionary.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.entry(entry(middle))?.cmp(&word) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(entry(middle)),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(0)
    }

    /// Where the words of a line are: spaces part them, and separators are words by themselves.
    fn spans(&self, dictionary: &Dictionary, line: &[u8]) -> Result<Vec<Span>, Fault> {
        let mut separators = Vec::with_capacity(dictionary.separator_count);
        for index in 0..dictionary.separator_count {
            separators.push(self.byte(dictionary.separators + index)?);
        }
        let (mut spans, mut begin) = (Vec::new(), None);
        for (at, &letter) in line.iter().chain(b" ").enumerate() {
            let parts = separators.contains(&letter);
            if letter != b' ' && !parts {
                begin.get_or_insert(at);
                continue;
            }
            if let Some(begin) = begin.take() {
                spans.push((begin, at - begin));
            }
            if parts {
                spans.push((at, 1));
            }
        }
        spans.truncate(MOST_WORDS);
        Ok(spans)
    }

    /// Writes the words of a line to the table at `parse`: entry, length and place of each.
    ///
    /// `offset` is where the line begins in its buffer; a word that is unknown leaves its place as
    /// it was if `keep` is set. Gives a measure of the work.
    pub fn tokenise(
        &mut self,
        line: &[u8],
        offset: usize,
        parse: usize,
        dictionary: usize,
        keep: bool,
    ) -> Result<usize, Fault> {
        let dictionary = self.dictionary(dictionary)?;
        let most = usize::from(self.byte(parse)?);
        let mut spans = self.spans(&dictionary, line)?;
        spans.truncate(most);
        self.set_byte(parse + 1, u8::try_from(spans.len()).unwrap_or(u8::MAX))?;
        for (index, &(begin, length)) in spans.iter().enumerate() {
            let word = self.encode(&line[begin..begin + length]);
            let entry = self.look_up(&dictionary, word)?;
            let place = parse + 2 + 4 * index;
            if entry == 0 && keep {
                continue;
            }
            self.set_word(place, u16::try_from(entry).unwrap_or_default())?;
            self.set_byte(place + 2, u8::try_from(length).unwrap_or(u8::MAX))?;
            self.set_byte(place + 3, u8::try_from(offset + begin).unwrap_or(u8::MAX))?;
        }
        let looked_at = if dictionary.sorted {
            16
        } else {
            dictionary.count
        };
        Ok(line.len() + spans.len() * looked_at)
    }
}
