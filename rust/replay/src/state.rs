//! A buffer as bytes: `docs/store-format.md` lists them.

use std::collections::HashSet;

use archer_store::Store;
use crc32c::crc32c;

use crate::lost::Lost;
use crate::options::Normalize;
use crate::{Error, Options, Replay};

const MAGIC: &[u8; 8] = b"ARCHRPLY";
const VERSION: u32 = 2;

/// What a state says of one trajectory.
struct Entry {
    id: i64,
    version: u64,
    priorities: Vec<f64>,
}

impl Replay {
    /// Everything that later draws depend on, apart from the store.
    ///
    /// # Errors
    /// [`Error::Refused`] if the store was truncated below what is held.
    pub fn state(&mut self, store: &Store) -> Result<Vec<u8>, Error> {
        self.check_kept(store)?;
        let Options {
            capacity,
            alpha,
            beta,
            epsilon,
            half_life,
            normalize,
            ..
        } = self.options;
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(capacity as u64).to_le_bytes());
        for number in [alpha, beta, epsilon, half_life.unwrap_or(0.0)] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let normalize = u64::from(normalize == Normalize::Max);
        let (next, held) = (self.next as u64, self.held.len() as u64);
        for number in [
            normalize,
            self.rng.state,
            next,
            self.priorities.anchor(),
            held,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for (id, place) in self.held.entries() {
            out.extend_from_slice(&id.to_le_bytes());
            out.extend_from_slice(&(place.turns as u64).to_le_bytes());
            out.extend_from_slice(&place.version.to_le_bytes());
            out.extend(self.priorities_at(place).flat_map(f64::to_le_bytes));
        }
        out.extend_from_slice(&crc32c(&out).to_le_bytes());
        Ok(out)
    }

    /// Becomes the buffer whose [`Replay::state`] this is, to the bit; a state of version 1 is of a
    /// buffer without decay.
    ///
    /// # Errors
    /// [`Error::Refused`], and nothing has changed, if these bytes are no such state, if this
    /// buffer has other options, or if the store lacks what the state names.
    pub fn load(&mut self, store: &Store, state: &[u8]) -> Result<(), Error> {
        let (format, mut input) = unwrap_frame(state)?;
        let mut options = input.options(format)?;
        self.check_same(&options)?;
        options.seed = input.long()?;
        let next = input.count()?;
        let anchor = if format == 1 { 0 } else { input.long()? };
        let held = input.count()?;
        let mut entries = Vec::new();
        for _ in 0..held {
            entries.push(input.entry(store, format)?);
        }
        let turns: usize = entries.iter().map(|entry| entry.priorities.len()).sum();
        let distinct: HashSet<i64> = entries.iter().map(|entry| entry.id).collect();
        let capacity = options.capacity;
        if next >= capacity || turns > capacity || distinct.len() < held || !input.0.is_empty() {
            return malformed();
        }
        let mut loaded = Self::new(options)?;
        loaded.lost = Lost::none(store);
        loaded.priorities.set_anchor(anchor);
        loaded.next = loaded.wrap(next + capacity - turns);
        for entry in &entries {
            loaded.place(entry.id, entry.priorities.len(), entry.version);
        }
        let newest = loaded.held.newest();
        if newest.is_some_and(|newest| !loaded.priorities.reaches(newest)) {
            return malformed();
        }
        for entry in &entries {
            loaded.set_all(entry.id, &entry.priorities);
        }
        *self = loaded;
        Ok(())
    }

    fn check_same(&self, of_state: &Options) -> Result<(), Error> {
        let ours = Options {
            beta: of_state.beta,
            seed: of_state.seed,
            ..self.options.clone()
        };
        if ours == *of_state {
            return Ok(());
        }
        let words = |options: &Options| {
            let Options {
                capacity,
                alpha,
                epsilon,
                half_life,
                normalize,
                ..
            } = options;
            format!(
                "capacity = {capacity}, alpha = {alpha}, epsilon = {epsilon}, half_life = {half_life:?}, \
                 normalize = {normalize:?}"
            )
        };
        Error::refused(format!(
            "the state is of a buffer with {}, this one has {}: create it with those of the state",
            words(of_state),
            words(&ours)
        ))
    }
}

/// The format's version, and what lies between the head and the checksum.
fn unwrap_frame(state: &[u8]) -> Result<(u32, Input<'_>), Error> {
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
    let Some((format, rest)) = rest.split_first_chunk() else {
        return malformed();
    };
    match u32::from_le_bytes(*format) {
        format @ 1..=VERSION => Ok((format, Input(rest))),
        format => Error::refused(format!(
            "the state is of version {format}; this archer reads 1 to {VERSION}"
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

    fn options(&mut self, format: u32) -> Result<Options, Error> {
        let mut options = Options {
            capacity: self.count()?,
            alpha: self.float()?,
            beta: self.float()?,
            epsilon: self.float()?,
            ..Options::default()
        };
        if format > 1 {
            options.half_life = Some(self.float()?).filter(|&half_life| half_life != 0.0);
            options.normalize = match self.long()? {
                0 => Normalize::Batch,
                1 => Normalize::Max,
                _ => return malformed(),
            };
        }
        Ok(options)
    }

    /// A trajectory, which the store must hold as well.
    fn entry(&mut self, store: &Store, format: u32) -> Result<Entry, Error> {
        let (id, turns) = (self.long()?.cast_signed(), self.count()?);
        let stored = store.policy_version_of(id).ok();
        let version = if format == 1 {
            stored
        } else {
            Some(self.long()?)
        };
        let same = store.turns_of(id).ok() == Some(turns) && version == stored;
        let Some(version) = version.filter(|_| same) else {
            return Error::refused(format!(
                "the state holds trajectory {id} with {turns} turns, the store (of {} trajectories) \
                 does not, or with another policy version: load it with the store it was saved with",
                store.len()
            ));
        };
        let priorities = (0..turns)
            .map(|_| self.float())
            .collect::<Result<Vec<_>, _>>()?;
        let possible = |&priority: &f64| (0.0..=2.0 * f64::from(f32::MAX)).contains(&priority);
        if !priorities.iter().all(possible) {
            return malformed();
        }
        Ok(Entry {
            id,
            version,
            priorities,
        })
    }
}
