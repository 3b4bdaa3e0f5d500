//! What the manor's text file holds, once it is read; nothing here changes.

use super::facts::Fact;
use crate::phrase::{Phrase, names};

pub(super) const DIRECTIONS: [&str; 6] = ["north", "east", "south", "west", "up", "down"];
/// The ways in which an episode ends, in the order of their codes from 1. The last is that of a wrong
/// accusation, whose code is increased by the number of the accused person.
pub(super) const ENDS: [&str; 7] = [
    "solved",
    "sherry",
    "monkshood",
    "well",
    "joists",
    "struck",
    "wrong",
];
pub(super) const SOLVED: u8 = 1;
pub(super) const STRUCK: u8 = 6;
pub(super) const WRONG: u8 = 7;
/// How many things there are to carry, and people.
pub(super) const THINGS: usize = 10;
pub(super) const PEOPLE: usize = 6;
/// The first of the people are the suspects.
pub(super) const SUSPECTS: usize = 4;

/// Names of which the first is shown and any may be said.
pub(super) type Names = Vec<&'static str>;

pub(super) fn is_named(own: &Names, phrase: Phrase<'_>) -> bool {
    own.iter().any(|name| names(phrase, name))
}

/// A way out of a room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exit {
    pub room: u8,
    /// Index into [`Story::doors`].
    pub door: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Room {
    pub name: &'static str,
    pub text: &'static str,
    /// What is read there without a light, in rooms that need one.
    pub dark: Option<&'static str>,
    pub exits: [Option<Exit>; 6],
    /// A way that nobody survives, and how it ends.
    pub deadly: Option<(usize, u8)>,
    /// How it ends to walk about in the dark, other than up.
    pub fall: Option<u8>,
    /// What is learned by entering.
    pub gives: Option<Fact>,
}

/// A way that has to be opened once.
#[derive(Debug)]
pub(super) struct Door {
    pub names: Names,
    /// `locked` or `closed`.
    pub shut: &'static str,
    pub refuse: &'static str,
    /// What is wanting.
    pub how: &'static str,
    pub opens: &'static str,
    /// The thing that opens it.
    pub with: usize,
    /// That it is open.
    pub sets: Fact,
}

#[derive(Debug)]
pub(super) struct Person {
    pub names: Names,
    pub room: u8,
    /// How they stand in the room.
    pub seen: &'static str,
    pub look: &'static str,
    /// What they answer to all that the file has no answer for.
    pub otherwise: &'static str,
    /// What they say to the bottle and the page, if they have nothing to fear from them.
    pub shown: &'static str,
}

#[derive(Debug)]
pub(super) struct Thing {
    pub names: Names,
    /// Where it lies at the beginning; None if it is hidden.
    pub room: Option<u8>,
    pub look: &'static str,
    /// What is learned by looking at it.
    pub gives: Option<Fact>,
    /// What is learned by finding it.
    pub found: Option<Fact>,
    /// How it ends to eat or drink it.
    pub taste: Option<u8>,
}

#[derive(Debug)]
pub(super) struct Fixture {
    pub names: Names,
    pub room: u8,
    pub look: &'static str,
    pub taste: Option<u8>,
    pub search: Option<Search>,
}

#[derive(Debug)]
pub(super) struct Search {
    pub text: &'static str,
    /// That it has been searched.
    pub sets: Fact,
    /// The thing that may be there, and in which cases (in all of them, if None).
    pub hides: (usize, Option<u8>),
}

#[derive(Debug)]
pub(super) struct Topic {
    pub names: Names,
    /// What has to be known to ask about it.
    pub needs: Option<Fact>,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub text: &'static str,
    pub needs: Option<Fact>,
    /// What is learned from it.
    pub gives: Option<Fact>,
}

/// The texts that differ from case to case.
#[derive(Debug)]
pub(super) struct Variants {
    pub cloth: Names,
    /// Of the suspects.
    pub motive: Names,
    /// Of the hiding places of the bottle.
    pub light: Names,
    /// Of the hiding places of the page.
    pub place: Names,
}

/// All of it; rooms, people and things are told by their indices.
#[derive(Debug)]
pub(super) struct Story {
    pub variants: Variants,
    pub opening: &'static str,
    pub rooms: Vec<Room>,
    pub doors: Vec<Door>,
    pub people: Vec<Person>,
    pub things: Vec<Thing>,
    pub fixtures: Vec<Fixture>,
    pub topics: Vec<Topic>,
    /// `answers[person][topic]`.
    pub answers: Vec<Vec<Option<Answer>>>,
    /// In the order of [`ENDS`].
    pub ends: Vec<&'static str>,
    pub roles: Roles,
}

/// The things and the person that the rules name.
#[derive(Debug)]
pub(super) struct Roles {
    pub lamp: usize,
    pub matches: usize,
    pub bottle: usize,
    pub page: usize,
    pub constable: usize,
}
