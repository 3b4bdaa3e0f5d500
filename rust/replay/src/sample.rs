use archer_store::Store;

use crate::{Error, Replay};

/// The largest batch that can be drawn at once.
pub const MAX_BATCH: usize = 1 << 24;

/// Turns that were drawn, in the order of their slots.
#[derive(Debug, Default, PartialEq)]
pub struct Drawn {
    /// Ids of their trajectories.
    pub trajectories: Vec<i64>,
    /// Their indices in these.
    pub turns: Vec<i64>,
    /// Importance weights, the largest being 1.
    pub weights: Vec<f32>,
}

impl Replay {
    /// Draws turns with replacement, each with probability `P(i) = p_i / sum(p)`.
    ///
    /// The draws are stratified: the `k`-th of `n` falls into the `k`-th of `n` equal stretches of
    /// the total, which lowers the variance and changes no expectation. The importance weights are
    /// those of Schaul et al. (*Prioritized Experience Replay*, 2016), `(N P(i))^-beta` over the
    /// largest in the batch.
    ///
    /// # Errors
    /// [`Error::Refused`] if nothing is held, every priority is zero, or `batch` is 0 or beyond
    /// [`MAX_BATCH`].
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    pub fn sample(&mut self, batch: usize) -> Result<Drawn, Error> {
        self.check_batch(batch)?;
        let total = self.tree.total();
        if total <= 0.0 {
            return Error::refused(
                "every priority held is zero: give epsilon > 0 or an update with other errors",
            );
        }
        let stratum = |k: usize| (k as f64 + self.rng.unit()) / batch as f64 * total;
        let slots = self.tree.find(&(0..batch).map(stratum).collect::<Vec<_>>());
        let priorities: Vec<f64> = slots.iter().map(|&slot| self.tree.get(slot)).collect();
        // N and the total cancel against the batch's maximum, which has the smallest priority.
        let smallest = priorities.iter().copied().fold(f64::INFINITY, f64::min);
        let weights = priorities
            .iter()
            .map(|&p| (smallest / p).powf(self.beta) as f32)
            .collect();
        let (trajectories, turns) = slots.iter().map(|&slot| self.slots[slot]).unzip();
        Ok(Drawn {
            trajectories,
            turns,
            weights,
        })
    }

    /// Draws held trajectories, each as likely as any other: all different if `batch` is at most
    /// the number held, independent of each other if it is more.
    ///
    /// # Errors
    /// [`Error::Refused`] if nothing is held, or `batch` is 0 or beyond [`MAX_BATCH`].
    pub fn sample_trajectories(&mut self, batch: usize) -> Result<Vec<i64>, Error> {
        self.check_batch(batch)?;
        let mut held: Vec<i64> = self.trajectories().collect();
        if batch > held.len() {
            return Ok((0..batch)
                .map(|_| held[self.rng.below(held.len())])
                .collect());
        }
        for k in 0..batch {
            let other = k + self.rng.below(held.len() - k);
            held.swap(k, other);
        }
        held.truncate(batch);
        Ok(held)
    }

    /// Sets priorities to `(|td_error| + epsilon)^alpha`. A turn that is not held (any more) is
    /// skipped, since a batch can outlive its turns; of two errors for one turn the last counts.
    ///
    /// # Errors
    /// [`Error::Refused`], and nothing has changed, if the slices differ in length, an error is not
    /// a finite `f32`, the store has no such trajectory, or a held trajectory no such turn.
    pub fn update(
        &mut self,
        store: &Store,
        trajectories: &[i64],
        turns: &[i64],
        td_errors: &[f64],
    ) -> Result<(), Error> {
        if trajectories.len() != turns.len() || turns.len() != td_errors.len() {
            let (ids, turns, errors) = (trajectories.len(), turns.len(), td_errors.len());
            return Error::refused(format!(
                "{ids} trajectory ids, {turns} turns and {errors} td_errors were given: give as many of each"
            ));
        }
        let (mut slots, mut priorities) = (Vec::new(), Vec::new());
        for (at, ((&id, &turn), &td_error)) in
            trajectories.iter().zip(turns).zip(td_errors).enumerate()
        {
            if !(0.0..=f64::from(f32::MAX)).contains(&td_error.abs()) {
                return Error::refused(format!(
                    "td_errors[{at}] = {td_error}: give finite float32 numbers"
                ));
            }
            if usize::try_from(id).map_or(true, |id| id >= store.len()) {
                return Error::refused(format!(
                    "trajectory_ids[{at}] = {id}: the store holds {}",
                    store.len()
                ));
            }
            let Some(&(start, count)) = self.places.get(&id) else {
                continue;
            };
            let Some(turn) = usize::try_from(turn).ok().filter(|&turn| turn < count) else {
                return Error::refused(format!(
                    "turns[{at}] = {turn}: trajectory {id} has {count} turns"
                ));
            };
            slots.push((start + turn) % self.capacity);
            priorities.push((td_error.abs() + self.epsilon).powf(self.alpha));
        }
        self.set(&slots, &priorities);
        Ok(())
    }

    fn check_batch(&self, batch: usize) -> Result<(), Error> {
        if !(1..=MAX_BATCH).contains(&batch) {
            return Error::refused(format!("batch_size = {batch}: give 1 to {MAX_BATCH}"));
        }
        if self.held.is_empty() {
            return Error::refused("the replay buffer is empty: add(trajectory_id) first");
        }
        Ok(())
    }
}
