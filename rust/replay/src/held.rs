use std::collections::VecDeque;

/// Where the turns of a trajectory lie.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// The slot of its first turn.
    pub start: usize,
    /// Number of its turns; 0 where no trajectory is held.
    pub turns: usize,
    /// Policy updates before it was collected.
    pub version: u64,
}

/// The trajectories held, first in, first out.
///
/// Ids mostly follow each other, so that their places lie in an array from the smallest id held to
/// the largest, and finding one takes a single access to memory.
#[derive(Debug, Default)]
pub struct Held {
    order: VecDeque<i64>,
    /// Of the ids from `first` on.
    places: VecDeque<Place>,
    first: i64,
    /// Versions that no trajectory after them reaches: the newest of all in front.
    newest: VecDeque<u64>,
    pub num_turns: usize,
}

impl Held {
    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Ids, oldest first.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = i64> + DoubleEndedIterator + '_ {
        self.order.iter().copied()
    }

    /// The `at`-th oldest id.
    pub fn id(&self, at: usize) -> Option<i64> {
        self.order.get(at).copied()
    }

    /// Ids and places, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = (i64, Place)> + '_ {
        self.ids()
            .filter_map(|id| self.get(id).map(|place| (id, place)))
    }

    #[inline]
    pub fn get(&self, id: i64) -> Option<Place> {
        let at = usize::try_from(id.checked_sub(self.first)?).ok()?;
        self.places.get(at).copied().filter(|place| place.turns > 0)
    }

    /// The newest policy version held.
    pub fn newest(&self) -> Option<u64> {
        self.newest.front().copied()
    }

    /// Takes in a trajectory that is not held, as the youngest.
    pub fn push(&mut self, id: i64, place: Place) {
        if self.places.is_empty() {
            self.first = id;
        }
        while id < self.first {
            self.places.push_front(Place::default());
            self.first -= 1;
        }
        let at = usize::try_from(id - self.first).unwrap_or_default();
        if at >= self.places.len() {
            self.places.resize(at + 1, Place::default());
        }
        self.places[at] = place;
        self.order.push_back(id);
        self.num_turns += place.turns;
        while self.newest.back().is_some_and(|&last| last < place.version) {
            self.newest.pop_back();
        }
        self.newest.push_back(place.version);
    }

    /// Lets the oldest go.
    pub fn pop(&mut self) -> Option<(i64, Place)> {
        let id = self.order.pop_front()?;
        let place = self.get(id)?;
        let at = usize::try_from(id - self.first).unwrap_or_default();
        self.places[at] = Place::default();
        let free = |place: Option<&Place>| place.is_some_and(|place| place.turns == 0);
        while free(self.places.front()) {
            self.places.pop_front();
            self.first += 1;
        }
        while free(self.places.back()) {
            self.places.pop_back();
        }
        if self.newest() == Some(place.version) {
            self.newest.pop_front();
        }
        self.num_turns -= place.turns;
        Some((id, place))
    }
}
