//! An episode as bytes: the turn, the number of the house, and what changes in a house.
//!
//! One byte for the room, one for each closure (0 open, 1 closed, 2 locked), one for each thing: 255
//! if it is carried, the number of the room on whose floor it lies, or, added to the number of
//! rooms, that of the furniture in or on which it is.

use super::build::small;
use super::house::{House, Place, State, Status};
use super::houses::Houses;

const CARRIED: u8 = u8::MAX;
const STATUSES: [Status; 3] = [Status::Open, Status::Closed, Status::Locked];

pub(super) fn encode(state: &State, bytes: &mut Vec<u8>) {
    let house = &state.house;
    bytes.extend(state.turn.to_le_bytes());
    bytes.extend(house.number.to_le_bytes());
    bytes.push(state.room);
    bytes.extend(state.status.iter().map(|status| *status as u8));
    bytes.extend(state.places.iter().map(|place| match *place {
        Place::Carried => CARRIED,
        Place::Floor(room) => room,
        // At most 64 rooms and two pieces of furniture in each: less than 255.
        Place::Furniture(index) => small(house.rooms.len()) + index,
    }));
}

/// The state, or why the bytes are none.
pub(super) fn decode(houses: &Houses, bytes: &[u8]) -> Result<State, String> {
    let few = || format!("{} bytes are too few for a house", bytes.len());
    let (turn, rest) = bytes.split_first_chunk().ok_or_else(few)?;
    let (number, rest) = rest.split_first_chunk().ok_or_else(few)?;
    let house = houses.get(u64::from_le_bytes(*number));
    let expected = 1 + house.closures.len() + house.things.len();
    if rest.len() != expected {
        let given = rest.len();
        return Err(format!(
            "{given} bytes tell what has changed in its house, not {expected}"
        ));
    }
    let (room, rest) = rest.split_first().ok_or_else(few)?;
    if usize::from(*room) >= house.rooms.len() {
        let rooms = house.rooms.len();
        return Err(format!("it is in room {room}, and its house has {rooms}"));
    }
    let (statuses, places) = rest.split_at(house.closures.len());
    let status = statuses
        .iter()
        .zip(&house.closures)
        .map(|(&byte, closure)| {
            let status = STATUSES.get(usize::from(byte)).copied();
            status.filter(|&status| status != Status::Locked || closure.key.is_some())
        });
    let places = places.iter().map(|&byte| place(&house, byte));
    Ok(State {
        turn: u32::from_le_bytes(*turn),
        room: *room,
        status: status
            .collect::<Option<_>>()
            .ok_or("a door of it is as no door can be")?,
        places: places
            .collect::<Option<_>>()
            .ok_or("a thing of it is nowhere in its house")?,
        house,
    })
}

fn place(house: &House, byte: u8) -> Option<Place> {
    let rooms = small(house.rooms.len());
    match byte {
        CARRIED => Some(Place::Carried),
        room if room < rooms => Some(Place::Floor(room)),
        _ => {
            let index = byte - rooms;
            (usize::from(index) < house.furniture.len()).then_some(Place::Furniture(index))
        }
    }
}
