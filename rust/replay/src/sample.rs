use std::collections::{HashMap, HashSet};

use archer_store::Store;

use crate::update::power;
use crate::{Error, Replay};

/// The largest batch that can be drawn at once.
pub const MAX_BATCH: usize = 1 << 24;

/// How the turns of a batch depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// The `k`-th of `n` draws falls into the `k`-th of `n` equal stretches of the total, which
    /// lowers the variance and changes no expectation.
    Stratified,
    /// Independent of each other.
    Independent,
    /// All different: each is drawn from the rest, whose probabilities are scaled up to sum to 1.
    Distinct,
}

/// Turns that were drawn.
#[derive(Debug, Default, PartialEq)]
pub struct Draws {
    /// Ids of their trajectories.
    pub trajectory: Vec<i64>,
    /// Their indices in these.
    pub turn: Vec<i64>,
    /// Importance weights.
    pub weight: Vec<f32>,
}

impl Replay {
    /// Draws turns, each with probability `P(i) = w_i / sum(w)`, where `w` is the decayed priority.
    ///
    /// The importance weights are those of Schaul et al. (*Prioritized Experience Replay*, 2016) for
    /// the priorities before decay: `(p_min / p_i)^beta`, with the smallest priority of the batch or
    /// the smallest positive one held. They correct for the preference for large errors and leave
    /// the one for fresh turns.
    ///
    /// # Errors
    /// [`Error::Refused`], and nothing has changed, if nothing is held, every turn weighs nothing,
    /// `batch` is 0 or beyond [`MAX_BATCH`], fewer turns than `batch` weigh anything and all must
    /// differ, or the store was truncated below what is held.
    #[allow(clippy::cast_possible_truncation)] // weights are stored as `f32`
    pub fn draw(&mut self, store: &Store, batch: usize, scheme: Scheme) -> Result<Draws, Error> {
        self.check_batch(store, batch)?;
        if self.priorities.sums().total() <= 0.0 {
            return Error::refused(
                "every turn held has priority zero: give epsilon > 0, a longer half_life, \
                 or an update with other errors",
            );
        }
        let slots = match scheme {
            Scheme::Stratified => self.stratified(batch),
            Scheme::Independent => self.independent(batch),
            Scheme::Distinct => self.distinct(batch)?,
        };
        let smallest = self.priorities.smallest();
        let of_slot = |&slot: &usize| self.priorities.get(slot);
        let priorities: Vec<f64> = slots.iter().map(of_slot).collect();
        let of_batch = || priorities.iter().copied().fold(f64::INFINITY, f64::min);
        let smallest = smallest.unwrap_or_else(of_batch);
        let beta = self.options.beta;
        let importance = |priority: f64| power(smallest / priority, beta) as f32;
        let (trajectory, turn) = slots.iter().map(|&slot| self.slots[slot]).unzip();
        Ok(Draws {
            trajectory,
            turn,
            weight: priorities.into_iter().map(importance).collect(),
        })
    }

    #[allow(clippy::cast_precision_loss)] // a batch is far below 2^53
    fn stratified(&mut self, batch: usize) -> Vec<usize> {
        let total = self.priorities.sums().total();
        let stratum = |k: usize| (k as f64 + self.rng.unit()) / batch as f64 * total;
        let points: Vec<f64> = (0..batch).map(stratum).collect();
        self.priorities.sums().find(&points)
    }

    fn independent(&mut self, batch: usize) -> Vec<usize> {
        let total = self.priorities.sums().total();
        let points: Vec<f64> = (0..batch).map(|_| self.rng.unit() * total).collect();
        self.priorities.sums().find(&points)
    }

    /// Draws many at once and leaves out what was drawn before: given that a draw is a new turn, it
    /// has the probability that the rest, scaled up, gives it. What was found is then hidden, so
    /// that a few heavy turns cannot be drawn again and again.
    fn distinct(&mut self, batch: usize) -> Result<Vec<usize>, Error> {
        let rng = self.rng.clone();
        let mut tries = batch.min(self.held.num_turns);
        let (mut slots, mut weights) = (Vec::with_capacity(tries), Vec::with_capacity(tries));
        let mut seen = HashSet::with_capacity(tries);
        while slots.len() < batch && self.priorities.sums().total() > 0.0 {
            let before = slots.len();
            slots.extend(
                self.independent(tries.min(batch - before))
                    .into_iter()
                    .filter(|&slot| seen.insert(slot)),
            );
            let found = &slots[before..];
            let sums = self.priorities.sums();
            weights.extend(found.iter().map(|&slot| sums.get(slot)));
            tries = 2 * found.len();
            self.priorities.hide(found);
        }
        self.priorities.show(&slots, &weights);
        if slots.len() == batch {
            return Ok(slots);
        }
        self.rng = rng;
        Error::refused(format!(
            "batch_size = {batch} turns that all differ: {} of the turns held have a priority \
             above zero; draw fewer, or with replace=True",
            slots.len()
        ))
    }

    /// Draws held trajectories, each as likely as any other: all different if `batch` is at most
    /// the number held, independent of each other if it is more.
    ///
    /// # Errors
    /// [`Error::Refused`] if nothing is held, `batch` is 0 or beyond [`MAX_BATCH`], or the store was
    /// truncated below what is held.
    pub fn sample_trajectories(&mut self, store: &Store, batch: usize) -> Result<Vec<i64>, Error> {
        self.check_batch(store, batch)?;
        let held = self.held.len();
        // The first steps of a Fisher-Yates shuffle, of which only what moves is kept.
        let mut moved = HashMap::new();
        let pick = |k: usize| {
            if batch > held {
                return self.rng.below(held);
            }
            let other = k + self.rng.below(held - k);
            let here = moved.get(&k).copied().unwrap_or(k);
            moved.insert(other, here).unwrap_or(other)
        };
        let picks: Vec<usize> = (0..batch).map(pick).collect();
        Ok(picks
            .into_iter()
            .filter_map(|at| self.held.id(at))
            .collect())
    }

    fn check_batch(&mut self, store: &Store, batch: usize) -> Result<(), Error> {
        if !(1..=MAX_BATCH).contains(&batch) {
            return Error::refused(format!("batch_size = {batch}: give 1 to {MAX_BATCH}"));
        }
        if self.held.is_empty() {
            return Error::refused("the replay buffer is empty: add(trajectory_id) first");
        }
        self.check_kept(store)
    }
}
