//! The commands that change the world.

use std::collections::HashSet;

use super::act::{Scene, names};
use super::story::{DIRECTIONS, Story};
use super::world::{Noun, State};

/// Of the commands that can be said about what is here, those that change more than the clock, without
/// those that do the same as one before them.
pub(super) fn valid(story: &Story, state: &State) -> Vec<String> {
    let mut seen = HashSet::from([state.world]);
    candidates(story, state)
        .into_iter()
        .filter(|command| {
            let mut trial = state.clone();
            let mut scene = Scene {
                story,
                state: &mut trial,
            };
            // A refusal changes nothing, so that its world has been seen.
            let _ = scene.act(command);
            seen.insert(trial.world)
        })
        .collect()
}

/// Every verb with whatever it could be about.
fn candidates(story: &Story, state: &State) -> Vec<String> {
    let world = &state.world;
    let mut commands: Vec<String> = DIRECTIONS.map(str::to_owned).into();
    for noun in world.nouns(story) {
        let name = names(story, noun)[0].to_lowercase();
        match noun {
            Noun::Thing(thing) => {
                for verb in ["take", "drop", "examine", "drink"] {
                    commands.push(format!("{verb} {name}"));
                }
                if thing == story.roles.lamp {
                    commands.push(format!("light {name}"));
                    commands.push(format!("put out {name}"));
                }
            }
            Noun::Fixture(_) => {
                commands.push(format!("search {name}"));
                commands.push(format!("eat {name}"));
            }
            Noun::Door(door) => {
                let with = story.things[story.doors[door].with].names[0];
                commands.push(format!("open {name} with {with}"));
            }
            Noun::Person(person) => {
                let topics = story.topics.iter();
                commands.extend(topics.map(|topic| format!("ask {name} about {}", topic.names[0])));
                let things = world.carried();
                commands.extend(
                    things.map(|thing| format!("show {} to {name}", story.things[thing].names[0])),
                );
                if person == story.roles.constable {
                    let people = story.people.iter();
                    commands.extend(
                        people.map(|own| format!("accuse {}", own.names[0].to_lowercase())),
                    );
                }
            }
        }
    }
    commands
}
