//! The largest, or the smallest positive, of a growing array of values that somebody else holds.

/// Values or bounds under one bound.
const WIDTH: usize = 64;
/// The bound of values that do not count.
const NOTHING: f64 = f64::NEG_INFINITY;

/// Upper bounds of stretches of values, of stretches of those, and so on, up to one for all.
///
/// Bounds rise at once with a value that is set, and mostly one comparison shows that there is
/// nothing to raise. They sink only when the extremum is asked for, and then no others than those
/// in its way. A bound that sinks was too high because of some value under it that was set, so that
/// a value set costs O(log n) over time, whatever the order of the calls.
#[derive(Debug)]
pub struct Extremum {
    /// From the stretches of values up to the one bound of all. Levels grow on demand.
    levels: Vec<Vec<f64>>,
    /// What positive values are multiplied by so that the extremum is the largest.
    sign: f64,
}

impl Extremum {
    /// The largest of up to `capacity` values.
    #[must_use]
    pub fn largest(capacity: usize) -> Self {
        Self::new(capacity, 1.0)
    }

    /// The smallest positive one of up to `capacity` values.
    #[must_use]
    pub fn smallest(capacity: usize) -> Self {
        Self::new(capacity, -1.0)
    }

    fn new(capacity: usize, sign: f64) -> Self {
        let mut depth = 1;
        let mut reach = WIDTH;
        while reach < capacity {
            reach = reach.saturating_mul(WIDTH);
            depth += 1;
        }
        let levels = vec![Vec::new(); depth];
        Self { levels, sign }
    }

    /// Takes note of values that were set.
    pub fn note(&mut self, leaves: &[usize], values: &[f64]) {
        let Some(&last) = leaves.iter().max() else {
            return;
        };
        let mut length = last;
        for level in &mut self.levels {
            length /= WIDTH;
            if level.len() <= length {
                level.resize(length + 1, NOTHING);
            }
        }
        for (&leaf, &value) in leaves.iter().zip(values) {
            let bound = bound_of(value, self.sign);
            let mut node = leaf;
            for level in &mut self.levels {
                node /= WIDTH;
                if level[node] >= bound {
                    break; // so are those above it
                }
                level[node] = bound;
            }
        }
    }

    /// The extremum of the values, `None` if none is positive.
    pub fn find(&mut self, value: impl Fn(usize) -> f64) -> Option<f64> {
        let bound = self.sink(self.levels.len() - 1, 0, &value);
        (bound > NOTHING).then_some(bound * self.sign)
    }

    /// Makes a bound exact.
    fn sink(&mut self, level: usize, node: usize, value: &impl Fn(usize) -> f64) -> f64 {
        let children = node * WIDTH..(node + 1) * WIDTH;
        let exact = if level == 0 {
            let bounds = children.map(|leaf| bound_of(value(leaf), self.sign));
            bounds.fold(NOTHING, f64::max)
        } else {
            loop {
                let below = &self.levels[level - 1];
                let bounds = below.get(children.start..).unwrap_or_default();
                let bounds = bounds.iter().copied().take(WIDTH).enumerate();
                let Some((child, bound)) = bounds.max_by(|one, other| one.1.total_cmp(&other.1))
                else {
                    break NOTHING;
                };
                // Where it sinks another child may have the largest bound.
                if self.sink(level - 1, children.start + child, value) >= bound {
                    break bound;
                }
            }
        };
        if let Some(bound) = self.levels[level].get_mut(node) {
            *bound = exact;
        }
        exact
    }
}

#[inline]
fn bound_of(value: f64, sign: f64) -> f64 {
    if value > 0.0 { sign * value } else { NOTHING }
}
