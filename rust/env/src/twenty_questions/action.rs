//! What may follow "does it", "does it have" and "do you".

use super::attributes::Class;

use super::keywords::keyword as k;
use super::reader::{Frame, Reader, Truth, is, skip};
use super::usage::PREPOSITIONS;
use super::words::{Token, Word};

/// Ways to have to do with a thing in general: "do children like it?"
const DEALINGS: [&str; 11] = [
    "use", "like", "need", "own", "have", "want", "enjoy", "love", "play", "buy", "get",
];

impl Reader<'_> {
    /// "Does it …".
    pub(super) fn does(&self, words: &[Token]) -> Truth {
        let verb = self.verb(&words[0]);
        let rest = &words[1..];
        if matches!(verb, k::BE | k::HAVE) && !rest.is_empty() {
            let about = verb == k::HAVE && rest[0].word == k::ABOUT;
            return if about {
                self.topic(&rest[1..])
            } else {
                self.list(
                    if verb == k::BE {
                        Frame::Be
                    } else {
                        Frame::Have
                    },
                    rest,
                )
            };
        }
        let things: Vec<Token> = words
            .iter()
            .filter(|token| self.noun(token) != k::THING)
            .copied()
            .collect();
        let known = self
            .lookup(Class::Does, words)
            .or_else(|| self.spelling(words));
        let known = known
            .or_else(|| self.lookup(Class::Does, &things))
            .or_else(|| self.comparison(words));
        known.or_else(|| self.does_as(verb, rest)).or_else(|| {
            let using = self
                .lookup(Class::Use, words)
                .or_else(|| self.lookup(Class::Use, &things));
            using
                .or_else(|| self.does_without(words))
                .or_else(|| self.passengers(verb, rest))
        })
    }

    /// "Hold more than 20 people".
    fn passengers(&self, verb: Word, words: &[Token]) -> Truth {
        let (last, head) = words.split_last()?;
        let carries = matches!(verb, k::HOLD | k::CARRY | k::SEAT | k::TRANSPORT | k::FIT);
        if !carries || last.word != k::YOU {
            return None;
        }
        let passenger = Token {
            word: k::PASSENGER,
            ..*last
        };
        self.count(&[head, &[passenger]].concat())
    }

    /// Verbs that only lead to another relation.
    fn does_as(&self, verb: Word, rest: &[Token]) -> Truth {
        let first = rest.first()?;
        let at_place = PREPOSITIONS.contains(&first.word);
        match verb {
            k::FIT => self.fits(rest),
            k::LOOK | k::FEEL | k::SEEM | k::APPEAR if first.word != k::LIKE => {
                self.list(Frame::Be, rest)
            }
            k::NEED if first.word == k::TO && is(rest.get(1), &[k::BE]) => {
                self.list(Frame::Be, rest.get(2..)?)
            }
            k::NEED if first.word == k::TO => self.list(Frame::Does, &rest[1..]),
            k::HELP | k::ALLOW | k::LET => self.purpose(skip(skip(rest, &[k::YOU]), &[k::TO])),
            k::SERVE | k::FUNCTION | k::ACT if first.word == k::AS => {
                self.list(Frame::Be, rest.get(1..)?)
            }
            k::BELONG if first.word == k::TO => self.list(Frame::Be, rest.get(1..)?),
            k::GET if self.verb(first) == k::USE => self.used(&rest[1..]),
            k::GET => self.list(Frame::Be, rest),
            k::BELONG | k::EXIST | k::LIVE | k::GO | k::STAY | k::FUNCTION if at_place => {
                self.list(Frame::Be, rest)
            }
            k::MADE | k::MAKE if first.word == k::OF => self.list(
                Frame::Be,
                &[bare(k::MADE), *first]
                    .iter()
                    .chain(&rest[1..])
                    .copied()
                    .collect::<Vec<_>>(),
            ),
            _ => None,
        }
    }

    /// "Work without electricity": the opposite of needing it.
    fn does_without(&self, words: &[Token]) -> Truth {
        let at = words.iter().position(|token| token.word == k::WITHOUT)?;
        let needed = words.get(at + 1..).filter(|needed| !needed.is_empty())?;
        let need = [&[bare(k::NEED)], needed].concat();
        let needs = self
            .lookup(Class::Does, &need)
            .or_else(|| self.lookup(Class::Has, needed));
        needs.map(|needs| !needs)
    }

    /// "Does it have …".
    pub(super) fn have(&self, words: &[Token]) -> Truth {
        let first = words.first()?;
        match first.word {
            k::NO | k::NOT => return self.list(Frame::Have, &words[1..]).map(|truth| !truth),
            k::ABOUT => return self.topic(&words[1..]),
            k::TO if is(words.get(1), &[k::BE]) => return self.list(Frame::Be, words.get(2..)?),
            k::TO => return self.list(Frame::Does, &words[1..]),
            _ => {}
        }
        let exact = self
            .lookup(Class::Has, words)
            .or_else(|| self.spelling(words))
            .or_else(|| self.count(words));
        exact.or_else(|| {
            let rest = without_on_it(words);
            (rest.len() < words.len())
                .then(|| self.list(Frame::Have, rest))
                .flatten()
        })
    }

    /// "Four legs", "more than one wheel", "at least two handles".
    fn count(&self, words: &[Token]) -> Truth {
        let (sign, at) = match words {
            [a, b, ..] if a.word == k::MORE && b.word == k::THAN => (1, 2),
            [a, b, ..] if a.word == k::LESS && b.word == k::THAN => (-1, 2),
            [a, b, ..] if a.word == k::AT && b.word == k::LEAST => (2, 2),
            [a, ..] if matches!(a.word, k::EXACTLY | k::ONLY) => (0, 1),
            _ => (0, 0),
        };
        let (bound, sign, at) = match words.get(at)? {
            token if matches!(token.word, k::MULTIPLE | k::MANY) && at == 0 => (1.0, 1, 1),
            token if token.word == k::LETTER => return None,
            token => (token.value?, sign, at + 1),
        };
        let part = without_on_it(words.get(at..).filter(|part| !part.is_empty())?);
        let meaning = self.index.meaning(Class::Has, part)?;
        let attribute = self
            .index
            .attributes
            .get(meaning.row)
            .filter(|_| !meaning.negated)?;
        let known = attribute.counts.get(self.object).copied().flatten();
        let count = known.or_else(|| (!self.index.holds(meaning, self.object)).then_some(0.0))?;
        Some(match sign {
            1 => count > bound,
            -1 => count < bound,
            2 => count >= bound,
            _ => (count - bound).abs() < 0.5,
        })
    }

    /// "Do you …", "can people …": what is done to it or with it.
    pub(super) fn you(&self, words: &[Token]) -> Truth {
        let mut it_at = None;
        let words: Vec<Token> = words
            .iter()
            .enumerate()
            .filter(|(at, token)| {
                let it = token.word == k::IT || (*at == 1 && token.word == k::ONE);
                if it && it_at.is_none() {
                    it_at = Some(*at);
                }
                !it
            })
            .map(|(_, token)| *token)
            .collect();
        // "[a thing that] you can …"
        let words = skip(&words, &[k::CAN, k::COULD, k::WOULD, k::MIGHT, k::WILL]);
        let first = words.first()?;
        let verb = self.verb(first);
        let known = self.lookup(Class::You, words);
        if known.is_some() {
            return known;
        }
        let rest = &words[1..];
        match verb {
            k::USE if it_at == Some(1) || it_at.is_none() => return self.used(rest),
            k::NEED if is(rest.first(), &[k::TO]) => {
                return self.you(rest.get(1..).filter(|rest| !rest.is_empty())?);
            }
            k::FIT => return self.fits(rest),
            k::BUY | k::GET | k::SELL if is(rest.first(), &[k::FOR]) => {
                return self.comparison(words);
            }
            k::BE | k::HAVE if rest.is_empty() => return None,
            _ => {}
        }
        self.done_with(words).or_else(|| {
            let things: Vec<Token> = words
                .iter()
                .filter(|token| self.noun(token) != k::THING)
                .copied()
                .collect();
            let known = (things.len() < words.len())
                .then(|| self.lookup(Class::You, &things))
                .flatten();
            known.or_else(|| self.placed(words))
        })
    }

    /// "[Are] fries made of it": the same as "you make fries from it".
    pub(super) fn source(&self, words: &[Token]) -> Truth {
        let word = |word| Token {
            word,
            article: false,
            value: None,
        };
        self.lookup(
            Class::You,
            &[&[word(k::MAKE)], words, &[word(k::FROM)]].concat(),
        )
    }

    /// "Write with it", "cut things using it".
    fn done_with(&self, words: &[Token]) -> Truth {
        let (last, head) = words.split_last()?;
        let with = last.word == k::WITH || self.verb(last) == k::USE;
        if with && !head.is_empty() {
            self.purpose(head)
        } else {
            None
        }
    }

    /// "Find it in a kitchen", "buy it at a store": only the place matters.
    fn placed(&self, words: &[Token]) -> Truth {
        let verb = self.verb(words.first()?);
        let placed = matches!(
            verb,
            k::FIND | k::KEEP | k::SEE | k::STORE | k::BUY | k::PUT | k::GET | k::HAVE | k::USE
        );
        if placed {
            self.place(&words[1..])
        } else {
            None
        }
    }

    /// "Do children …": they are its users, or they do to it what people do.
    pub(super) fn used_by(&self, users: bool, words: &[Token]) -> Truth {
        let vocabulary = &self.index.vocabulary;
        let verb = self.verb(words.first()?);
        let dealing = DEALINGS
            .iter()
            .any(|dealing| vocabulary.number(dealing) == Some(verb));
        let only = words[1..]
            .iter()
            .all(|token| matches!(token.word, k::IT | k::WITH | k::TO));
        if dealing && only {
            return Some(users);
        }
        Some(self.you(words)? && users)
    }
}

/// "Numbers on it", "water inside": the same as "numbers", "water".
fn without_on_it(words: &[Token]) -> &[Token] {
    match words {
        [head @ .., a, b]
            if b.word == k::IT
                && !head.is_empty()
                && (PREPOSITIONS.contains(&a.word) || a.word == k::TO) =>
        {
            head
        }
        [head @ .., a] if matches!(a.word, k::INSIDE | k::IN | k::ON) && !head.is_empty() => head,
        _ => words,
    }
}

/// A word on its own, for look-ups.
fn bare(word: Word) -> Token {
    Token {
        word,
        article: false,
        value: None,
    }
}
