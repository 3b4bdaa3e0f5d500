//! What may follow "is it": kinds, adjectives, materials, places, uses, clauses.

use super::data::Class;
use super::reader::{Frame, Reader, Truth, is, skip};
use super::words::{Token, Word, keyword as k};

/// Words that put something at a place.
pub const PREPOSITIONS: [Word; 17] = [
    k::IN, k::ON, k::AT, k::NEAR, k::UNDER, k::AROUND, k::OVER, k::INSIDE, k::OUTDOORS, k::INDOORS, k::FROM,
    k::OUT, k::DURING, k::BY, k::BENEATH, k::BELOW, k::ABOVE,
];
/// What people do with a thing at a place, where only the place matters.
const PLACED: [Word; 9] = [k::FIND, k::KEEP, k::SEE, k::STORE, k::SELL, k::BUY, k::PUT, k::GET, k::USE];
/// Words before a noun that do not change what is asked.
const VAGUE: [Word; 11] = [
    k::TYPICAL, k::AVERAGE, k::MOST, k::EVERY, k::COMMON, k::NORMAL, k::STANDARD, k::REGULAR, k::ALL, k::MANY, k::ADULT,
];
/// Words that open a clause about the noun before them.
const RELATIVES: [Word; 10] =
    [k::THAT, k::WHICH, k::WHO, k::WITH, k::WITHOUT, k::YOU, k::FOR, k::LIKE, k::ABOUT, k::HAVE];

