use std::collections::{HashMap, VecDeque};

use archer_store::Store;

use crate::rng::Rng;
use crate::{Error, SumTree};

const MAX_CAPACITY: usize = 1 << 40;

/// A first-in-first-out window on a store's turns with a priority for each.
///
/// Turns lie in a ring of `capacity` slots, those of one trajectory next to each other. The weight
/// of a slot in the tree is the turn's priority, and zero where the slot is free.
#[derive(Debug)]
pub struct Replay {
    pub(crate) capacity: usize,
    pub(crate) alpha: f64,
    pub(crate) beta: f64,
    pub(crate) epsilon: f64,
    pub(crate) rng: Rng,
    pub(crate) tree: SumTree,
    /// Trajectory and turn in each slot that was ever used.
    pub(crate) slots: Vec<(i64, i64)>,
    /// Held trajectories, oldest first.
    pub(crate) held: VecDeque<i64>,
    /// First slot and number of turns of each.
    pub(crate) places: HashMap<i64, (usize, usize)>,
    /// The slot at which the next trajectory begins.
    pub(crate) next: usize,
    pub(crate) num_turns: usize,
    /// No priority held is above it.
    max_bound: f64,
}

impl Replay {
    /// An empty buffer for `capacity` turns.
    ///
    /// # Errors
    /// [`Error::Refused`] if `capacity` is 0 or beyond 2^40, `alpha` or `beta` not in [0, 1], or
    /// `epsilon` negative or not a finite `f32`.
    pub fn new(
        capacity: usize,
        alpha: f64,
        beta: f64,
        epsilon: f64,
        seed: u64,
    ) -> Result<Self, Error> {
        if !(1..=MAX_CAPACITY).contains(&capacity) {
            return Error::refused(format!("capacity = {capacity}: give 1 to 2**40 turns"));
        }
        check_unit("alpha", alpha)?;
        check_unit("beta", beta)?;
        if !(0.0..=f64::from(f32::MAX)).contains(&epsilon) {
            return Error::refused(format!("epsilon = {epsilon}: give a finite number >= 0"));
        }
        Ok(Self {
            capacity,
            alpha,
            beta,
            epsilon,
            rng: Rng { state: seed },
            tree: SumTree::new(capacity),
            slots: Vec::new(),
            held: VecDeque::new(),
            places: HashMap::new(),
            next: 0,
            num_turns: 0,
            max_bound: 0.0,
        })
    }

    /// Most turns held at once.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Exponent of the priorities.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Exponent of the importance weights.
    #[must_use]
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// What is added to every absolute temporal-difference error.
    #[must_use]
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// Sets the exponent of the importance weights, which is usually raised to 1 over a run.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not in [0, 1].
    pub fn set_beta(&mut self, beta: f64) -> Result<(), Error> {
        check_unit("beta", beta)?;
        self.beta = beta;
        Ok(())
    }

    /// Turns held.
    #[must_use]
    pub fn num_turns(&self) -> usize {
        self.num_turns
    }

    /// Held trajectories, oldest first.
    #[must_use]
    pub fn trajectories(&self) -> impl ExactSizeIterator<Item = i64> + '_ {
        self.held.iter().copied()
    }

    /// Takes in the turns of a trajectory at the largest priority held, 1 if none is; the oldest
    /// trajectories make room.
    ///
    /// # Errors
    /// [`Error::Store`] if the store has no such trajectory; [`Error::Refused`] if it is held
    /// already or has more turns than the capacity.
    pub fn add(&mut self, store: &Store, trajectory: i64) -> Result<(), Error> {
        let turns = store.turns_of(trajectory)?;
        if self.places.contains_key(&trajectory) {
            return Error::refused(format!("trajectory {trajectory} is in the buffer already"));
        }
        if turns > self.capacity {
            let capacity = self.capacity;
            return Error::refused(format!(
                "trajectory {trajectory} has {turns} turns, which do not fit into capacity = {capacity}: \
                 raise the capacity"
            ));
        }
        let priority = self.max_priority();
        while self.num_turns + turns > self.capacity {
            self.evict();
        }
        self.insert(trajectory, &vec![priority; turns]);
        Ok(())
    }

    pub(crate) fn insert(&mut self, trajectory: i64, priorities: &[f64]) {
        let (start, turns) = (self.next, priorities.len());
        for (turn, slot) in (0_i64..).zip(self.ring(start, turns)) {
            if slot >= self.slots.len() {
                self.slots.resize(slot + 1, (0, 0));
            }
            self.slots[slot] = (trajectory, turn);
        }
        self.held.push_back(trajectory);
        self.places.insert(trajectory, (start, turns));
        self.num_turns += turns;
        self.next = (start + turns) % self.capacity;
        self.set(&self.ring(start, turns), priorities);
    }

    fn evict(&mut self) {
        let oldest = self
            .held
            .pop_front()
            .and_then(|oldest| self.places.remove(&oldest));
        if let Some((start, turns)) = oldest {
            self.num_turns -= turns;
            self.set(&self.ring(start, turns), &vec![0.0; turns]);
        }
    }

    /// Slots of a stretch of turns.
    fn ring(&self, start: usize, turns: usize) -> Vec<usize> {
        (start..start + turns)
            .map(|slot| slot % self.capacity)
            .collect()
    }

    /// Priorities of a held trajectory.
    pub(crate) fn priorities(&self, trajectory: i64) -> Vec<f64> {
        let (start, turns) = self.places.get(&trajectory).copied().unwrap_or_default();
        self.ring(start, turns)
            .into_iter()
            .map(|slot| self.tree.get(slot))
            .collect()
    }

    pub(crate) fn set(&mut self, slots: &[usize], priorities: &[f64]) {
        self.max_bound = priorities.iter().copied().fold(self.max_bound, f64::max);
        self.tree.set(slots, priorities);
    }

    /// The largest priority held. The newest turns usually have it, since they entered with it, so
    /// that the search ends there.
    fn max_priority(&mut self) -> f64 {
        if self.num_turns == 0 {
            self.max_bound = 1.0;
            return self.max_bound;
        }
        let mut max = 0.0;
        for age in 1..=self.num_turns {
            max = self
                .tree
                .get((self.next + self.capacity - age) % self.capacity)
                .max(max);
            if max >= self.max_bound {
                break;
            }
        }
        self.max_bound = max;
        max
    }
}

fn check_unit(name: &str, value: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Error::refused(format!("{name} = {value}: give a number from 0 to 1"))
    }
}
