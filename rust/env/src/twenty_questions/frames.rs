//! Finds who does what to whom in the first words of a clause.

use super::attributes::Class;
use super::keywords::keyword as k;
use super::reader::{Frame, HELPERS, NEGATIONS, Reader, is, skip};
use super::words::Token;

impl Reader<'_> {
    /// The frame that a clause opens, the words that fill it, and whether it is negated.
    pub(super) fn frame<'w>(&self, words: &'w [Token]) -> Option<(Frame, &'w [Token], bool)> {
        let first = words.first()?;
        if first.word == k::IT || first.word == k::THAT {
            return self.statement(&words[1..]);
        }
        if first.word == k::YOU && words.len() > 1 {
            let rest = if is(words.get(1), &HELPERS) {
                &words[2..]
            } else {
                &words[1..]
            };
            return negation(Frame::You, rest);
        }
        let verb = self.verb(first);
        if verb == k::BE {
            // "Isn't it alive?" asks whether it is.
            let rest = skip(&words[1..], &[k::NOT_MARK]);
            if is(rest.first(), &[k::THERE]) {
                return negation(Frame::Have, &rest[1..]);
            }
            let subject = match skip(rest, &[k::IT, k::THAT]) {
                // "Is the animal a dog?"
                [about, named, ..] if about.article && named.article => &rest[1..],
                subject => subject,
            };
            // "Are fries made from it?" is about the fries.
            let other = subject.len() == rest.len() && is(rest.last(), &[k::IT]);
            return if other {
                None
            } else {
                negation(Frame::Be, subject)
            };
        }
        if verb == k::HAVE {
            return negation(Frame::Have, skip(&words[1..], &[k::IT, k::THAT]));
        }
        if HELPERS.contains(&verb) {
            return self.question(skip(&words[1..], &[k::NOT_MARK]));
        }
        negation(Frame::Be, words)
    }

    /// What follows "does", "can", "would" and the like.
    fn question<'w>(&self, words: &'w [Token]) -> Option<(Frame, &'w [Token], bool)> {
        let first = words.first()?;
        if first.word == k::YOU {
            return negation(Frame::You, &words[1..]);
        }
        if first.word == k::IT || first.word == k::THAT || first.word == k::HAVE {
            let (_, rest, negated) = negation(Frame::Does, skip(words, &[k::IT, k::THAT]))?;
            return match rest.first()?.word {
                k::BE => negation(Frame::Be, &rest[1..])
                    .map(|(frame, rest, again)| (frame, rest, negated != again)),
                k::HAVE => Some((Frame::Have, &rest[1..], negated)),
                _ => Some((Frame::Does, rest, negated)),
            };
        }
        let users = (1..words.len().min(4)).rev();
        let user = users
            .filter(|&end| !words[..end].is_empty())
            .find_map(|end| Some((self.lookup(Class::By, &words[..end])?, &words[end..])));
        match user {
            Some((holds, rest)) => negation(Frame::By(holds), rest),
            None => negation(Frame::Does, words),
        }
    }

    /// What follows "it" in a statement or in "that it …".
    fn statement<'w>(&self, words: &'w [Token]) -> Option<(Frame, &'w [Token], bool)> {
        let verb = self.verb(words.first()?);
        if verb == k::BE {
            return negation(Frame::Be, &words[1..]);
        }
        if verb == k::HAVE {
            return negation(Frame::Have, &words[1..]);
        }
        if HELPERS.contains(&verb) {
            let (_, rest, negated) = negation(Frame::Does, &words[1..])?;
            return match rest.first()?.word {
                k::BE => Some((Frame::Be, &rest[1..], negated)),
                k::HAVE => Some((Frame::Have, &rest[1..], negated)),
                _ => Some((Frame::Does, rest, negated)),
            };
        }
        Some((Frame::Does, words, false))
    }
}

fn negation(frame: Frame, words: &[Token]) -> Option<(Frame, &[Token], bool)> {
    let rest = skip(words, &NEGATIONS);
    (!rest.is_empty()).then_some((frame, rest, rest.len() < words.len()))
}
