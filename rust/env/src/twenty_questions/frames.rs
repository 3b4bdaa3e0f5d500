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
            // "Are fries made of it?" is about the fries.
            let other = !is(rest.first(), &[k::IT, k::THAT]) && is(rest.last(), &[k::IT]);
            return if other {
                another(rest)
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
        let is_you = first.word == k::YOU;
        // "You" alone are all people, and "you riding a bike" only some.
        let shortest = if is_you { 2 } else { 1 };
        let mut users = (shortest..words.len().min(4)).rev();
        let user =
            users.find_map(|end| Some((self.lookup(Class::By, &words[..end])?, &words[end..])));
        if let Some((holds, rest)) = user {
            return negation(Frame::By(holds), rest);
        }
        if is_you {
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
        negation(Frame::Does, words)
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

/// "[Are] jeans an example of it", "[are] fries made of it".
fn another(words: &[Token]) -> Option<(Frame, &[Token], bool)> {
    let (other, verb) = words.split_at_checked(words.len().checked_sub(3)?)?;
    let frame = match verb.first()?.word {
        k::EXAMPLE => Frame::Example,
        k::MADE => Frame::Source,
        _ => return None,
    };
    let relates = verb[1].word == k::OF && !other.is_empty();
    relates.then_some((frame, other, false))
}

fn negation(frame: Frame, words: &[Token]) -> Option<(Frame, &[Token], bool)> {
    let rest = skip(words, &NEGATIONS);
    (!rest.is_empty()).then_some((frame, rest, rest.len() < words.len()))
}

#[cfg(test)]
mod tests {
    use crate::twenty_questions::knowledge::{Knowledge, Reply};

    #[test]
    fn clauses_about_another_thing_and_asides_are_understood_or_refused() {
        let knowledge = Knowledge::full();
        for (object, text, expected) in [
            ("dog", "Is a poodle a kind of this?", Reply::Yes),
            ("cat", "Is a poodle a kind of this?", Reply::No),
            ("grape", "Are raisins made out of it?", Reply::Yes),
            ("grape", "Are bricks made out of it?", Reply::Invalid),
            ("helmet", "Would someone riding a bike wear it?", Reply::Yes),
            ("dress", "Would someone riding a bike wear it?", Reply::No),
            ("bus", "Can it hold more than 20 people?", Reply::Yes),
            ("car", "Can it hold more than 20 people?", Reply::No),
            (
                "banana",
                "Is it soft enough that you could mash it?",
                Reply::Yes,
            ),
            (
                "potato",
                "Is it soft enough that you could mash it?",
                Reply::Invalid,
            ),
            (
                "pan",
                "Is it soft enough that you could mash it?",
                Reply::No,
            ),
            ("rock", "Do you wear it when it rains?", Reply::No),
            ("hat", "Do you wear it when it rains?", Reply::Invalid),
            (
                "lego",
                "Does it make noise when you shake it?",
                Reply::Invalid,
            ),
            ("lion", "I'm guessing a lion, is that it?", Reply::Named),
            ("wrench", "Is it harder than a brick?", Reply::Invalid),
        ] {
            let number = knowledge.find_object(object).expect(object);
            assert_eq!(knowledge.reply(number, text), expected, "{object}: {text}");
        }
    }
}
