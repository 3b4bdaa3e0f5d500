//! What it is used for, what is done to it, and where.

use super::attributes::Class;
use super::keywords::keyword as k;
use super::reader::{Frame, Reader, Truth, is, skip};
use super::words::{Token, Word};

/// Words that put something at a place.
pub const PREPOSITIONS: [Word; 17] = [
    k::IN,
    k::ON,
    k::AT,
    k::NEAR,
    k::UNDER,
    k::AROUND,
    k::OVER,
    k::INSIDE,
    k::OUTDOORS,
    k::INDOORS,
    k::FROM,
    k::OUT,
    k::DURING,
    k::BY,
    k::BENEATH,
    k::BELOW,
    k::ABOVE,
];
/// What people do with a thing at a place, where only the place matters.
const PLACED: [Word; 9] = [
    k::FIND,
    k::KEEP,
    k::SEE,
    k::STORE,
    k::SELL,
    k::BUY,
    k::PUT,
    k::GET,
    k::USE,
];
/// Words before a thing to compare with that do not change its size.
pub const ORDINARY: [Word; 8] = [
    k::TYPICAL,
    k::AVERAGE,
    k::NORMAL,
    k::STANDARD,
    k::REGULAR,
    k::COMMON,
    k::MOST,
    k::ADULT,
];
/// Words before a noun that do not change what is asked.
pub const VAGUE: [Word; 11] = [
    k::TYPICAL,
    k::AVERAGE,
    k::MOST,
    k::EVERY,
    k::COMMON,
    k::NORMAL,
    k::STANDARD,
    k::REGULAR,
    k::ALL,
    k::MANY,
    k::ADULT,
];

impl Reader<'_> {
    /// "Eaten raw", "used to cut", "kept in a kitchen": what people do to it.
    pub(super) fn participle(&self, words: &[Token]) -> Truth {
        let verb = self.verb(&words[0]);
        if verb == k::USE {
            return self.used(&words[1..]);
        }
        if verb == words[0].word && words.len() > 1 && !PLACED.contains(&verb) {
            return self.lookup(Class::You, words); // "put", "hit"
        }
        if let Some(at) = words.iter().position(|token| token.word == k::BY)
            && let Some(users) = self.users(&words[at + 1..])
        {
            let done = self.lookup(Class::You, &words[..at])?;
            return Some(done && users);
        }
        let known = self
            .lookup(Class::You, words)
            .or_else(|| self.lookup(Class::Does, words).filter(|_| words.len() > 1));
        known.or_else(|| {
            if PLACED.contains(&verb) && words.len() > 1 {
                self.place(&words[1..])
            } else {
                None
            }
        })
    }

    /// Whether it is one that these users use; all people are users of whatever it is.
    fn users(&self, words: &[Token]) -> Truth {
        if matches!(words, [you] if you.word == k::YOU) {
            Some(true)
        } else {
            self.lookup(Class::By, words)
        }
    }

    /// What follows "used".
    pub(super) fn used(&self, words: &[Token]) -> Truth {
        let Some(first) = words.first() else {
            return self.lookup(Class::By, &[you()]);
        };
        match first.word {
            k::TO | k::FOR => self.purpose(&words[1..]),
            k::BY if is(words.get(1), &[k::YOU]) && words.len() == 2 => self.used(&[]),
            k::BY => self
                .lookup(Class::By, &words[1..])
                .or_else(|| self.lookup(Class::Use, words)),
            k::AS => self
                .lookup(Class::Use, words)
                .or_else(|| self.be(words.get(1..).filter(|w| !w.is_empty())?)),
            _ => {
                let whole = [&[verb_use()], words].concat();
                let known = self
                    .lookup(Class::You, &whole)
                    .or_else(|| self.lookup(Class::Is, &whole));
                known
                    .or_else(|| self.lookup(Class::Use, words))
                    .or_else(|| self.place(words))
            }
        }
    }

    /// "Used for …", "used to …": a purpose, a user, a topic or a room.
    pub(super) fn purpose(&self, words: &[Token]) -> Truth {
        if self.is_tired() {
            return None;
        }
        let words = self.without_helping(words);
        let first = words.first()?;
        if first.word == k::BE {
            return self.list(Frame::Be, &words[1..]);
        }
        let things: Vec<Token> = words
            .iter()
            .filter(|token| self.noun(token) != k::THING)
            .copied()
            .collect();
        let known = self
            .lookup(Class::Use, words)
            .or_else(|| self.lookup(Class::By, words));
        known
            .or_else(|| self.lookup(Class::Use, &things))
            .or_else(|| self.lookup(Class::About, words))
            .or_else(|| self.at_a_place(words))
            .or_else(|| self.lookup(Class::In, words))
    }

    /// "Help you cut", "let you cut": the same as "cut".
    fn without_helping<'w>(&self, words: &'w [Token]) -> &'w [Token] {
        let helps = words
            .first()
            .is_some_and(|token| matches!(self.verb(token), k::HELP | k::ALLOW | k::LET));
        if helps {
            skip(skip(&words[1..], &[k::YOU]), &[k::TO])
        } else {
            words
        }
    }

    /// "Cut food in the kitchen": both the purpose and the place.
    fn at_a_place(&self, words: &[Token]) -> Truth {
        let at = words
            .iter()
            .rposition(|token| PREPOSITIONS.contains(&token.word))
            .filter(|&at| at > 0)?;
        let (purpose, place) = (self.purpose(&words[..at])?, self.place(&words[at..])?);
        Some(purpose && place)
    }

    /// "Related to …".
    pub(super) fn topic(&self, words: &[Token]) -> Truth {
        let purpose = |rest| {
            self.lookup(Class::Use, rest)
                .or_else(|| self.lookup(Class::In, rest))
        };
        self.lookup(Class::About, words)
            .or_else(|| purpose(words))
            .or_else(|| self.lookup(Class::By, words))
            .or_else(|| self.lookup(Class::A, words))
    }

    /// "In a kitchen", "on the wall", "outdoors".
    pub(super) fn place(&self, words: &[Token]) -> Truth {
        let first = words.first()?;
        if !PREPOSITIONS.contains(&first.word) {
            return None;
        }
        let rest = skip(&words[1..], &PREPOSITIONS);
        if rest.is_empty() {
            return self
                .lookup(Class::In, words)
                .or_else(|| self.lookup(Class::In, &words[..1]));
        }
        let fewer = skip(rest, &VAGUE);
        self.lookup(Class::In, rest)
            .or_else(|| self.lookup(Class::In, fewer))
            .or_else(|| {
                if first.word == k::FROM {
                    self.lookup(Class::Of, rest)
                } else {
                    None
                }
            })
    }
}

/// The word "you", for look-ups of what people in general do.
fn you() -> Token {
    Token {
        word: k::YOU,
        article: false,
        value: None,
    }
}

fn verb_use() -> Token {
    Token {
        word: k::USE,
        article: false,
        value: None,
    }
}
