//! What the agent reads about the place and what it carries.

use std::borrow::Cow;

use super::facts::Fact;
use super::story::{DIRECTIONS, Story};
use super::world::{State, World};
use crate::Observation;
use crate::phrase::{push_list, push_with_article};

/// `a lamp (lit) and a key`.
pub(super) fn indefinite(
    story: &Story,
    text: &mut String,
    things: impl Iterator<Item = usize> + Clone,
) {
    push_list(text, things, |text, thing| {
        push_with_article(text, story.things[thing].names[0]);
    });
}

/// The room, who and what is there, and the exits.
pub(super) fn room(story: &Story, state: &State) -> Observation {
    let world = &state.world;
    let here = &story.rooms[usize::from(world.room)];
    let dark = here.dark.filter(|_| !world.is_lit(story));
    let mut text = String::with_capacity(400);
    text.push_str(here.name);
    text.push('\n');
    text.push_str(dark.unwrap_or(here.text));
    if let Some(person) = world.person(story) {
        text.push(' ');
        let seen = story.people[person].seen;
        text.push_str(&state.case.fill(story, seen, person));
    }
    if world.lying(story).next().is_some() {
        text.push_str(" You see ");
        indefinite(story, &mut text, world.lying(story));
        text.push('.');
    }
    push_exits(&mut text, story, world, dark.is_some());
    Cow::Owned(text)
}

/// In the dark only the way up can be felt, or the way back if there is none.
fn push_exits(text: &mut String, story: &Story, world: &World, dark: bool) {
    let exits = story.rooms[usize::from(world.room)].exits;
    let has_up = DIRECTIONS
        .iter()
        .zip(exits)
        .any(|(name, exit)| *name == "up" && exit.is_some());
    let mut first = true;
    text.push_str("\nExits: ");
    for (direction, exit) in DIRECTIONS.iter().zip(exits) {
        let Some(exit) = exit.filter(|_| !dark || !has_up || *direction == "up") else {
            continue;
        };
        if !first {
            text.push_str(", ");
        }
        first = false;
        text.push_str(direction);
        if let Some(door) = exit.door.map(|door| &story.doors[door]) {
            let is_open = world.facts.has(door.sets);
            text.push_str(" (");
            text.push_str(door.names[0]);
            text.push_str(", ");
            text.push_str(if is_open { "open" } else { door.shut });
            text.push(')');
        }
    }
    text.push('.');
}

pub(super) fn inventory(story: &Story, world: &World) -> Observation {
    if world.carried().next().is_none() {
        return Cow::Borrowed("You carry nothing.");
    }
    let mut text = "You carry ".to_owned();
    indefinite(story, &mut text, world.carried());
    text.push('.');
    if world.carries(story.roles.lamp) && world.facts.has(Fact::LIT) {
        text.push_str(" The lamp burns.");
    }
    Cow::Owned(text)
}
