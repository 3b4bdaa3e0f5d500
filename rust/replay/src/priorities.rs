use crate::options::Normalize;
use crate::{Extremum, Options, SumTree};

/// A turn of the anchor's policy version weighs its priority times 2^LIFT, and the newest turn held
/// stays within LIFT half-lives of the anchor: it never underflows, and 2^40 priorities, each below
/// 2^130, cannot overflow.
const LIFT: f64 = 256.0;

/// A priority for each slot, its extrema, and the tree over what they weigh.
///
/// Ages count from the newest policy version held, but a factor that all weights have in common
/// cancels in every probability. A slot's weight therefore is its priority times
/// `2^((version - anchor) / half_life)`, and the newest version may move for long before the anchor
/// has to follow, which weighs every turn anew.
#[derive(Debug)]
pub struct Priorities {
    sums: SumTree,
    /// Of the priorities before decay, as is the next one.
    largest: Extremum,
    /// Where importance weights are normalised by the true maximum.
    smallest: Option<Extremum>,
    decay: Option<Decay>,
}

#[derive(Debug)]
struct Decay {
    half_life: f64,
    anchor: u64,
    /// Before decay; without decay the leaves of the tree are the priorities.
    priorities: Vec<f64>,
}

impl Decay {
    /// Half-lives from the anchor to a version.
    #[allow(clippy::cast_precision_loss)] // versions are small; the twin rounds the same way
    fn half_lives(&self, version: u64) -> f64 {
        let (later, earlier) = (
            version.saturating_sub(self.anchor),
            self.anchor.saturating_sub(version),
        );
        (later as f64 - earlier as f64) / self.half_life
    }

    fn weight(&self, priority: f64, version: u64) -> f64 {
        priority * (self.half_lives(version) + LIFT).exp2()
    }
}

impl Priorities {
    pub fn new(options: &Options) -> Self {
        let decay = |half_life| Decay {
            half_life,
            anchor: 0,
            priorities: Vec::new(),
        };
        let smallest = options.normalize == Normalize::Max;
        Self {
            sums: SumTree::new(options.capacity),
            largest: Extremum::largest(options.capacity),
            smallest: smallest.then(|| Extremum::smallest(options.capacity)),
            decay: options.half_life.map(decay),
        }
    }

    /// What the slots are drawn by.
    pub fn sums(&self) -> &SumTree {
        &self.sums
    }

    /// The priority of a slot, before decay.
    pub fn get(&self, slot: usize) -> f64 {
        priority(&self.sums, self.decay.as_ref(), slot)
    }

    /// The largest priority, before decay, if one is positive.
    pub fn largest(&mut self) -> Option<f64> {
        let (sums, decay) = (&self.sums, self.decay.as_ref());
        self.largest.find(|slot| priority(sums, decay, slot))
    }

    /// The smallest positive priority, before decay; only where the options ask for it.
    pub fn smallest(&mut self) -> Option<f64> {
        let (sums, decay) = (&self.sums, self.decay.as_ref());
        let smallest = self.smallest.as_mut()?;
        smallest.find(|slot| priority(sums, decay, slot))
    }

    /// Sets the priorities, before decay, of turns of these policy versions.
    pub fn set(&mut self, slots: &[usize], priorities: &[f64], versions: &[u64]) {
        self.largest.note(slots, priorities);
        if let Some(smallest) = &mut self.smallest {
            smallest.note(slots, priorities);
        }
        let Some(decay) = &mut self.decay else {
            return self.sums.set(slots, priorities);
        };
        let mut weights = Vec::with_capacity(slots.len());
        for ((&slot, &priority), &version) in slots.iter().zip(priorities).zip(versions) {
            if slot >= decay.priorities.len() {
                decay.priorities.resize(slot + 1, 0.0);
            }
            decay.priorities[slot] = priority;
            weights.push(decay.weight(priority, version));
        }
        self.sums.set(slots, &weights);
    }

    /// Takes the priorities of slots whose turns have left.
    pub fn clear(&mut self, slots: &[usize]) {
        self.sums.set(slots, &vec![0.0; slots.len()]);
        for &slot in slots {
            let priorities = self.decay.as_mut().map(|decay| &mut decay.priorities);
            if let Some(priority) = priorities.and_then(|priorities| priorities.get_mut(slot)) {
                *priority = 0.0;
            }
        }
    }

    /// Sets some slots' weights aside, for draws that must all differ.
    pub fn hide(&mut self, slots: &[usize]) {
        self.sums.set(slots, &vec![0.0; slots.len()]);
    }

    /// Puts back what was hidden.
    pub fn show(&mut self, slots: &[usize], weights: &[f64]) {
        self.sums.set(slots, weights);
    }

    /// The policy version that weights are relative to; 0 without decay.
    pub fn anchor(&self) -> u64 {
        self.decay.as_ref().map_or(0, |decay| decay.anchor)
    }

    /// Moves the anchor. Weights set before must be set again.
    pub fn set_anchor(&mut self, anchor: u64) {
        if let Some(decay) = &mut self.decay {
            decay.anchor = anchor;
        }
    }

    /// Whether the newest version held is near enough to the anchor.
    pub fn reaches(&self, newest: u64) -> bool {
        let near = |decay: &Decay| decay.half_lives(newest).abs() <= LIFT;
        self.decay.as_ref().is_none_or(near)
    }
}

fn priority(sums: &SumTree, decay: Option<&Decay>, slot: usize) -> f64 {
    match decay {
        Some(decay) => decay.priorities.get(slot).copied().unwrap_or_default(),
        None => sums.get(slot),
    }
}
