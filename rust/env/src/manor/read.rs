//! The manor's text file, read into a [`Story`].

use super::blocks::{Block, blocks};
use super::facts::Fact;
use super::story::{
    Answer, DIRECTIONS, Door, ENDS, Exit, Fixture, Names, PEOPLE, Person, Roles, Room, SUSPECTS,
    Search, Story, THINGS, Thing, Topic, Variants,
};

/// The story of a text, or what is wrong with it.
pub(super) fn read(text: &'static str) -> Result<Story, String> {
    let reader = Reader {
        blocks: blocks(text)?,
    };
    let rooms = reader.each("room", Reader::room)?;
    let doors = reader.each("door", Reader::door)?;
    let people = reader.each("person", Reader::person)?;
    let things = reader.each("thing", Reader::thing)?;
    let mut places = 0;
    let fixtures = reader.each("fixture", |reader, block| {
        reader.fixture(block, &mut places)
    })?;
    let topics = reader.each("topic", |_, block| {
        Ok(Topic {
            names: block.names(),
            needs: block.read("needs", Fact::named)?,
        })
    })?;
    if (people.len(), things.len()) != (PEOPLE, THINGS) {
        return Err(format!("there must be {PEOPLE} people and {THINGS} things"));
    }
    let story = Story {
        variants: Variants {
            cloth: reader.variants("cloth", SUSPECTS)?,
            motive: reader.variants("motive", SUSPECTS)?,
            light: reader.variants("light", 3)?,
            place: reader.variants("place", 3)?,
        },
        opening: reader.opening()?,
        answers: reader.answers(people.len(), topics.len())?,
        ends: reader.ends()?,
        roles: reader.roles()?,
        rooms,
        doors,
        people,
        things,
        fixtures,
        topics,
    };
    match reader
        .blocks
        .iter()
        .find(|block| !KINDS.contains(&block.kind))
    {
        Some(block) => Err(block.error("there is no such kind of block")),
        None => Ok(story),
    }
}

const KINDS: [&str; 10] = [
    "word", "opening", "room", "door", "person", "thing", "fixture", "topic", "answer", "end",
];

struct Reader {
    blocks: Vec<Block>,
}

impl Reader {
    /// The number of the block of this kind and id among those of its kind.
    fn index(&self, kind: &str, id: &str) -> Option<usize> {
        let mut own = self.blocks.iter().filter(|block| block.kind == kind);
        own.position(|block| block.id == id)
    }

    fn room_index(&self, id: &str) -> Option<u8> {
        self.index("room", id)
            .and_then(|index| u8::try_from(index).ok())
    }

    /// What `make` makes of each block of a kind.
    fn each<T>(
        &self,
        kind: &str,
        mut make: impl FnMut(&Self, &mut Block) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut all = Vec::new();
        for own in self.blocks.iter().filter(|block| block.kind == kind) {
            let mut block = own.clone();
            all.push(make(self, &mut block)?);
            block.finish()?;
        }
        Ok(all)
    }

    fn room(&self, block: &mut Block) -> Result<Room, String> {
        let mut exits = [None; 6];
        for (exit, direction) in exits.iter_mut().zip(DIRECTIONS) {
            *exit = block.read(direction, |value| self.exit(value))?;
        }
        let deadly = |value: &str| {
            let (direction, end) = value.split_once(' ')?;
            let direction = DIRECTIONS.iter().position(|own| *own == direction)?;
            Some((direction, end_code(end)?))
        };
        Ok(Room {
            name: block.names,
            text: block.need("text")?,
            dark: block.take("dark"),
            exits,
            deadly: block.read("deadly", deadly)?,
            fall: block.read("fall", end_code)?,
            gives: block.read("gives", Fact::named)?,
        })
    }

    /// `ROOM`, or `ROOM by DOOR`.
    fn exit(&self, value: &str) -> Option<Exit> {
        let (room, door) = match value.split_once(" by ") {
            None => (value, None),
            Some((room, door)) => (room, Some(self.index("door", door)?)),
        };
        let room = self.room_index(room)?;
        Some(Exit { room, door })
    }

    fn door(&self, block: &mut Block) -> Result<Door, String> {
        Ok(Door {
            names: block.names(),
            shut: block.need("shut")?,
            refuse: block.need("refuse")?,
            how: block.need("how")?,
            opens: block.need("opens")?,
            with: block.need_read("with", |id| self.index("thing", id))?,
            sets: block.need_read("sets", Fact::named)?,
        })
    }

