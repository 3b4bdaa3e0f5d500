//! Looking closely, searching, opening, and light.

use std::borrow::Cow;

use super::act::{Answer, Scene, refuse};
use super::facts::Fact;
use super::story::Search;
use super::world::{Noun, Place};
use crate::Observation;
use crate::phrase::Phrase;

impl Scene<'_> {
    pub(super) fn examine(&mut self, what: Phrase<'_>) -> Answer {
        let story = self.story;
        let facts = self.state.world.facts;
        match self.find(what)? {
            Noun::Thing(thing) => {
                let own = &story.things[thing];
                self.learn(own.gives);
                let mut text = self.state.case.fill(story, own.look, 0);
                if thing == story.roles.lamp {
                    let burns = if facts.has(Fact::LIT) {
                        " It burns."
                    } else {
                        " It is out."
                    };
                    text.to_mut().push_str(burns);
                }
                Ok(text)
            }
            Noun::Fixture(fixture) => Ok(Cow::Borrowed(story.fixtures[fixture].look)),
            Noun::Door(door) => {
                let door = &story.doors[door];
                let is_open = facts.has(door.sets);
                Ok(Cow::Borrowed(if is_open {
                    "It is open."
                } else {
                    door.how
                }))
            }
            Noun::Person(person) => {
                let look = story.people[person].look;
                Ok(self.state.case.fill(story, look, person))
            }
        }
    }

    pub(super) fn search(&mut self, what: Phrase<'_>) -> Answer {
        match self.find(what)? {
            Noun::Fixture(fixture) => match &self.story.fixtures[fixture].search {
                Some(search) => Ok(self.search_place(search)),
                None => refuse("You find nothing there that you did not see before."),
            },
            Noun::Person(_) => refuse("Not without an arrest."),
            Noun::Thing(_) | Noun::Door(_) => refuse("A closer look is all that it needs."),
        }
    }

    fn search_place(&mut self, search: &Search) -> Observation {
        let (thing, which) = search.hides;
        let case = self.state.case;
        let drawn = if thing == self.story.roles.bottle {
            case.bottle
        } else {
            case.page
        };
        let world = &mut self.state.world;
        if which.is_some_and(|which| which != drawn) || world.facts.has(search.sets) {
            let first = !world.facts.has(search.sets);
            world.facts.add(search.sets);
            let text = format!(
                "{} There is nothing{}.",
                search.text,
                if first { "" } else { " more" }
            );
            return Cow::Owned(text);
        }
        world.facts.add(search.sets);
        world.places[thing] = Place::Carried;
        let own = &self.story.things[thing];
        self.learn(own.found);
        self.state.it = Some(Noun::Thing(thing));
        let mut text = format!("{} You find ", search.text);
        super::describe::indefinite(self.story, &mut text, std::iter::once(thing));
        if thing == self.story.roles.bottle {
            text.push_str(", wrapped in a strip of cloth");
        }
        text.push_str(", and take it.");
        Cow::Owned(text)
    }

    pub(super) fn open(&mut self, what: Phrase<'_>, with: Option<Phrase<'_>>) -> Answer {
        let noun = self.find(what)?;
        let Noun::Door(door) = noun else {
            return match noun {
                Noun::Fixture(fixture) if self.story.fixtures[fixture].search.is_some() => {
                    self.search(what)
                }
                _ => refuse("That does not open."),
            };
        };
        let door = &self.story.doors[door];
        if self.state.world.facts.has(door.sets) {
            return refuse("It is open already.");
        }
        let with = match with {
            Some(with) => self.carried(with)?,
            None => door.with,
        };
        if with != door.with || !self.state.world.carries(with) {
            return refuse(door.how);
        }
        self.learn(Some(door.sets));
        self.state.it = Some(noun);
        Ok(Cow::Borrowed(door.opens))
    }

    pub(super) fn light(&mut self, what: Phrase<'_>, with: Option<Phrase<'_>>) -> Answer {
        let roles = &self.story.roles;
        let noun = self.find(what)?;
        if noun != Noun::Thing(roles.lamp) {
            return refuse("That is not for burning.");
        }
        let with = match with {
            Some(with) => self.carried(with)?,
            None => roles.matches,
        };
        if with != roles.matches || !self.state.world.carries(with) {
            return refuse("You have nothing in hand to light it with.");
        }
        if self.state.world.facts.has(Fact::LIT) {
            return refuse("The lamp burns already.");
        }
        self.learn(Some(Fact::LIT));
        self.learn(Some(Fact::LAMP));
        self.state.it = Some(noun);
        Ok(Cow::Borrowed(
            "You strike a match. The lamp burns with a steady yellow flame.",
        ))
    }

    pub(super) fn douse(&mut self, what: Phrase<'_>) -> Answer {
        if self.find(what)? != Noun::Thing(self.story.roles.lamp) {
            return refuse("That does not burn.");
        }
        if !self.state.world.facts.has(Fact::LIT) {
            return refuse("The lamp is out already.");
        }
        self.state.world.facts.remove(Fact::LIT);
        Ok(Cow::Borrowed("You put the lamp out."))
    }
}
