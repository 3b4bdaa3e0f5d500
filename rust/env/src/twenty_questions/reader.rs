//! Understands one utterance: finds who does what to whom, and hands the rest to its relation.

use std::cell::Cell;

use super::attributes::Class;

use super::index::Index;
use super::keywords::keyword as k;
use super::knowledge::Reply;
use super::words::{Token, Word};

/// Whether it is true of the object, or `None` where the words are not understood.
pub type Truth = Option<bool>;

/// Most steps for one utterance; no ordinary question needs a tenth of it.
const MAX_STEPS: u32 = 2000;

/// The relation that the first words of a clause open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// "Is it …".
    Be,
    /// "Does it have …".
    Have,
    /// "Does it …".
    Does,
    /// "Do you … it".
    You,
    /// "Do children … it": the users are those of a row that holds, or not.
    By(bool),
    /// "Is … an example of it".
    Example,
    /// "Is … made of it".
    Source,
}

/// Reads one utterance about one object.
pub struct Reader<'a> {
    pub(super) index: &'a Index,
    pub(super) object: usize,
    steps: Cell<u32>,
}

/// Whether a token is one of these words.
#[must_use]
pub fn is(token: Option<&Token>, words: &[Word]) -> bool {
    token.is_some_and(|token| words.contains(&token.word))
}

/// Verbs that open a question about what something does.
pub const HELPERS: [Word; 9] = [
    k::DO,
    k::CAN,
    k::COULD,
    k::WILL,
    k::WOULD,
    k::SHOULD,
    k::MIGHT,
    k::MAY,
    k::MUST,
];
/// Words that turn a clause around.
pub const NEGATIONS: [Word; 4] = [k::NOT, k::NEVER, k::NOT_MARK, k::NON];

impl<'a> Reader<'a> {
    /// A reader for one utterance about `object`.
    #[must_use]
    pub fn new(index: &'a Index, object: usize) -> Self {
        Self {
            index,
            object,
            steps: Cell::new(0),
        }
    }

    /// Answers a whole utterance.
    #[must_use]
    pub fn reply(&self, text: &str) -> Reply {
        let Some(words) = self.index.vocabulary.read(text) else {
            return Reply::Invalid;
        };
        let mut sentences = words
            .split(|token| token.word == k::STOP)
            .map(trim)
            .filter(|words| !words.is_empty());
        let (Some(words), None) = (sentences.next(), sentences.next()) else {
            return Reply::Invalid;
        };
        if self.names(words) {
            return Reply::Named;
        }
        match self.clause(words).filter(|_| !self.is_tired()) {
            Some(true) => Reply::Yes,
            Some(false) => Reply::No,
            None => Reply::Invalid,
        }
    }

    /// Whether these words are a guess of the object by one of its names.
    fn names(&self, words: &[Token]) -> bool {
        let Some((Frame::Be, rest, false)) = self.frame(words) else {
            return false;
        };
        let asked = rest.len() < words.len();
        // "Is it orange?" asks for the colour, "Is it an orange?" names the fruit.
        let adjective =
            || asked && !rest[0].article && self.index.meaning(Class::Is, rest).is_some();
        self.index.named(rest) == Some(self.object) && !adjective()
    }

    /// Truth of a clause, a question or a statement.
    pub fn clause(&self, words: &[Token]) -> Truth {
        if self.is_tired() {
            return None;
        }
        let (frame, rest, negated) = self.frame(without_example(words))?;
        let truth = self.list(frame, rest).or_else(|| {
            // A bare phrase may also be a verb: "flies?"
            let bare = frame == Frame::Be && rest.first() == words.first();
            if bare {
                self.list(Frame::Does, rest)
                    .or_else(|| self.list(Frame::Have, rest))
            } else {
                None
            }
        });
        truth.map(|truth| truth != negated)
    }

    /// A phrase, or several of them joined by "or" or "and".
    pub fn list(&self, frame: Frame, words: &[Token]) -> Truth {
        let whole = self.fill(frame, words);
        if whole.is_some() || self.is_tired() {
            return whole;
        }
        let any = words.iter().any(|token| token.word == k::OR);
        let joints: &[Word] = if any {
            &[k::OR, k::COMMA]
        } else {
            &[k::AND, k::BUT, k::COMMA]
        };
        let parts = || {
            words
                .split(|token| joints.contains(&token.word))
                .filter(|part| !part.is_empty())
        };
        let first = parts().next()?;
        let second = parts().nth(1)?;
        let mut truth = self
            .shared_head(frame, first, second)
            .or_else(|| self.list(frame, first))?;
        for part in parts().skip(1) {
            let part = self.part(frame, first, part)?;
            truth = if any { truth || part } else { truth && part };
        }
        Some(truth)
    }

