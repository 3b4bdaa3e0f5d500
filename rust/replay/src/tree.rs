//! A tree of sums over a growing array of weights, with the search for the leaf under a point of
//! their total.

/// Children of a node; eight weights fill one cache line.
const WIDTH: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
struct Node([f64; WIDTH]);

/// A tree of sums in `f64`, with eight children a node.
///
/// It is recomputed whenever one of them changes: the tree is a function of its leaves, not of
/// their history, so that no rounding gathers in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SumTree {
    /// `levels[0]` is the root alone, the last level holds the leaves. Levels grow on demand.
    levels: Vec<Vec<Node>>,
}

impl Node {
    const EMPTY: Self = Self([0.0; WIDTH]);

    /// Children added up from the first to the last.
    #[inline]
    fn sum(&self) -> f64 {
        self.0.iter().sum()
    }
}

impl SumTree {
    /// A tree for `capacity` leaves, all empty.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let mut depth = 1;
        let mut reach = WIDTH;
        while reach < capacity {
            reach = reach.saturating_mul(WIDTH);
            depth += 1;
        }
        Self {
            levels: vec![vec![Node::EMPTY]; depth],
        }
    }

    /// The sum of all leaves.
    #[must_use]
    pub fn total(&self) -> f64 {
        let root = self.levels.first().and_then(|root| root.first());
        root.map_or(0.0, Node::sum)
    }

    /// The weight of a leaf.
    #[must_use]
    pub fn get(&self, leaf: usize) -> f64 {
        let leaves = self.levels.last();
        let node = leaves.and_then(|leaves| leaves.get(leaf / WIDTH));
        node.map_or(0.0, |node| node.0[leaf % WIDTH])
    }

    /// Sets leaves to weights that are not negative; of two for one leaf the last counts.
    ///
    /// Goes up level by level with all leaves at once, so that their cache misses overlap. A level
    /// with no more nodes than were touched is recomputed whole.
    pub fn set(&mut self, leaves: &[usize], weights: &[f64]) {
        let Some(&last) = leaves.iter().max() else {
            return;
        };
        let mut length = last / WIDTH + 1;
        for level in self.levels.iter_mut().rev() {
            if level.len() < length {
                level.resize(length, Node::EMPTY);
            }
            length = length.div_ceil(WIDTH);
        }
        let mut levels = self.levels.iter_mut().rev();
        let Some(mut below) = levels.next() else {
            return;
        };
        for (&leaf, &weight) in leaves.iter().zip(weights) {
            below[leaf / WIDTH].0[leaf % WIDTH] = weight;
        }
        let mut nodes: Vec<usize> = leaves.iter().map(|leaf| leaf / WIDTH).collect();
        for level in levels {
            nodes.dedup();
            if nodes.len() >= below.len() {
                for (node, children) in below.iter().enumerate() {
                    level[node / WIDTH].0[node % WIDTH] = children.sum();
                }
            } else {
                for node in &mut nodes {
                    level[*node / WIDTH].0[*node % WIDTH] = below[*node].sum();
                    *node /= WIDTH;
                }
            }
            below = level;
        }
    }

    /// For each point in `[0, total)` the leaf under it: leaf `i` covers the stretch as long as its
    /// weight that follows those of the leaves before it. A leaf of weight zero is never found,
    /// whatever the rounding, as long as the total is positive.
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
                // the count below stays under WIDTH and ends at a child of positive weight. Sums
                // are looked up rather than selected, which leaves no branch to mispredict.
                let children = &level[*node].0;
                let (mut child, mut sum, mut before) = (0, 0.0, [0.0; WIDTH]);
                for (before, weight) in before.iter_mut().zip(children) {
                    *before = sum;
                    sum += weight;
                    child += usize::from(*point >= sum);
                }
                child = child.min(WIDTH - 1);
                *point = below(*point - before[child], children[child]);
                *node = *node * WIDTH + child;
            }
        }
        nodes
    }
}

/// The point itself, or the last one under `end` where rounding has carried it that far.
#[inline]
fn below(point: f64, end: f64) -> f64 {
    if point < end { point } else { end.next_down() }
}
