//! What may follow "is it": kinds, adjectives, materials, places, uses, clauses.

use super::attributes::Class;

use super::keywords::keyword as k;
use super::reader::{Frame, HELPERS, Reader, Truth, is, skip};
use super::usage::{PREPOSITIONS, VAGUE};
use super::words::{Token, Word};

/// Words that open a clause about the noun before them.
const RELATIVES: [Word; 10] = [
    k::THAT,
    k::WHICH,
    k::WHO,
    k::WITH,
    k::WITHOUT,
    k::YOU,
    k::FOR,
    k::LIKE,
    k::ABOUT,
    k::HAVE,
];

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
        if is(words.get(1), &[k::ENOUGH]) {
            return self.enough(first, &words[2..]);
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
        if words[0].article {
            noun().or_else(adjective)
        } else {
            adjective().or_else(noun)
        }
    }

    /// "Soft enough to mash": no if it is not mashed, yes if it is and is soft.
    fn enough(&self, adjective: &Token, words: &[Token]) -> Truth {
        let words = skip(words, &[k::THAT, k::FOR]);
        let first = words.first()?;
        let possible = match first.word {
            k::YOU | k::IT => self.clause(words),
            k::TO => self
                .list(Frame::You, &words[1..])
                .or_else(|| self.list(Frame::Does, &words[1..])),
            _ => None,
        }?;
        if possible {
            self.kind(&[*adjective]).filter(|truth| *truth)
        } else {
            Some(false)
        }
    }

    /// "Made of …".
    fn material(&self, words: &[Token]) -> Truth {
        let rest = skip(words, &VAGUE);
        self.lookup(Class::Of, words)
            .or_else(|| self.lookup(Class::Of, rest))
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
            let noun = self
                .lookup(Class::A, right)
                .or_else(|| self.described(right))?;
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
            return self
                .adjective(words.get(1..).filter(|rest| !rest.is_empty())?)
                .map(|truth| !truth);
        }
        let classes = [
            Class::Is,
            Class::Of,
            Class::In,
            Class::By,
            Class::About,
            Class::Use,
            Class::A,
        ];
        classes.iter().find_map(|&class| self.lookup(class, words))
    }

    /// "A tool with a handle", "an animal that flies", "a thing used for cutting".
    fn related(&self, words: &[Token]) -> Truth {
        let opens = |token: &Token| {
            RELATIVES.contains(&token.word)
                || PREPOSITIONS.contains(&token.word)
                || self.is_participle(token)
        };
        if self.is_tired() {
            return None;
        }
        (1..words.len())
            .filter(|&at| opens(&words[at]))
            .find_map(|at| {
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
        let helper = verb == k::BE || HELPERS.contains(&verb);
        match verb {
            k::HAVE => self.list(Frame::Have, &rest[1..]),
            _ if subject && helper => self.clause(rest),
            _ if subject => self.users_do(rest).or_else(|| self.list(Frame::Does, rest)),
            _ => self
                .list(Frame::Be, rest)
                .or_else(|| self.list(Frame::Does, rest)),
        }
    }

    /// "[A thing that] children play with".
    fn users_do(&self, words: &[Token]) -> Truth {
        let users = self.lookup(Class::By, &words[..1])?;
        self.used_by(users, words.get(1..).filter(|rest| !rest.is_empty())?)
    }
}
