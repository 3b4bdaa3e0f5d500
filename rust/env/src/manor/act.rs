//! What each command does, and when it is refused.

use std::borrow::Cow;

use super::describe::{indefinite, inventory, room};
use super::facts::Fact;
use super::parse::{Command, command};
use super::story::{DIRECTIONS, Story, WRONG, is_named};
use super::world::{Noun, Place, State};
use crate::Observation;
use crate::phrase::{Phrase, Words, echo, is_one_of};

/// What happened, or why nothing did.
pub(super) type Answer = Result<Observation, Observation>;

const NO_COMMAND: &str = "That is no command here; help lists those there are.";
const HELP: &str = "Commands: north (n) and so on, up, down; look; inventory; examine X; search X; \
                    take X; drop X; open X with Y; light X; put out X; ask WHOM about X; show X to \
                    WHOM; accuse WHOM; score; wait.";

/// An episode, and the story that it is in.
pub(super) struct Scene<'a> {
    pub story: &'a Story,
    pub state: &'a mut State,
}

pub(super) fn refuse<T>(text: &'static str) -> Result<T, Observation> {
    Err(Cow::Borrowed(text))
}

impl Scene<'_> {
    /// Does what an utterance says.
    pub fn act(&mut self, utterance: &str) -> Answer {
        let words = Words::of(utterance);
        let command = words.as_ref().and_then(|words| command(words.phrase()));
        match command.ok_or(Cow::Borrowed(NO_COMMAND))? {
            Command::Go(direction) => self.go(direction),
            Command::Look => Ok(room(self.story, self.state)),
            Command::Inventory => Ok(inventory(self.story, &self.state.world)),
            Command::Score => Ok(Cow::Owned(format!(
                "Your score is {} of 100, after {} turns.",
                self.state.world.facts.score(),
                self.state.turn
            ))),
            Command::Wait => Ok(Cow::Borrowed("The rain goes on.")),
            Command::Help => Ok(Cow::Borrowed(HELP)),
            Command::Take(what) => self.take(what),
            Command::TakeAll => self.take_all(),
            Command::Drop(what) => self.drop(what),
            Command::DropAll => self.drop_all(),
            Command::Examine(what) => self.examine(what),
            Command::Search(what) => self.search(what),
            Command::Open(what, with) => self.open(what, with),
            Command::Light(what, with) => self.light(what, with),
            Command::Douse(what) => self.douse(what),
            Command::Taste(what) => self.taste(what),
            Command::Ask(whom, what) => self.ask(whom, what),
            Command::Show(what, whom) => self.show(what, whom),
            Command::Accuse(whom) => self.accuse(whom),
        }
    }

    /// The noun that a phrase names here, which `it` means from now on; `him` and `her` are whoever is here.
    pub(super) fn find(&mut self, phrase: Phrase<'_>) -> Result<Noun, Observation> {
        let world = &self.state.world;
        let mut nouns = world.nouns(self.story);
        let is = |pronouns: &[&str]| matches!(phrase, [said] if is_one_of(said, pronouns));
        let found = if is(&["him", "her"]) {
            nouns.find(|noun| matches!(noun, Noun::Person(_)))
        } else if is(&["it", "them"]) {
            nouns.find(|noun| Some(*noun) == self.state.it)
        } else {
            nouns.find(|noun| is_named(names(self.story, *noun), phrase))
        };
        let Some(noun) = found else {
            return Err(match echo(phrase) {
                Some(name) => Cow::Owned(format!("You see no {name} here.")),
                None => Cow::Borrowed("You see no such thing here."),
            });
        };
        self.state.it = Some(noun);
        Ok(noun)
    }

    /// A thing that is carried.
    pub(super) fn carried(&mut self, phrase: Phrase<'_>) -> Result<usize, Observation> {
        let noun = self.find(phrase)?;
        match noun {
            Noun::Thing(thing) if self.state.world.carries(thing) => Ok(thing),
            _ => Err(Cow::Owned(format!(
                "You do not carry the {}.",
                names(self.story, noun)[0]
            ))),
        }
    }

    /// The ending of this code, told of a person if it names one.
    pub(super) fn finish(&mut self, code: u8, person: usize) -> Observation {
        self.state.world.end = code;
        let text = self.story.ends[usize::from(code.min(WRONG) - 1)];
        self.state.case.fill(self.story, text, person)
    }

    pub(super) fn learn(&mut self, fact: Option<Fact>) {
        if let Some(fact) = fact {
            self.state.world.facts.add(fact);
        }
    }

    fn go(&mut self, direction: usize) -> Answer {
        let here = &self.story.rooms[usize::from(self.state.world.room)];
        let is_lit = self.state.world.is_lit(self.story);
        if let Some(end) = here
            .fall
            .filter(|_| !is_lit && DIRECTIONS[direction] != "up")
        {
            return Ok(self.finish(end, 0));
        }
        if let Some((_, end)) = here.deadly.filter(|(to, _)| *to == direction) {
            return Ok(self.finish(end, 0));
        }
        let Some(exit) = here.exits[direction] else {
            return Err(Cow::Owned(format!(
                "There is no way {}.",
                DIRECTIONS[direction]
            )));
        };
        let door = exit.door.map(|door| &self.story.doors[door]);
        if let Some(door) = door.filter(|door| !self.state.world.facts.has(door.sets)) {
            return refuse(door.refuse);
        }
        self.state.world.room = exit.room;
        self.learn(self.story.rooms[usize::from(exit.room)].gives);
        Ok(room(self.story, self.state))
    }

    fn take(&mut self, what: Phrase<'_>) -> Answer {
        let noun = self.find(what)?;
        let name = names(self.story, noun)[0];
        match noun {
            Noun::Thing(thing) if self.state.world.carries(thing) => {
                Err(Cow::Owned(format!("You already carry the {name}.")))
            }
            Noun::Thing(thing) => {
                self.state.world.places[thing] = Place::Carried;
                Ok(Cow::Owned(format!("You take the {name}.")))
            }
            Noun::Person(_) => Err(Cow::Owned(format!("{name} would rather not."))),
            Noun::Fixture(_) | Noun::Door(_) => {
                Err(Cow::Owned(format!("The {name} stays where it is.")))
            }
        }
    }

    fn take_all(&mut self) -> Answer {
        let things: Vec<usize> = self.state.world.lying(self.story).collect();
        self.move_all(
            &things,
            Place::Carried,
            "You take ",
            "There is nothing to take here.",
        )
    }

    fn drop(&mut self, what: Phrase<'_>) -> Answer {
        let thing = self.carried(what)?;
        self.state.world.places[thing] = Place::Room(self.state.world.room);
        let name = self.story.things[thing].names[0];
        Ok(Cow::Owned(format!("You put the {name} down.")))
    }

    fn drop_all(&mut self) -> Answer {
        let things: Vec<usize> = self.state.world.carried().collect();
        let here = Place::Room(self.state.world.room);
        self.move_all(&things, here, "You put down ", "You carry nothing.")
    }

    fn move_all(&mut self, things: &[usize], to: Place, done: &str, none: &'static str) -> Answer {
        if things.is_empty() {
            return refuse(none);
        }
        let mut text = done.to_owned();
        indefinite(self.story, &mut text, things.iter().copied());
        text.push('.');
        for &thing in things {
            self.state.world.places[thing] = to;
        }
        Ok(Cow::Owned(text))
    }

    fn taste(&mut self, what: Phrase<'_>) -> Answer {
        let end = match self.find(what)? {
            Noun::Thing(thing) => self.story.things[thing].taste,
            Noun::Fixture(fixture) => self.story.fixtures[fixture].taste,
            Noun::Door(_) | Noun::Person(_) => None,
        };
        match end {
            Some(end) => Ok(self.finish(end, 0)),
            None => refuse("You are not so hungry."),
        }
    }
}

/// What a noun may be called.
pub(super) fn names(story: &Story, noun: Noun) -> &Vec<&'static str> {
    match noun {
        Noun::Thing(index) => &story.things[index].names,
        Noun::Fixture(index) => &story.fixtures[index].names,
        Noun::Door(index) => &story.doors[index].names,
        Noun::Person(index) => &story.people[index].names,
    }
}
