//! From an utterance to a command; which things it names is for the room to say.

use crate::phrase::{Phrase, split};

pub(super) const DIRECTIONS: [&str; 4] = ["north", "east", "south", "west"];
pub(super) const INTO: [&str; 5] = ["in", "into", "on", "onto", "inside"];

#[derive(Debug, PartialEq)]
pub(super) enum Command<'a> {
    Go(usize),
    Look,
    Inventory,
    /// What, and from where if that is said.
    Take(Phrase<'a>, Option<Phrase<'a>>),
    Drop(Phrase<'a>),
    Put(Phrase<'a>, Phrase<'a>),
    Open(Phrase<'a>),
    Close(Phrase<'a>),
    /// What, and with which key.
    Unlock(Phrase<'a>, Phrase<'a>),
    Examine(Phrase<'a>),
}

/// The command that the words of an utterance are.
pub(super) fn command(phrase: Phrase<'_>) -> Option<Command<'_>> {
    let (verb, rest) = phrase.split_first()?;
    let is = |name: &str| verb.eq_ignore_ascii_case(name);
    match rest {
        [] if is("look") || is("l") => Some(Command::Look),
        [] if is("inventory") || is("i") => Some(Command::Inventory),
        [] => direction(verb).map(Command::Go),
        [to] if is("go") => direction(to).map(Command::Go),
        [up, what @ ..] if is("pick") && up.eq_ignore_ascii_case("up") => take(what),
        what if is("take") || is("get") => take(what),
        what if is("drop") => Some(Command::Drop(what)),
        what if is("open") => Some(Command::Open(what)),
        what if is("close") => Some(Command::Close(what)),
        what if is("examine") || is("x") => Some(Command::Examine(what)),
        both if is("put") || is("insert") => {
            split(both, &INTO).map(|(what, place)| Command::Put(what, place))
        }
        both if is("unlock") => {
            split(both, &["with"]).map(|(what, key)| Command::Unlock(what, key))
        }
        _ => None,
    }
}

fn take(rest: Phrase<'_>) -> Option<Command<'_>> {
    match split(rest, &["from"]) {
        Some((what, place)) => Some(Command::Take(what, Some(place))),
        None if rest.is_empty() => None,
        None => Some(Command::Take(rest, None)),
    }
}

/// By its name or its first letter.
fn direction(word: &str) -> Option<usize> {
    let is = |name: &&str| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..1]);
    DIRECTIONS.iter().position(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrase::Words;

    fn parsed(utterance: &str) -> String {
        let words = Words::of(utterance);
        format!(
            "{:?}",
            words.as_ref().and_then(|words| command(words.phrase()))
        )
    }

    #[test]
    fn commands_are_read_in_all_their_forms() {
        for (utterance, expected) in [
            ("go north", "Some(Go(0))"),
            ("  GO   the East! ", "Some(Go(1))"),
            ("s", "Some(Go(2))"),
            ("West.", "Some(Go(3))"),
            ("go n", "Some(Go(0))"),
            ("l", "Some(Look)"),
            ("Inventory", "Some(Inventory)"),
            ("take a Tea\tcup", r#"Some(Take(["Tea", "cup"], None))"#),
            (
                "pick up lamp from the bed",
                r#"Some(Take(["lamp"], Some(["bed"])))"#,
            ),
            ("drop lamp", r#"Some(Drop(["lamp"]))"#),
            (
                "put the lamp on the round table",
                r#"Some(Put(["lamp"], ["round", "table"]))"#,
            ),
            ("insert lamp into box", r#"Some(Put(["lamp"], ["box"]))"#),
            ("open oak door", r#"Some(Open(["oak", "door"]))"#),
            ("close box", r#"Some(Close(["box"]))"#),
            (
                "unlock box with tin key",
                r#"Some(Unlock(["box"], ["tin", "key"]))"#,
            ),
            ("x box", r#"Some(Examine(["box"]))"#),
        ] {
            assert_eq!(parsed(utterance), expected, "{utterance}");
        }
        for utterance in [
            "",
            "the",
            "go",
            "go up",
            "go north now",
            "take",
            "take the",
            "pick lamp",
            "pick up",
            "put lamp",
            "put on table",
            "put lamp on",
            "unlock box",
            "unlock with key",
            "northeast",
            "look around",
            "sing",
            "take a b c d e f g h i j k l m n o",
            "\u{fffd}",
            "go\0north",
        ] {
            assert_eq!(parsed(utterance), "None", "{utterance}");
        }
    }
}
