//! Commands that are worth a try.

use super::grammar::{Part, Sentence};
use super::sight::Thing;
use super::vocabulary::Vocabulary;

/// No more commands are tried.
const MOST: usize = 6000;
const DIRECTIONS: [&str; 12] = [
    "north",
    "south",
    "east",
    "west",
    "northeast",
    "northwest",
    "southeast",
    "southwest",
    "up",
    "down",
    "in",
    "out",
];

/// The directions, and each sentence with whatever can stand in it.
pub(super) fn candidates(
    vocabulary: &Vocabulary,
    sentences: &[Sentence],
    things: &[Thing],
) -> Vec<String> {
    let known = DIRECTIONS
        .iter()
        .filter(|direction| vocabulary.knows(direction));
    let mut commands: Vec<String> = known.map(|&direction| direction.to_owned()).collect();
    for sentence in sentences {
        if commands.len() >= MOST {
            break;
        }
        fill(&sentence.parts, things, &mut Vec::new(), &mut commands);
    }
    commands
}

/// Appends what becomes of a sentence, of which the first parts stand in `said`, with each thing
/// once in it at most. What has to be carried is taken by the story first, so that it may also lie
/// there where nothing else is asked for.
fn fill<'a>(
    parts: &'a [Part],
    things: &'a [Thing],
    said: &mut Vec<&'a str>,
    commands: &mut Vec<String>,
) {
    let Some((part, rest)) = parts.split_first() else {
        commands.push(said.join(" "));
        return;
    };
    let names: Vec<&str> = if let Part::Word(word) = part {
        vec![word]
    } else {
        let slots = |parts: &[Part]| parts.iter().any(|part| !matches!(part, Part::Word(_)));
        let alone = *part == Part::Held && !slots(rest) && said.len() == 1;
        let held = matches!(part, Part::Held | Part::AllHeld) && !alone;
        let fits = things.iter().filter(|thing| thing.held || !held);
        let all = matches!(part, Part::Things | Part::AllHeld).then_some("all");
        let names = fits.map(|thing| thing.name.as_str()).chain(all);
        names.filter(|name| !said.contains(name)).collect()
    };
    for name in names {
        if commands.len() >= MOST {
            return;
        }
        said.push(name);
        fill(rest, things, said, commands);
        said.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::fill;
    use crate::zmachine::game::grammar::Part;
    use crate::zmachine::game::sight::Thing;

    #[test]
    fn sentences_are_filled_with_what_fits() {
        let thing = |name: &str, held| Thing {
            name: name.to_owned(),
            held,
        };
        let things = [thing("key", true), thing("door", false)];
        let word = |word: &str| Part::Word(word.to_owned());
        let said = |sentence: &[Part]| {
            let mut commands = Vec::new();
            fill(sentence, &things, &mut Vec::new(), &mut commands);
            commands
        };
        let unlock = [word("unlock"), Part::Thing, word("with"), Part::Held];
        assert_eq!(said(&unlock), ["unlock door with key"]);
        assert_eq!(
            said(&[word("take"), Part::Things]),
            ["take key", "take door", "take all"]
        );
        assert_eq!(
            said(&[word("drop"), Part::AllHeld]),
            ["drop key", "drop all"]
        );
        assert_eq!(said(&[word("eat"), Part::Held]), ["eat key", "eat door"]);
        assert_eq!(said(&[word("wait")]), ["wait"]);
    }
}
