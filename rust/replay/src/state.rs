//! A buffer as bytes: `docs/store-format.md` lists them.

use std::collections::HashSet;

use archer_store::Store;
use crc32c::crc32c;

use crate::{Error, Replay};

const MAGIC: &[u8; 8] = b"ARCHRPLY";
const VERSION: u32 = 1;

impl Replay {
    /// Everything that later draws depend on, apart from the store.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(self.capacity as u64).to_le_bytes());
        for number in [self.alpha, self.beta, self.epsilon] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for number in [self.rng.state, self.next as u64, self.held.len() as u64] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for &id in &self.held {
            let priorities = self.priorities(id);
            out.extend_from_slice(&id.to_le_bytes());
            out.extend_from_slice(&(priorities.len() as u64).to_le_bytes());
            out.extend(
                priorities
                    .iter()
                    .flat_map(|priority| priority.to_le_bytes()),
            );
        }
        out.extend_from_slice(&crc32c(&out).to_le_bytes());
        out
    }

    /// Becomes the buffer whose [`Replay::state`] this is, to the bit.
    ///
    /// # Errors
    /// [`Error::Refused`], and nothing has changed, if these bytes are no such state, if this
    /// buffer has another capacity, alpha or epsilon, or if the store lacks what the state names.
    pub fn load(&mut self, store: &Store, state: &[u8]) -> Result<(), Error> {
        let mut input = Input(unwrap_frame(state)?);
        let (capacity, alpha, beta, epsilon) = (
            input.count()?,
            input.float()?,
            input.float()?,
            input.float()?,
        );
        let same = capacity == self.capacity
            && alpha.to_bits() == self.alpha.to_bits()
            && epsilon.to_bits() == self.epsilon.to_bits();
        if !same {
            return Error::refused(format!(
                "the state is of a buffer with capacity = {capacity}, alpha = {alpha}, epsilon = {epsilon}, \
                 this one has capacity = {}, alpha = {}, epsilon = {}: create it with those of the state",
                self.capacity, self.alpha, self.epsilon
            ));
        }
        let mut loaded = Self::new(capacity, alpha, beta, epsilon, input.long()?)?;
        let (next, held) = (input.count()?, input.count()?);
        let mut entries = Vec::new();
        for _ in 0..held {
            entries.push(input.trajectory(store)?);
        }
        let turns: usize = entries.iter().map(|(_, priorities)| priorities.len()).sum();
        let distinct = entries
            .iter()
            .map(|&(id, _)| id)
            .collect::<HashSet<_>>()
            .len()
            == held;
        if next >= capacity || turns > capacity || !distinct || !input.0.is_empty() {
            return malformed();
        }
        loaded.next = (next + capacity - turns) % capacity;
        for (id, priorities) in &entries {
            loaded.insert(*id, priorities);
        }
        *self = loaded;
        Ok(())
    }
}

/// What lies between the head and the checksum.
fn unwrap_frame(state: &[u8]) -> Result<&[u8], Error> {
    let Some((body, checksum)) = state.split_last_chunk() else {
        return malformed();
    };
    let Some(rest) = body.strip_prefix(MAGIC) else {
        return malformed();
    };
    if u32::from_le_bytes(*checksum) != crc32c(body) {
        return Error::refused(
            "the state of a replay buffer fails its checksum: take another checkpoint",
        );
    }
    match rest.split_first_chunk() {
        Some((version, rest)) if u32::from_le_bytes(*version) == VERSION => Ok(rest),
        _ => Error::refused(format!(
            "the state is of another version than {VERSION}, the one this archer reads"
        )),
    }
}

fn malformed<T>() -> Result<T, Error> {
    Error::refused("these bytes are no state of a replay buffer: give what state() returned")
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn long(&mut self) -> Result<u64, Error> {
        let Some((word, rest)) = self.0.split_first_chunk() else {
            return malformed();
        };
        self.0 = rest;
        Ok(u64::from_le_bytes(*word))
    }

    fn float(&mut self) -> Result<f64, Error> {
        self.long().map(f64::from_bits)
    }

    fn count(&mut self) -> Result<usize, Error> {
        usize::try_from(self.long()?).or_else(|_| malformed())
    }

    /// An id and the priorities of its turns.
    fn trajectory(&mut self, store: &Store) -> Result<(i64, Vec<f64>), Error> {
        let (id, turns) = (self.long()?.cast_signed(), self.count()?);
        if store.turns_of(id).ok() != Some(turns) {
            return Error::refused(format!(
                "the state holds trajectory {id} with {turns} turns, the store (of {} trajectories) does not: \
                 load it with the store it was saved with",
                store.len()
            ));
        }
        let priorities = (0..turns)
            .map(|_| self.float())
            .collect::<Result<Vec<_>, _>>()?;
        let possible = |&priority: &f64| (0.0..=2.0 * f64::from(f32::MAX)).contains(&priority);
        if priorities.iter().all(possible) {
            Ok((id, priorities))
        } else {
            malformed()
        }
    }
}
