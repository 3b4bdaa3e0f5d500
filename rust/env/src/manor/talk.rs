//! Asking, showing, accusing.

use std::borrow::Cow;

use super::act::{Answer, Scene, refuse};
use super::facts::Fact;
use super::story::{SOLVED, STRUCK, WRONG, is_named};
use super::world::Noun;
use crate::Observation;
use crate::phrase::Phrase;

impl Scene<'_> {
    /// Whoever is meant: the person of that name, or whoever is in the room if none is said.
    fn listener(&mut self, whom: Option<Phrase<'_>>) -> Result<usize, Observation> {
        let noun = if let Some(whom) = whom {
            self.find(whom)?
        } else {
            let person = self.state.world.person(self.story);
            Noun::Person(person.ok_or(Cow::Borrowed("Nobody is here to hear you."))?)
        };
        match noun {
            Noun::Person(person) => Ok(person),
            _ => refuse("That does not answer."),
        }
    }

    pub(super) fn ask(&mut self, whom: Option<Phrase<'_>>, about: Phrase<'_>) -> Answer {
        let story = self.story;
        let person = self.listener(whom)?;
        let mut topics = story.topics.iter();
        let topic = topics.position(|topic| is_named(&topic.names, about));
        let knows = |needs: Option<Fact>| needs.is_none_or(|fact| self.state.world.facts.has(fact));
        let Some(topic) = topic.filter(|&topic| knows(story.topics[topic].needs)) else {
            return refuse("You do not know enough to ask about that.");
        };
        let Some(answer) = &story.answers[person][topic] else {
            return Ok(Cow::Borrowed(story.people[person].otherwise));
        };
        if !knows(answer.needs) {
            return refuse("You do not know enough to ask about that.");
        }
        self.learn(answer.gives);
        Ok(self.state.case.fill(story, answer.text, person))
    }

    pub(super) fn show(&mut self, what: Phrase<'_>, whom: Option<Phrase<'_>>) -> Answer {
        let story = self.story;
        let thing = self.carried(what)?;
        let person = self.listener(whom)?;
        if thing != story.roles.bottle && thing != story.roles.page {
            let name = story.people[person].names[0];
            return Err(Cow::Owned(format!("{name} has seen one before.")));
        }
        if person == self.state.case.culprit {
            return Ok(self.finish(STRUCK, person));
        }
        self.learn(Some(Fact::shown(person)));
        Ok(Cow::Borrowed(story.people[person].shown))
    }

    /// Accuses anybody of the house, before the constable and with both proofs in hand.
    pub(super) fn accuse(&mut self, whom: Phrase<'_>) -> Answer {
        let story = self.story;
        let named = |person: &super::story::Person| is_named(&person.names, whom);
        let Some(accused) = story.people.iter().position(named) else {
            return refuse("There is nobody of that name in the house.");
        };
        let world = &mut self.state.world;
        let roles = &story.roles;
        if world.person(story) != Some(roles.constable) {
            return refuse("Only the constable can make an arrest, and he is at the gate.");
        }
        if accused == roles.constable {
            return refuse("He was on duty in the village, and he looks it.");
        }
        if !world.carries(roles.bottle) || !world.carries(roles.page) {
            return refuse(
                "\"I cannot arrest on a name,\" says Hale. \"Bring me the bottle and the paper.\"",
            );
        }
        let code = if accused == self.state.case.culprit {
            world.facts.add(Fact::SOLVED);
            SOLVED
        } else {
            // There are few people, so that each has a code of its own.
            WRONG + u8::try_from(accused).unwrap_or_default()
        };
        Ok(self.finish(code, accused))
    }
}
