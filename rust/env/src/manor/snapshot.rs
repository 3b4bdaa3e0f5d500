//! An episode as bytes: the turn (u32) and the facts (u32), both little-endian, the numbers of the
//! case, of the room and of the end, the place of each thing, and what `it` means.
//!
//! A place is the number of a room, 254 if the thing is hidden, 255 if it is carried. What `it` means
//! is an index to which 64 is added for fixtures, 128 for doors and 192 for people, or 255 for nothing.

use super::case::{CASES, Case};
use super::facts::Facts;
use super::story::{PEOPLE, Story, THINGS, WRONG};
use super::world::{Noun, Place, State, World};

const HIDDEN: u8 = 254;
const CARRIED: u8 = 255;
const NOTHING: u8 = 255;
const KIND: u8 = 64;

pub(super) fn encode(state: &State, bytes: &mut Vec<u8>) {
    let world = &state.world;
    bytes.extend(state.turn.to_le_bytes());
    bytes.extend(world.facts.bits().to_le_bytes());
    bytes.extend([state.case.number, world.room, world.end]);
    bytes.extend(world.places.map(|place| match place {
        Place::Carried => CARRIED,
        Place::Hidden => HIDDEN,
        Place::Room(room) => room,
    }));
    bytes.push(state.it.map_or(NOTHING, code));
}

fn code(noun: Noun) -> u8 {
    let (kind, index) = match noun {
        Noun::Thing(index) => (0, index),
        Noun::Fixture(index) => (1, index),
        Noun::Door(index) => (2, index),
        Noun::Person(index) => (3, index),
    };
    u8::try_from(index).unwrap_or(NOTHING) % KIND + kind * KIND
}

fn noun(story: &Story, code: u8) -> Option<Noun> {
    let index = usize::from(code % KIND);
    match code / KIND {
        0 => (index < THINGS).then_some(Noun::Thing(index)),
        1 => (index < story.fixtures.len()).then_some(Noun::Fixture(index)),
        2 => (index < story.doors.len()).then_some(Noun::Door(index)),
        _ => (index < PEOPLE).then_some(Noun::Person(index)),
    }
}

/// The state, or why the bytes are none.
pub(super) fn decode(story: &Story, bytes: &[u8]) -> Result<State, String> {
    let expected = 4 + 4 + 3 + THINGS + 1;
    let given = bytes.len();
    let wrong = || format!("{given} bytes tell an episode, not {expected}");
    let (turn, rest) = bytes.split_first_chunk().ok_or_else(wrong)?;
    let (facts, rest) = rest.split_first_chunk().ok_or_else(wrong)?;
    let (&[case, room, end], rest) = rest.split_first_chunk().ok_or_else(wrong)?;
    let (places, rest) = rest.split_first_chunk::<THINGS>().ok_or_else(wrong)?;
    let &[it] = rest else {
        return Err(wrong());
    };
    let rooms = story.rooms.len();
    let is_room = |room: u8| usize::from(room) < rooms;
    if case >= CASES || !is_room(room) || usize::from(end) >= usize::from(WRONG) + PEOPLE {
        return Err(format!("there is no case {case}, room {room} or end {end}"));
    }
    let strange = |place: &&u8| !is_room(**place) && ![HIDDEN, CARRIED].contains(*place);
    if let Some(place) = places.iter().find(strange) {
        return Err(format!(
            "a thing of it is in room {place}, and there are {rooms}"
        ));
    }
    let it = match it {
        NOTHING => None,
        code => Some(noun(story, code).ok_or("it is told of a thing that there is not")?),
    };
    Ok(State {
        turn: u32::from_le_bytes(*turn),
        case: Case::new(case),
        world: World {
            room,
            facts: Facts::from_bits(u32::from_le_bytes(*facts)).ok_or("its facts are none")?,
            end,
            places: places.map(|place| match place {
                CARRIED => Place::Carried,
                HIDDEN => Place::Hidden,
                room => Place::Room(room),
            }),
        },
        it,
    })
}