    fn person(&self, block: &mut Block) -> Result<Person, String> {
        Ok(Person {
            names: block.names(),
            room: block.need_read("room", |id| self.room_index(id))?,
            seen: block.need("seen")?,
            look: block.need("look")?,
            otherwise: block.need("else")?,
            shown: block.need("shown")?,
        })
    }

    fn thing(&self, block: &mut Block) -> Result<Thing, String> {
        Ok(Thing {
            names: block.names(),
            room: block.read("room", |id| self.room_index(id))?,
            look: block.need("look")?,
            gives: block.read("gives", Fact::named)?,
            found: block.read("found", Fact::named)?,
            taste: block.read("taste", end_code)?,
        })
    }

    fn fixture(&self, block: &mut Block, places: &mut usize) -> Result<Fixture, String> {
        let search = match block.take("search") {
            None => None,
            Some(text) => {
                let sets = Fact::searched(*places);
                *places += 1;
                Some(Search {
                    text,
                    sets: sets.ok_or_else(|| block.error("there are too many to search"))?,
                    hides: block.need_read("hides", |value| self.hidden(value))?,
                })
            }
        };
        Ok(Fixture {
            names: block.names(),
            room: block.need_read("room", |id| self.room_index(id))?,
            look: block.need("look")?,
            taste: block.read("taste", end_code)?,
            search,
        })
    }

    /// `THING`, or `THING CASE`.
    fn hidden(&self, value: &str) -> Option<(usize, Option<u8>)> {
        match value.split_once(' ') {
            None => Some((self.index("thing", value)?, None)),
            Some((id, case)) => Some((self.index("thing", id)?, Some(case.parse().ok()?))),
        }
    }

    /// The texts of a `word` block, which are parted by bars.
    fn variants(&self, id: &str, count: usize) -> Result<Names, String> {
        let block = self.block("word", id)?;
        let texts: Names = block.names.split(" | ").collect();
        if texts.len() == count {
            Ok(texts)
        } else {
            Err(block.error(&format!("give {count} texts with bars between them")))
        }
    }

    fn block(&self, kind: &str, id: &str) -> Result<&Block, String> {
        let mut blocks = self.blocks.iter();
        blocks
            .find(|block| block.kind == kind && block.id == id)
            .ok_or_else(|| format!("there is no block {kind} {id}"))
    }

    fn opening(&self) -> Result<&'static str, String> {
        let texts = self.each("opening", |_, block| block.need("text"))?;
        texts
            .first()
            .copied()
            .ok_or_else(|| "there is no opening".to_owned())
    }

    fn answers(&self, people: usize, topics: usize) -> Result<Vec<Vec<Option<Answer>>>, String> {
        let found = self.each("answer", |reader, block| {
            let (person, topic) = block.id.split_once(' ').unwrap_or_default();
            let both = (reader.index("person", person), reader.index("topic", topic));
            let (Some(person), Some(topic)) = both else {
                return Err(block.error("give the ids of a person and of a topic"));
            };
            let answer = Answer {
                text: block.names,
                needs: block.read("needs", Fact::named)?,
                gives: block.read("gives", Fact::named)?,
            };
            Ok((person, topic, answer))
        })?;
        let row = || std::iter::repeat_with(|| None).take(topics).collect();
        let mut answers: Vec<Vec<Option<Answer>>> =
            std::iter::repeat_with(row).take(people).collect();
        for (person, topic, answer) in found {
            answers[person][topic] = Some(answer);
        }
        Ok(answers)
    }

    fn ends(&self) -> Result<Names, String> {
        let text = |id: &&str| self.block("end", id).map(|block| block.names);
        ENDS.iter().map(text).collect()
    }

    fn roles(&self) -> Result<Roles, String> {
        let find = |kind: &str, id: &str| {
            self.index(kind, id)
                .ok_or_else(|| format!("there is no block {kind} {id}"))
        };
        Ok(Roles {
            lamp: find("thing", "lamp")?,
            matches: find("thing", "matches")?,
            bottle: find("thing", "bottle")?,
            page: find("thing", "page")?,
            constable: find("person", "hale")?,
        })
    }
}

/// The code of an ending by its name.
fn end_code(name: &str) -> Option<u8> {
    let index = ENDS.iter().position(|own| *own == name)?;
    u8::try_from(index + 1).ok()
}
