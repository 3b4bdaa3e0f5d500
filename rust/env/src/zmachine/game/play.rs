//! Plays a story, and remembers what happened.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::zmachine::fault::Halt;
use crate::zmachine::machine::{BUDGET, Machine};
use crate::zmachine::random::Random;
use crate::zmachine::story::Story;

use super::actions;
use super::ending;
use super::guide::Guide;
use super::memo::Memo;
use super::options::Settings;
use super::say::{go_on, say, tidy};
use super::world::{Paper, Turn, World};

/// How much is remembered: worlds and turns take a few kilobytes each, lists of actions less.
const WORLDS: usize = 4096;
const LISTS: usize = 8192;
/// Seeds under which a story has to open alike to be taken for one that always does.
const OPENINGS: u64 = 8;
/// Longer lines are not remembered.
const LONGEST_LINE: usize = 128;
/// What a story that tells no commands to itself apart may answer without letting time pass.
const FREE: [&str; 10] = [
    "look",
    "l",
    "inventory",
    "inv",
    "i",
    "score",
    "version",
    "help",
    "yes",
    "no",
];

/// Where every episode begins.
struct Opening {
    world: Arc<World>,
    text: String,
    /// The random numbers that follow, where all episodes have the same.
    drawn: Option<Random>,
}

/// A story, what is known of it, and what has been played.
pub(super) struct Play {
    story: Arc<Story>,
    /// Of the story's bytes.
    digest: u64,
    guide: Guide,
    /// Where every episode begins, unless the random numbers that the story draws before its first
    /// command show in its memory or in its text.
    opening: Option<Opening>,
    turns: Memo<(u128, String), Arc<Turn>>,
    worlds: Memo<u128, Arc<World>>,
    lists: Memo<u128, Arc<[String]>>,
}

impl Play {
    /// Loads a story: its words, and whether it always opens alike.
    ///
    /// # Errors
    /// Why the story cannot be played.
    pub fn new(story: Arc<Story>, settings: &Settings) -> Result<Self, String> {
        let (machine, halt, text) = run_opening(&story, settings.random(0));
        match halt {
            Halt::Line | Halt::Key => {}
            Halt::Quit => {
                return Err(format!(
                    "the story ends before it asks for a command: {text}"
                ));
            }
            Halt::Fault(fault) => return Err(format!("the story cannot be played: {fault}")),
        }
        let guide = Guide::new(&machine, &text)
            .map_err(|fault| format!("the story's dictionary cannot be read: {fault}"))?;
        let alike = (1..OPENINGS).all(|seed| {
            let (other, _, other_text) = run_opening(&story, settings.random(seed));
            other.memory.dynamic == machine.memory.dynamic && other_text == text
        });
        let world = guide.world(&machine);
        Ok(Self {
            digest: xxh3_64(story.bytes()),
            story,
            opening: alike.then(|| Opening {
                world: Arc::new(world),
                text: tidy(&text).to_owned(),
                drawn: settings.is_frotz().then_some(machine.random),
            }),
            guide,
            turns: Memo::new(WORLDS),
            worlds: Memo::new(WORLDS),
            lists: Memo::new(LISTS),
        })
    }

    /// The digest by which snapshots know the story.
    pub fn story(&self) -> u64 {
        self.digest
    }

    /// The beginning of an episode: its world, its random numbers, and the opening text.
    pub fn open(&self, random: Random) -> (Arc<World>, Random, String) {
        if let Some(opening) = &self.opening {
            let random = opening.drawn.unwrap_or(random);
            return (Arc::clone(&opening.world), random, opening.text.clone());
        }
        let (machine, _, text) = run_opening(&self.story, random);
        let world = Arc::new(self.guide.world(&machine));
        (world, machine.random, tidy(&text).to_owned())
    }

