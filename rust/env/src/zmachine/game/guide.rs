//! What is found out about a story once.

use std::sync::OnceLock;

use crate::zmachine::fault::Fault;
use crate::zmachine::machine::Machine;

use super::candidates::candidates;
use super::grammar::{Sentence, sentences};
use super::noise::Noise;
use super::sight::{self, Thing};
use super::status::Status;
use super::trial::{Trial, Trials};
use super::vocabulary::Vocabulary;
use super::world::World;

/// A story's words and sentences, and what its memory means.
pub(super) struct Guide {
    pub vocabulary: Vocabulary,
    pub sentences: Vec<Sentence>,
    pub status: Status,
    /// The property that lists the words for an object.
    names: Option<u16>,
    /// Where the game has begun.
    beginning: Machine,
    /// What the opening has printed.
    text: String,
    /// As far as commands that do nothing tell it.
    inert: Noise,
    /// As far as all commands tell it, which takes a while to find out.
    noise: OnceLock<Noise>,
}

impl Guide {
    /// Of a story that waits for its first command, `text` being what it has printed.
    pub fn new(opening: &Machine, text: &str) -> Result<Self, Fault> {
        let memory = &opening.memory;
        let vocabulary = Vocabulary::new(memory)?;
        let objects = memory.count_objects();
        let beginning = beginning(opening);
        let mut guide = Self {
            sentences: sentences(memory, &vocabulary),
            status: Status::new(memory, objects),
            names: sight::name_property(memory, &vocabulary, objects),
            inert: Noise::new(&beginning, objects),
            noise: OnceLock::new(),
            text: text.to_owned(),
            vocabulary,
            beginning,
        };
        let things = guide.things(&guide.beginning, text);
        guide.inert.forget_inert(&guide.beginning, &things);
        Ok(guide)
    }

    /// What is no part of the story's world.
    pub fn noise(&self) -> &Noise {
        self.noise.get_or_init(|| self.learn_noise())
    }

    /// At the beginning with empty hands, with all that can be taken there, and when it is asked what
    /// is meant.
    fn learn_noise(&self) -> Noise {
        let mut noise = self.inert.clone();
        let mut trials = Trials::on(&self.beginning);
        let mut bases = vec![self.beginning.clone()];
        for command in ["take all", "drop", "ask"] {
            if let Trial::Done(machine) = trials.run(command) {
                bases.push(*machine);
            }
        }
        for base in &bases {
            let mut things = self.things(base, &self.text);
            noise.forget_inert(base, &things);
            // Most stories know who is spoken to, so that there are two to fill a sentence with.
            things.extend(["me", "myself"].map(|name| Thing {
                name: name.to_owned(),
                held: true,
            }));
            let commands = candidates(&self.vocabulary, &self.sentences, &things);
            noise.forget_scratch(base, &commands);
        }
        noise
    }

    /// Whether a command did nothing but to be refused or asked about: it took no time, and all
    /// objects are as they were.
    pub fn is_idle(&self, before: &Machine, after: &Machine) -> bool {
        let moves = |machine: &Machine| self.status.moves(&machine.memory);
        moves(before).is_some_and(|count| moves(after) == Some(count))
            && self.inert.objects(before) == self.inert.objects(after)
    }

    /// The world in which a machine stands, its text having been taken.
    pub fn world(&self, machine: &Machine) -> World {
        World::new(machine, self.status.score(&machine.memory))
    }

    /// What can be spoken of, `look` being how the place is described.
    pub fn things(&self, machine: &Machine, look: &str) -> Vec<Thing> {
        let (memory, words) = (&machine.memory, &self.vocabulary);
        sight::things(memory, words, &self.status, self.names, look)
    }
}

/// A story where its game has begun: some ask first whether one wants instructions. At such a question
/// nothing that is said is a command, so that all is answered alike.
fn beginning(opening: &Machine) -> Machine {
    let mut trials = Trials::on(opening);
    match (trials.answer("look"), trials.answer("inventory")) {
        (Some(look), Some(inventory)) if look == inventory => match trials.run("no") {
            Trial::Done(machine) => *machine,
            Trial::Ended(_) | Trial::Stuck => opening.clone(),
        },
        _ => opening.clone(),
    }
}
