use archer_store::Store;

use crate::{Error, Replay};

impl Replay {
    /// Sets priorities, before decay, to `(|td_error| + epsilon)^alpha`. A turn that is not held
    /// (any more) is skipped, since a batch can outlive its turns; of two errors for one turn the
    /// last counts.
    ///
    /// # Errors
    /// [`Error::Refused`], and nothing has changed, if the slices differ in length, an error is not
    /// a finite `f32`, the store has no such trajectory or was truncated below what is held, or a
    /// held trajectory has no such turn; [`Error::Store`] if the store is closed.
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
        store.check_open()?;
        self.check_kept(store)?;
        let impossible = |error: &f64| !error.is_finite() || error.abs() > f64::from(f32::MAX);
        if let Some(at) = td_errors.iter().position(impossible) {
            return Error::refused(format!(
                "td_errors[{at}] = {}: give finite float32 numbers",
                td_errors[at]
            ));
        }
        let stored = i64::try_from(store.len()).unwrap_or(i64::MAX);
        if let Some(at) = trajectories.iter().position(|id| !(0..stored).contains(id)) {
            return Error::refused(format!(
                "trajectory_ids[{at}] = {}: the store holds {stored}",
                trajectories[at]
            ));
        }
        // One loop for what misses the cache and one for the powers, since misses then overlap.
        let mut slots = Vec::with_capacity(turns.len());
        let mut versions = Vec::with_capacity(turns.len());
        let mut priorities = Vec::with_capacity(turns.len());
        for (at, (&id, &turn)) in trajectories.iter().zip(turns).enumerate() {
            let Some(place) = self.held.get(id) else {
                continue;
            };
            let count = place.turns;
            let Some(turn) = usize::try_from(turn).ok().filter(|&turn| turn < count) else {
                return Error::refused(format!(
                    "turns[{at}] = {turn}: trajectory {id} has {count} turns"
                ));
            };
            slots.push(self.wrap(place.start + turn));
            versions.push(place.version);
            priorities.push(td_errors[at].abs() + self.options.epsilon);
        }
        for priority in &mut priorities {
            *priority = power(*priority, self.options.alpha);
        }
        self.priorities.set(&slots, &priorities, &versions);
        Ok(())
    }
}

/// `base.powf(exponent)`, to the bit, at once where that is plain.
#[inline]
#[allow(clippy::float_cmp)] // these values alone are plain
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 || base == 1.0 {
        1.0
    } else if exponent == 1.0 {
        base
    } else {
        base.powf(exponent)
    }
}