    /// Says a line, and gives the random numbers after it. A turn in which none are drawn is the same
    /// under any, so that it is remembered.
    pub fn say(&self, world: &Arc<World>, random: Random, line: &str) -> (Arc<Turn>, Random) {
        let key = (world.digest, line.to_owned());
        if let Some(turn) = self.turns.get(&key) {
            return (turn, random);
        }
        let mut machine = self.machine(world, random);
        let before = machine.clone();
        let halt = say(&mut machine, line, BUDGET);
        let text = machine.take_text();
        let last = ending::is_last(&text);
        let terminated = last || matches!(halt, Halt::Quit | Halt::Fault(_));
        let told = ending::score(&text).filter(|_| terminated);
        let idle = self.guide.is_idle(&before, &machine);
        let text = match halt {
            Halt::Fault(fault) => format!("{}\n[The story stops: {fault}.]", tidy(&text)),
            _ => tidy(&text).to_owned(),
        };
        let mut world = self.guide.world(&machine);
        world.score = told.unwrap_or(world.score);
        world.over = terminated;
        let turn = Arc::new(Turn {
            world: self.known(world),
            win: terminated && ending::is_good(&text),
            invalid: idle && !terminated && !self.is_free(line),
            text,
            terminated,
        });
        if !machine.random.touched && line.len() <= LONGEST_LINE {
            self.turns.insert(key, Arc::clone(&turn));
        }
        (turn, machine.random)
    }

    /// Whether a line is a command to the program or tells what is known, which takes no time in many
    /// stories.
    fn is_free(&self, line: &str) -> bool {
        let verb = line
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let known = self.guide.vocabulary.find(&verb);
        known.is_some_and(|word| word.is_meta() || FREE.contains(&verb.as_str()))
    }

    fn machine(&self, world: &World, random: Random) -> Machine {
        // An image that a machine gave, or that was checked, always gives one again.
        let made = Machine::of_image(&self.story, &world.image);
        let mut machine = made.unwrap_or_else(|| Machine::new(Arc::clone(&self.story), 0, false));
        machine.random = Random {
            touched: false,
            ..random
        };
        machine
    }

    /// A world, or the same one from before.
    fn known(&self, world: World) -> Arc<World> {
        let known = self.worlds.get(&world.digest);
        if let Some(known) = known.filter(|known| known.same(&world)) {
            return known;
        }
        let world = Arc::new(world);
        self.worlds.insert(world.digest, Arc::clone(&world));
        world
    }

    /// The world of an image from anywhere, or nothing if the bytes are none of this story.
    pub fn world(&self, image: &[u8]) -> Option<Arc<World>> {
        let known = self.worlds.get(&World::digest(image));
        if let Some(known) = known.filter(|known| known.image == image) {
            return Some(known);
        }
        let machine = Machine::of_bytes(&self.story, image)?;
        Some(self.known(self.guide.world(&machine)))
    }

    /// What an agent is shown beside the text, worked out once.
    pub fn paper<'a>(&self, world: &'a World) -> &'a Paper {
        world.paper.get_or_init(|| {
            let machine = self.machine(world, Random::new(0, false));
            let look = answer(&machine, "look");
            let inventory = answer(&machine, "inventory");
            let mut calm = machine;
            self.guide.noise().calm(&mut calm);
            let key = World::digest(&calm.image());
            let actions = self.lists.get(&key).unwrap_or_else(|| {
                let seen = answer(&calm, "look");
                let list: Arc<[String]> = actions::valid(&self.guide, &calm, &seen).into();
                self.lists.insert(key, Arc::clone(&list));
                list
            });
            Paper {
                look,
                inventory,
                actions,
            }
        })
    }

    /// Place, score and moves in words.
    pub fn told(&self, world: &World) -> String {
        let machine = self.machine(world, Random::new(0, false));
        let memory = &machine.memory;
        let place = self
            .guide
            .status
            .place(memory)
            .map(|place| memory.name(place));
        let place = place.filter(|place| !place.is_empty());
        let moves = self.guide.status.moves(memory);
        let moves = moves.map_or_else(String::new, |moves| format!(", moves {moves}"));
        let place = place.map_or_else(String::new, |place| format!(", at {place}"));
        format!("score {}{moves}{place}", world.score)
    }
}

/// A story from its first instruction to its first line.
fn run_opening(story: &Arc<Story>, random: Random) -> (Machine, Halt, String) {
    let mut machine = Machine::new(Arc::clone(story), 0, false);
    machine.random = random;
    let halt = go_on(&mut machine, BUDGET);
    let text = machine.take_text();
    (machine, halt, text)
}

/// What a story would print to a line.
fn answer(machine: &Machine, line: &str) -> String {
    let mut copy = machine.clone();
    say(&mut copy, line, BUDGET);
    tidy(&copy.take_text()).to_owned()
}
