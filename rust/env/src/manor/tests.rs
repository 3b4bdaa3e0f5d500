//! The text file of the manor: what is in it can be said, and what is wrong with another is told.

use std::collections::HashSet;

use super::STORY;
use super::case::{CASES, Case};
use super::parse::{Command, command};
use super::read::read;
use super::story::Names;
use crate::phrase::Words;

const TEXT: &str = include_str!("../../data/manor/manor.txt");

#[test]
fn every_name_can_be_said_and_names_one_thing_of_its_kind_in_a_room() {
    let story = STORY.as_ref().unwrap();
    let rooms = |index: usize| {
        story
            .fixtures
            .iter()
            .filter(move |own| usize::from(own.room) == index)
    };
    for index in 0..story.rooms.len() {
        let names: Vec<_> = rooms(index).flat_map(|own| &own.names).collect();
        assert_eq!(
            names.iter().collect::<HashSet<_>>().len(),
            names.len(),
            "{names:?}"
        );
    }
    let of = |names: &mut dyn Iterator<Item = &Names>| names.flatten().copied().collect::<Vec<_>>();
    let things = of(&mut story.things.iter().map(|own| &own.names));
    assert_eq!(things.iter().collect::<HashSet<_>>().len(), things.len());
    let people = of(&mut story.people.iter().map(|own| &own.names));
    let topics = of(&mut story.topics.iter().map(|own| &own.names));
    let fixtures = of(&mut story.fixtures.iter().map(|own| &own.names));
    for name in [things, people, topics, fixtures].concat() {
        let said = format!("ask {name} about the {name}");
        let words = Words::of(&said).unwrap();
        let half = words.phrase().len() / 2;
        let asked = Command::Ask(Some(&words.phrase()[1..half]), &words.phrase()[half + 1..]);
        assert_eq!(command(words.phrase()), Some(asked), "{name}");
    }
}

#[test]
fn every_brace_is_filled_in_and_every_direction_leads_back() {
    let story = STORY.as_ref().unwrap();
    let texts = TEXT.lines().filter(|line| !line.starts_with('#'));
    for number in [0, 57, CASES - 1] {
        let case = Case::new(number);
        for text in texts.clone() {
            assert!(!case.fill(story, text, 0).contains(['{', '}']), "{text}");
        }
    }
    // Against each direction its opposite.
    for (index, room) in story.rooms.iter().enumerate() {
        for (direction, exit) in room.exits.iter().enumerate() {
            let Some(exit) = exit else { continue };
            let back = story.rooms[usize::from(exit.room)].exits[[2, 3, 0, 1, 5, 4][direction]];
            assert_eq!(
                back.map(|exit| usize::from(exit.room)),
                Some(index),
                "{}",
                room.name
            );
        }
    }
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line() {
    for (wrong, right, expected) in [
        (
            "north: hell",
            "north: hall",
            "room drive, which begins in line 19: north is \"hell\"",
        ),
        (
            "norht: hall",
            "north: hall",
            "room drive, which begins in line 19: there is no field \"norht\"",
        ),
        ("gives: tears", "gives: spare", "answer dunn study"),
        (
            "answer dun study",
            "answer dunn study",
            "give the ids of a person and of a topic",
        ),
        ("hides: gold 0", "hides: bottle 0", "fixture tub"),
        (
            "fixtur gate",
            "fixture gate",
            "fixtur gate, which begins in line",
        ),
        ("end sheri", "end sherry", "there is no block end sherry"),
        ("A brick vault", "text: A brick vault", "give KEY: TEXT"),
        ("word cloth: one | ", "word cloth: ", "give 4 texts"),
    ] {
        assert!(TEXT.contains(right), "{right}");
        let text = TEXT.replacen(right, wrong, 1);
        // Files are read for as long as the program runs.
        let problem = read(text.leak()).unwrap_err();
        assert!(problem.contains(expected), "{wrong}: {problem}");
    }
}
