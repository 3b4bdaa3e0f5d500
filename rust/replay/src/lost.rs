use std::collections::HashSet;

use archer_store::Store;

use crate::{Error, Replay};

/// What is held of trajectories that the store has truncated away, whose ids it gives to others.
#[derive(Debug, Default)]
pub struct Lost {
    pub ids: HashSet<i64>,
    /// Truncations of the store that `ids` reckons with.
    pub truncations: usize,
}

impl Lost {
    /// Nothing, of a store as it is now.
    pub fn none(store: &Store) -> Self {
        Self {
            ids: HashSet::new(),
            truncations: store.num_truncations(),
        }
    }
}

impl Replay {
    /// Refuses to go on with turns that may be others by now.
    ///
    /// # Errors
    /// [`Error::Refused`] if the store was truncated below a trajectory that is held.
    pub(crate) fn check_kept(&mut self, store: &Store) -> Result<(), Error> {
        if let Some(length) = store.shortest_since(self.lost.truncations) {
            let gone = |id: &i64| usize::try_from(*id).is_ok_and(|id| id >= length);
            self.lost.ids.extend(self.held.ids().filter(gone));
            self.lost.truncations = store.num_truncations();
        }
        if self.lost.ids.is_empty() {
            return Ok(());
        }
        let is_lost = |id: &i64| self.lost.ids.contains(id);
        let first = self.held.ids().find(is_lost).unwrap_or_default();
        let youngest = self.held.ids().rposition(|id| is_lost(&id));
        Error::refused(format!(
            "the store was truncated, and trajectory {first}, which this buffer holds, has gone or is \
             another by now: drop it, with evict({}), or make the buffer anew",
            youngest.map_or(0, |at| at + 1)
        ))
    }
}