    /// "A large [animal] or a small animal": the first adjective borrows the noun of the second.
    fn shared_head(&self, frame: Frame, first: &[Token], second: &[Token]) -> Truth {
        if first.len() > 2 || second.len() < 2 || second[0].article || !first[0].article {
            return None;
        }
        self.fill(frame, &[first, &second[1..]].concat())
    }

    /// A later part of a list, which may leave out the first words: "used for writing or drawing".
    fn part(&self, frame: Frame, first: &[Token], part: &[Token]) -> Truth {
        let opens =
            |token: &Token| matches!(token.word, k::IT | k::YOU) || self.opens_clause(token);
        if opens(&part[0]) {
            return self.clause(part);
        }
        if is(Some(&part[0]), &NEGATIONS) {
            return self
                .part(frame, first, part.get(1..).filter(|rest| !rest.is_empty())?)
                .map(|truth| !truth);
        }
        let shared = (0..first.len().min(5)).rev();
        shared
            .map(|length| [&first[..length], part].concat())
            .find_map(|words| self.fill(frame, &words))
    }

    fn opens_clause(&self, token: &Token) -> bool {
        let verb = self.verb(token);
        verb == k::BE || HELPERS.contains(&verb)
    }

    /// One phrase in a frame. What it does not do at all, it does not do "while you walk".
    fn fill(&self, frame: Frame, words: &[Token]) -> Truth {
        self.phrase(frame, words).or_else(|| {
            let acts = matches!(frame, Frame::You | Frame::Does);
            let narrows = |token: &Token| match token.word {
                k::WHILE | k::NEXT => true,
                k::LIKE => acts,
                // "Hear it when it moves" may be true of what is silent.
                k::WHEN => frame == Frame::You && !self.is_sense(&words[0]),
                _ => false,
            };
            let at = words.iter().position(narrows)?;
            self.phrase(frame, &words[..at]).filter(|truth| !truth)
        })
    }

    fn is_sense(&self, token: &Token) -> bool {
        matches!(self.verb(token), k::SEE | k::FEEL | k::HEAR | k::BREAK)
    }

    fn phrase(&self, frame: Frame, words: &[Token]) -> Truth {
        if words.is_empty() || self.is_tired() {
            return None;
        }
        match frame {
            Frame::Be => self.be(words),
            Frame::Have => self.have(words),
            Frame::Does => self.does(words),
            Frame::You => self.you(words),
            Frame::By(holds) => self.used_by(holds, words),
            Frame::Example => self.lookup(Class::Example, words),
            Frame::Source => self.source(words),
        }
    }

    /// Counts one step, and says whether there have been too many.
    pub fn is_tired(&self) -> bool {
        let steps = self.steps.get().saturating_add(1);
        self.steps.set(steps);
        steps > MAX_STEPS
    }

    /// Whether a phrase in a relation holds; `None` if nobody taught it.
    pub fn lookup(&self, class: Class, words: &[Token]) -> Truth {
        if words.is_empty() || self.is_tired() {
            return None;
        }
        let meaning = self.index.meaning(class, words)?;
        if self.index.is_unsure(meaning, self.object) {
            // No other reading may answer what people would disagree about.
            self.steps.set(MAX_STEPS);
            return None;
        }
        Some(self.index.holds(meaning, self.object))
    }

    /// Base form of a word that is read as a verb.
    pub fn verb(&self, token: &Token) -> Word {
        self.index.vocabulary.verb(token.word)
    }

    /// Base form of a word that is read as a noun.
    pub fn noun(&self, token: &Token) -> Word {
        self.index.vocabulary.noun(token.word)
    }
}

/// "[Is it alive], like an animal or plant": what stands after the last comma is an example.
fn without_example(words: &[Token]) -> &[Token] {
    let comma = words.iter().rposition(|token| token.word == k::COMMA);
    match comma {
        Some(at) if is(words.get(at + 1), &[k::LIKE]) => &words[..at],
        _ => words,
    }
}

/// Words without commas at both ends.
fn trim(words: &[Token]) -> &[Token] {
    let comma = |token: &&Token| token.word == k::COMMA;
    let start = words.iter().take_while(comma).count();
    let end = words.iter().rev().take_while(comma).count();
    words.get(start..words.len() - end).unwrap_or(&[])
}

/// The rest after at most one of these words.
#[must_use]
pub fn skip<'w>(words: &'w [Token], skipped: &[Word]) -> &'w [Token] {
    if is(words.first(), skipped) {
        &words[1..]
    } else {
        words
    }
}
