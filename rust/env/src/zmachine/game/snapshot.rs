//! An episode as bytes: the turn (u32), the story's digest (u64), the random numbers (the state as
//! u64, period and count as u16), all little-endian, and the image of the machine.

use crate::zmachine::random::Random;

use super::world::State;

pub(super) fn encode(state: &State, story: u64, bytes: &mut Vec<u8>) {
    let random = &state.random;
    bytes.reserve(24 + state.world.image.len());
    bytes.extend(state.turn.to_le_bytes());
    bytes.extend(story.to_le_bytes());
    bytes.extend(random.state.to_le_bytes());
    bytes.extend(random.period.to_le_bytes());
    bytes.extend(random.count.to_le_bytes());
    bytes.extend(&state.world.image);
}

/// The turn, the story's digest, the random numbers and the image, or nothing if there are too few
/// bytes.
pub(super) fn decode(bytes: &[u8], frotz: bool) -> Option<(u32, u64, Random, &[u8])> {
    let (turn, rest) = bytes.split_first_chunk()?;
    let (story, rest) = rest.split_first_chunk()?;
    let (state, rest) = rest.split_first_chunk()?;
    let (period, rest) = rest.split_first_chunk()?;
    let (count, image) = rest.split_first_chunk()?;
    let random = Random {
        period: u16::from_le_bytes(*period),
        count: u16::from_le_bytes(*count),
        ..Random::new(u64::from_le_bytes(*state), frotz)
    };
    let (turn, story) = (u32::from_le_bytes(*turn), u64::from_le_bytes(*story));
    Some((turn, story, random, image))
}