impl Reader<'_> {
    /// "Is it …".
    pub(super) fn be(&self, words: &[Token]) -> Truth {
        let first = words.first()?;
        if matches!(first.word, k::NOT | k::NEVER | k::NON) {
            return self.list(Frame::Be, &words[1..]).map(|truth| !truth);
        }
        let kind = self.kind(words);
        if kind.is_some() {
            return kind;
        }
        match first.word {
            k::MADE if is(words.get(1), &[k::OF]) => return self.material(&words[2..]),
            k::FOR => return self.purpose(&words[1..]),
            k::ABOUT => return self.topic(&words[1..]),
            k::AS => return self.comparison(words),
            k::LIKE | k::TO => return None,
            k::WITH => return self.list(Frame::Have, &words[1..]),
            k::WITHOUT => return self.list(Frame::Have, &words[1..]).map(|truth| !truth),
            _ => {}
        }
        self.comparison(words)
            .or_else(|| self.spelling(words))
            .or_else(|| self.participle(words))
            .or_else(|| self.place(words))
            .or_else(|| self.described(words))
            .or_else(|| self.related(words))
    }

    /// A phrase that was taught as a whole; an article tells "an orange" from "orange".
    fn kind(&self, words: &[Token]) -> Truth {
        let noun = || self.lookup(Class::A, words);
        let adjective = || self.lookup(Class::Is, words);
        if words[0].article { noun().or_else(adjective) } else { adjective().or_else(noun) }
    }

    /// "Made of …".
    fn material(&self, words: &[Token]) -> Truth {
        let rest = skip(words, &VAGUE);
        self.lookup(Class::Of, words).or_else(|| self.lookup(Class::Of, rest))
    }

    /// "Eaten raw", "used to cut", "kept in a kitchen": what people do to it.
    fn participle(&self, words: &[Token]) -> Truth {
        let verb = self.verb(&words[0]);
        if verb == k::USE {
            return self.used(&words[1..]);
        }
        if verb == words[0].word && words.len() > 1 && !PLACED.contains(&verb) {
            return self.lookup(Class::You, words).filter(|_| self.is_unchanged_participle(verb));
        }
        if let Some(at) = words.iter().position(|token| token.word == k::BY)
            && let Some(users) = self.users(&words[at + 1..])
        {
            let done = self.lookup(Class::You, &words[..at])?;
            return Some(done && users);
        }
        let known = self.lookup(Class::You, words).or_else(|| self.lookup(Class::Does, words).filter(|_| words.len() > 1));
        known.or_else(|| if PLACED.contains(&verb) && words.len() > 1 { self.place(&words[1..]) } else { None })
    }

    /// Whether it is one that these users use; all people are users of whatever it is.
    fn users(&self, words: &[Token]) -> Truth {
        if matches!(words, [you] if you.word == k::YOU) { Some(true) } else { self.lookup(Class::By, words) }
    }

    /// Verbs like "put" and "hit", whose participle is their base form.
    fn is_unchanged_participle(&self, verb: Word) -> bool {
        verb != k::BE && verb != k::HAVE
    }

    /// What follows "used".
    pub(super) fn used(&self, words: &[Token]) -> Truth {
        let Some(first) = words.first() else { return self.lookup(Class::By, &[you()]) };
        match first.word {
            k::TO | k::FOR => self.purpose(&words[1..]),
            k::BY if is(words.get(1), &[k::YOU]) && words.len() == 2 => self.used(&[]),
            k::BY => self.lookup(Class::By, &words[1..]).or_else(|| self.lookup(Class::Use, words)),
            k::AS => self.lookup(Class::Use, words).or_else(|| self.be(words.get(1..).filter(|w| !w.is_empty())?)),
            _ => {
                let whole = [&[verb_use()], words].concat();
                let known = self.lookup(Class::You, &whole).or_else(|| self.lookup(Class::Is, &whole));
                known.or_else(|| self.lookup(Class::Use, words)).or_else(|| self.place(words))
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
        let things: Vec<Token> = words.iter().filter(|token| self.noun(token) != k::THING).copied().collect();
        let known = self.lookup(Class::Use, words).or_else(|| self.lookup(Class::By, words));
        known
            .or_else(|| self.lookup(Class::Use, &things))
            .or_else(|| self.lookup(Class::About, words))
            .or_else(|| self.at_a_place(words))
            .or_else(|| self.lookup(Class::In, words))
    }

    /// "Help you cut", "let you cut": the same as "cut".
    fn without_helping<'w>(&self, words: &'w [Token]) -> &'w [Token] {
        let helps = words.first().is_some_and(|token| matches!(self.verb(token), k::HELP | k::ALLOW | k::LET));
        if helps { skip(skip(&words[1..], &[k::YOU]), &[k::TO]) } else { words }
    }

    /// "Cut food in the kitchen": both the purpose and the place.
    fn at_a_place(&self, words: &[Token]) -> Truth {
        let at = words.iter().rposition(|token| PREPOSITIONS.contains(&token.word)).filter(|&at| at > 0)?;
        let (purpose, place) = (self.purpose(&words[..at])?, self.place(&words[at..])?);
        Some(purpose && place)
    }

    /// "Related to …".
    pub(super) fn topic(&self, words: &[Token]) -> Truth {
        let purpose = |rest| self.lookup(Class::Use, rest).or_else(|| self.lookup(Class::In, rest));
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
            return self.lookup(Class::In, words).or_else(|| self.lookup(Class::In, &words[..1]));
        }
        let fewer = skip(rest, &VAGUE);
        self.lookup(Class::In, rest)
            .or_else(|| self.lookup(Class::In, fewer))
            .or_else(|| if first.word == k::FROM { self.lookup(Class::Of, rest) } else { None })
    }

    /// "A small metal tool", "a kitchen thing": each word before the noun must hold as well.
    fn described(&self, words: &[Token]) -> Truth {
        if self.is_tired() {
            return None;
        }
        (1..words.len().min(4)).find_map(|end| {
            let (left, right) = words.split_at(end);
            if right[0].article {
                return None;
            }
            let noun = self.lookup(Class::A, right).or_else(|| self.described(right))?;
            let left = skip(left, &VAGUE);
            if left.is_empty() {
                return Some(noun);
            }
            let left = self.adjective(left)?;
            Some(noun && left)
        })
    }

    /// A word before a noun.
    fn adjective(&self, words: &[Token]) -> Truth {
        if matches!(words[0].word, k::NON | k::NOT) {
            return self.adjective(words.get(1..).filter(|rest| !rest.is_empty())?).map(|truth| !truth);
        }
        let classes = [Class::Is, Class::Of, Class::In, Class::By, Class::About, Class::Use, Class::A];
        classes.iter().find_map(|&class| self.lookup(class, words))
    }

    /// "A tool with a handle", "an animal that flies", "a thing used for cutting".
    fn related(&self, words: &[Token]) -> Truth {
        let opens = |token: &Token| {
            RELATIVES.contains(&token.word) || PREPOSITIONS.contains(&token.word) || self.is_participle(token)
        };
        if self.is_tired() {
            return None;
        }
        (1..words.len()).filter(|&at| opens(&words[at])).find_map(|at| {
            let (head, tail) = words.split_at(at);
            let head = self.kind(head).or_else(|| self.described(head))?;
            // "An animal like a dog" gives an example only.
            if tail[0].word == k::LIKE {
                return Some(head);
            }
            let tail = self.relative(tail)?;
            Some(head && tail)
        })
    }

    fn is_participle(&self, token: &Token) -> bool {
        let verb = self.verb(token);
        token.word == k::MADE || (verb != token.word && verb != k::BE)
    }

    /// What stands after a noun.
    fn relative(&self, words: &[Token]) -> Truth {
        let rest = skip(words, &[k::THAT, k::WHICH, k::WHO]);
        let first = rest.first()?;
        let subject = rest.len() < words.len();
        let verb = self.verb(first);
        match first.word {
            k::YOU | k::IT => return self.clause(rest),
            k::WITH => return self.list(Frame::Have, &rest[1..]),
            k::WITHOUT => return self.list(Frame::Have, &rest[1..]).map(|truth| !truth),
            _ => {}
        }
        match verb {
            k::BE if subject => self.clause(rest),
            k::HAVE => self.list(Frame::Have, &rest[1..]),
            k::DO | k::CAN | k::COULD | k::WILL | k::WOULD | k::MAY | k::MIGHT if subject => self.clause(rest),
            _ if subject => self.users_do(rest).or_else(|| self.list(Frame::Does, rest)),
            _ => self.list(Frame::Be, rest).or_else(|| self.list(Frame::Does, rest)),
        }
    }

    /// "[A thing that] children play with".
    fn users_do(&self, words: &[Token]) -> Truth {
        let users = self.lookup(Class::By, &words[..1])?;
        self.used_by(users, words.get(1..).filter(|rest| !rest.is_empty())?)
    }
}

/// The word "you", for look-ups of what people in general do.
fn you() -> Token {
    Token { word: k::YOU, article: false, value: None }
}

fn verb_use() -> Token {
    Token { word: k::USE, article: false, value: None }
}
