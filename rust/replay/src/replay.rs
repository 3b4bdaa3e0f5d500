use std::collections::HashSet;

use archer_store::Store;

use crate::held::{Held, Place};
use crate::lost::Lost;
use crate::options::check_unit;
use crate::priorities::Priorities;
use crate::rng::Rng;
use crate::{Error, Options};

/// A first-in-first-out window on a store's turns with a priority for each.
///
/// Turns lie in a ring of `capacity` slots, those of one trajectory next to each other. A free slot
/// weighs nothing.
#[derive(Debug)]
pub struct Replay {
    pub(crate) options: Options,
    pub(crate) rng: Rng,
    pub(crate) priorities: Priorities,
    pub(crate) held: Held,
    /// Trajectory and turn in each slot that was ever used.
    pub(crate) slots: Vec<(i64, i64)>,
    /// The slot at which the next trajectory begins.
    pub(crate) next: usize,
    pub(crate) lost: Lost,
}

impl Replay {
    /// An empty buffer.
    ///
    /// # Errors
    /// [`Error::Refused`] if an option is out of its range.
    pub fn new(options: Options) -> Result<Self, Error> {
        options.check()?;
        Ok(Self {
            rng: Rng {
                state: options.seed,
            },
            priorities: Priorities::new(&options),
            held: Held::default(),
            slots: Vec::new(),
            next: 0,
            lost: Lost::default(),
            options,
        })
    }

    /// What the buffer was created with, and the current beta.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Sets the exponent of the importance weights, which is usually raised to 1 over a run.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not in [0, 1].
    pub fn set_beta(&mut self, beta: f64) -> Result<(), Error> {
        check_unit("beta", beta)?;
        self.options.beta = beta;
        Ok(())
    }

    /// Turns held.
    #[must_use]
    pub fn num_turns(&self) -> usize {
        self.held.num_turns
    }

    /// Held trajectories, oldest first.
    #[must_use]
    pub fn trajectories(&self) -> impl ExactSizeIterator<Item = i64> + '_ {
        self.held.ids()
    }

    /// Takes in the turns of a trajectory, at the largest priority held before decay, 1 if none is
    /// positive; the oldest trajectories make room.
    ///
    /// # Errors
    /// [`Error::Store`] if the store has no such trajectory; [`Error::Refused`] if it is held
    /// already or has more turns than the capacity, or the store was truncated below what is held.
    pub fn add(&mut self, store: &Store, trajectory: i64) -> Result<(), Error> {
        self.extend(store, &[trajectory])
    }

    /// Adds trajectories one after another, all of them or none.
    ///
    /// # Errors
    /// As [`Replay::add`], and if a trajectory is given twice.
    pub fn extend(&mut self, store: &Store, trajectories: &[i64]) -> Result<(), Error> {
        self.check_kept(store)?;
        let mut given = HashSet::with_capacity(trajectories.len());
        let mut entries = Vec::with_capacity(trajectories.len());
        for &id in trajectories {
            let turns = store.turns_of(id)?;
            if self.held.get(id).is_some() {
                return Error::refused(format!("trajectory {id} is in the buffer already"));
            }
            if !given.insert(id) {
                return Error::refused(format!("trajectory {id} is given twice"));
            }
            let capacity = self.options.capacity;
            if turns > capacity {
                return Error::refused(format!(
                    "trajectory {id} has {turns} turns, which do not fit into capacity = {capacity}: \
                     raise the capacity"
                ));
            }
            entries.push((id, turns, store.policy_version_of(id)?));
        }
        for (id, turns, version) in entries {
            let priority = self.priorities.largest().unwrap_or(1.0);
            while self.held.num_turns + turns > self.options.capacity {
                self.drop_oldest();
            }
            self.place(id, turns, version);
            self.follow_newest();
            self.set_all(id, &vec![priority; turns]);
        }
        Ok(())
    }

    /// Drops the oldest trajectories.
    ///
    /// # Errors
    /// [`Error::Refused`] if fewer are held.
    pub fn evict(&mut self, trajectories: usize) -> Result<(), Error> {
        let held = self.held.len();
        if trajectories > held {
            return Error::refused(format!(
                "num_trajectories = {trajectories}: the buffer holds {held}"
            ));
        }
        (0..trajectories).for_each(|_| self.drop_oldest());
        self.follow_newest();
        Ok(())
    }

    fn drop_oldest(&mut self) {
        if let Some((id, place)) = self.held.pop() {
            self.lost.ids.remove(&id);
            self.priorities.clear(&self.ring(place.start, place.turns));
        }
    }

    /// Gives the next slots to a trajectory; its priorities are yet to be set.
    pub(crate) fn place(&mut self, id: i64, turns: usize, version: u64) {
        let start = self.next;
        for (turn, slot) in (0..).zip(self.ring(start, turns)) {
            if slot >= self.slots.len() {
                self.slots.resize(slot + 1, (0, 0));
            }
            self.slots[slot] = (id, turn);
        }
        let place = Place {
            start,
            turns,
            version,
        };
        self.held.push(id, place);
        self.next = self.wrap(start + turns);
    }

    /// Sets the priorities of all turns of a held trajectory.
    pub(crate) fn set_all(&mut self, id: i64, priorities: &[f64]) {
        if let Some(place) = self.held.get(id) {
            let slots = self.ring(place.start, place.turns);
            let versions = vec![place.version; place.turns];
            self.priorities.set(&slots, priorities, &versions);
        }
    }

    /// Priorities of all turns of a held trajectory, before decay.
    pub(crate) fn priorities_at(&self, place: Place) -> impl Iterator<Item = f64> + '_ {
        let slots = place.start..place.start + place.turns;
        slots.map(|slot| self.priorities.get(self.wrap(slot)))
    }

    /// Moves the anchor of the decay, and weighs every turn anew, where the newest version held has
    /// gone too far from it.
    fn follow_newest(&mut self) {
        let Some(newest) = self.held.newest() else {
            return;
        };
        if self.priorities.reaches(newest) {
            return;
        }
        self.priorities.set_anchor(newest);
        let (mut slots, mut priorities, mut versions) = (Vec::new(), Vec::new(), Vec::new());
        for (_, place) in self.held.entries() {
            slots.extend(self.ring(place.start, place.turns));
            priorities.extend(self.priorities_at(place));
            versions.resize(slots.len(), place.version);
        }
        self.priorities.set(&slots, &priorities, &versions);
    }

    /// Slots of a stretch of turns.
    fn ring(&self, start: usize, turns: usize) -> Vec<usize> {
        (start..start + turns).map(|slot| self.wrap(slot)).collect()
    }

    /// The slot of the ring that is `slot`, which may be past its end by less than its length.
    #[inline]
    pub(crate) fn wrap(&self, slot: usize) -> usize {
        let capacity = self.options.capacity;
        if slot < capacity {
            slot
        } else {
            slot - capacity
        }
    }
}
