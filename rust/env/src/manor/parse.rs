//! From an utterance to a command; what its names mean is for the room to say.

use super::story::DIRECTIONS;
use crate::phrase::{Phrase, is_one_of, split};

/// What goes with a verb.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verb {
    Look,
    Inventory,
    Score,
    Wait,
    Help,
    Go,
    Take,
    Drop,
    Examine,
    Search,
    Open,
    Light,
    Douse,
    Taste,
    Ask,
    Talk,
    Show,
    Accuse,
}

/// The ways to say each verb; of those that fit, the first counts.
const VERBS: &[(&str, Verb)] = &[
    ("look at", Verb::Examine),
    ("look in", Verb::Search),
    ("look into", Verb::Search),
    ("look inside", Verb::Search),
    ("look under", Verb::Search),
    ("look behind", Verb::Search),
    ("look through", Verb::Search),
    ("look around", Verb::Look),
    ("look", Verb::Look),
    ("l", Verb::Look),
    ("inventory", Verb::Inventory),
    ("inv", Verb::Inventory),
    ("i", Verb::Inventory),
    ("score", Verb::Score),
    ("wait", Verb::Wait),
    ("z", Verb::Wait),
    ("help", Verb::Help),
    ("commands", Verb::Help),
    ("go", Verb::Go),
    ("walk", Verb::Go),
    ("run", Verb::Go),
    ("climb", Verb::Go),
    ("pick up", Verb::Take),
    ("take", Verb::Take),
    ("get", Verb::Take),
    ("grab", Verb::Take),
    ("put down", Verb::Drop),
    ("put out", Verb::Douse),
    ("drop", Verb::Drop),
    ("leave", Verb::Drop),
    ("examine", Verb::Examine),
    ("x", Verb::Examine),
    ("inspect", Verb::Examine),
    ("read", Verb::Examine),
    ("smell", Verb::Examine),
    ("sniff", Verb::Examine),
    ("search", Verb::Search),
    ("open", Verb::Open),
    ("unlock", Verb::Open),
    ("light", Verb::Light),
    ("turn on", Verb::Light),
    ("extinguish", Verb::Douse),
    ("douse", Verb::Douse),
    ("blow out", Verb::Douse),
    ("turn off", Verb::Douse),
    ("eat", Verb::Taste),
    ("drink", Verb::Taste),
    ("taste", Verb::Taste),
    ("sip", Verb::Taste),
    ("ask", Verb::Ask),
    ("question", Verb::Ask),
    ("tell", Verb::Ask),
    ("talk to", Verb::Talk),
    ("talk with", Verb::Talk),
    ("speak to", Verb::Talk),
    ("speak with", Verb::Talk),
    ("show", Verb::Show),
    ("give", Verb::Show),
    ("accuse", Verb::Accuse),
    ("arrest", Verb::Accuse),
];

#[derive(Debug, PartialEq)]
pub(super) enum Command<'a> {
    Go(usize),
    Look,
    Inventory,
    Score,
    Wait,
    Help,
    Take(Phrase<'a>),
    TakeAll,
    Drop(Phrase<'a>),
    DropAll,
    Examine(Phrase<'a>),
    Search(Phrase<'a>),
    /// What, and with which thing if that is said.
    Open(Phrase<'a>, Option<Phrase<'a>>),
    Light(Phrase<'a>, Option<Phrase<'a>>),
    Douse(Phrase<'a>),
    Taste(Phrase<'a>),
    /// Whom, if that is said, and about what.
    Ask(Option<Phrase<'a>>, Phrase<'a>),
    /// What, and to whom if that is said.
    Show(Phrase<'a>, Option<Phrase<'a>>),
    Accuse(Phrase<'a>),
}

/// The command that the words of an utterance are.
pub(super) fn command(words: Phrase<'_>) -> Option<Command<'_>> {
    if let [word] = words
        && let Some(to) = direction(word)
    {
        return Some(Command::Go(to));
    }
    let (verb, rest) = VERBS.iter().find_map(|(said, verb)| {
        let rest = after(words, said)?;
        Some((*verb, rest))
    })?;
    match (verb, rest) {
        (Verb::Look, []) => Some(Command::Look),
        (Verb::Inventory, []) => Some(Command::Inventory),
        (Verb::Score, []) => Some(Command::Score),
        (Verb::Wait, []) => Some(Command::Wait),
        (Verb::Help, []) => Some(Command::Help),
        (Verb::Go, [to]) => direction(to).map(Command::Go),
        (Verb::Take, [all]) if is_all(all) => Some(Command::TakeAll),
        (Verb::Drop, [all]) if is_all(all) => Some(Command::DropAll),
        (Verb::Ask, both) => ask(both),
        (_, []) => None,
        (Verb::Take, what) => Some(Command::Take(what)),
        (Verb::Drop, what) => Some(Command::Drop(what)),
        (Verb::Examine, what) => Some(Command::Examine(what)),
        (Verb::Search, what) => Some(Command::Search(what)),
        (Verb::Douse, what) => Some(Command::Douse(what)),
        (Verb::Taste, what) => Some(Command::Taste(what)),
        (Verb::Talk, both) => Some(match split(both, &["about"]) {
            Some((whom, what)) => Command::Ask(Some(whom), what),
            None => Command::Ask(Some(both), &["death"]),
        }),
        (Verb::Open, both) => Some(match split(both, &["with", "using"]) {
            Some((what, with)) => Command::Open(what, Some(with)),
            None => Command::Open(both, None),
        }),
        (Verb::Light, both) => Some(match split(both, &["with", "using"]) {
            Some((what, with)) => Command::Light(what, Some(with)),
            None => Command::Light(both, None),
        }),
        (Verb::Show, both) => Some(match split(both, &["to"]) {
            Some((what, whom)) => Command::Show(what, Some(whom)),
            None => Command::Show(both, None),
        }),
        (Verb::Accuse, whom) => Some(Command::Accuse(split(whom, &["of"]).map_or(whom, first))),
        _ => None,
    }
}

fn first<'a>(both: (Phrase<'a>, Phrase<'a>)) -> Phrase<'a> {
    both.0
}

/// `ask WHOM about WHAT`, `ask about WHAT`.
fn ask(rest: Phrase<'_>) -> Option<Command<'_>> {
    match rest {
        [about, what @ ..] if is_one_of(about, &["about"]) && !what.is_empty() => {
            Some(Command::Ask(None, what))
        }
        _ => {
            let (whom, what) = split(rest, &["about"])?;
            Some(Command::Ask(Some(whom), what))
        }
    }
}

/// The words that follow those of `said`, if the phrase begins with these.
fn after<'a>(words: Phrase<'a>, said: &str) -> Option<Phrase<'a>> {
    let mut rest = words;
    for own in said.split(' ') {
        let (word, others) = rest.split_first()?;
        if !word.eq_ignore_ascii_case(own) {
            return None;
        }
        rest = others;
    }
    Some(rest)
}

fn is_all(word: &str) -> bool {
    is_one_of(word, &["all", "everything"])
}

/// By its name or its first letter.
fn direction(word: &str) -> Option<usize> {
    let is = |name: &&str| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..1]);
    DIRECTIONS.iter().position(is)
}
