//! Sums over a growing array of weights, and the search for the leaf under a point of their total.

/// Children of a node; eight weights fill one cache line.
const WIDTH: usize = 8;

#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Node([f64; WIDTH]);

/// A tree of sums with eight children a node.
///
/// A node's weight is the sum of its children from the first to the last, in `f64` and in that
/// order, recomputed whenever one of them changes: the tree is a function of its leaves, not of
/// their history.
#[derive(Debug, Clone)]
pub struct SumTree {
    /// `levels[0]` is the root alone, the last level holds the leaves. Levels grow on demand; what
    /// is not there yet weighs nothing.
    levels: Vec<Vec<Node>>,
}

impl SumTree {
    /// A tree for `capacity` leaves, all zero.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let mut depth = 1;
        let mut reach = WIDTH;
        while reach < capacity {
            reach = reach.saturating_mul(WIDTH);
            depth += 1;
        }
        Self {
            levels: vec![vec![Node::default()]; depth],
        }
    }

    /// Sum of all leaves.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.levels
            .first()
            .and_then(|root| root.first())
            .map_or(0.0, |node| node.0.iter().sum())
    }

    /// The weight of a leaf.
    #[must_use]
    pub fn get(&self, leaf: usize) -> f64 {
        let node = self
            .levels
            .last()
            .and_then(|leaves| leaves.get(leaf / WIDTH));
        node.map_or(0.0, |node| node.0[leaf % WIDTH])
    }

    /// Sets leaves to finite weights that are not negative; of two for one leaf the last counts.
    ///
    /// Goes up level by level with all leaves at once, so that their cache misses overlap.
    pub fn set(&mut self, leaves: &[usize], weights: &[f64]) {
        let mut nodes = leaves.to_vec();
        let mut weights = weights.to_vec();
        for level in self.levels.iter_mut().rev() {
            let last = nodes.iter().max().map_or(0, |&last| last / WIDTH);
            if last >= level.len() {
                level.resize(last + 1, Node::default());
            }
            for (&child, &weight) in nodes.iter().zip(&weights) {
                level[child / WIDTH].0[child % WIDTH] = weight;
            }
            for (child, weight) in nodes.iter_mut().zip(&mut weights) {
                *child /= WIDTH;
                *weight = level[*child].0.iter().sum();
            }
        }
    }

    /// For each point in `[0, total)` the leaf under it: leaf `i` covers the stretch as long as its
    /// weight that follows those of the leaves before it. A leaf of weight zero is never found,
    /// whatever the rounding.
    ///
    /// Goes down level by level with all points at once, so that their cache misses overlap.
    #[must_use]
    pub fn find(&self, points: &[f64]) -> Vec<usize> {
        let total = self.total();
        let mut points: Vec<f64> = points.iter().map(|&point| below(point, total)).collect();
        let mut nodes = vec![0; points.len()];
        for level in &self.levels {
            for (node, point) in nodes.iter_mut().zip(&mut points) {
                // Here 0 <= point < the node's weight, which is its last prefix sum to the bit, so
                // the count below stays under WIDTH and ends at a child of positive weight.
                let children = &level[*node].0;
                let (mut child, mut before, mut prefix) = (0, 0.0, 0.0);
                for &weight in children {
                    prefix += weight;
                    let passed = *point >= prefix;
                    child += usize::from(passed);
                    before = if passed { prefix } else { before };
                }
                child = child.min(WIDTH - 1);
                *point = below(*point - before, children[child]);
                *node = *node * WIDTH + child;
            }
        }
        nodes
    }
}

/// The point itself, or the last one under `end` where rounding has carried it that far.
fn below(point: f64, end: f64) -> f64 {
    if point < end { point } else { end.next_down() }
}
