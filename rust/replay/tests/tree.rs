//! The sum tree against plain sums, at sizes and weights that make rounding matter.

#![allow(clippy::float_cmp)] // exactness is what is tested

use archer_replay::SumTree;
use proptest::collection::vec;
use proptest::prelude::*;

fn tree_of(weights: &[f64]) -> SumTree {
    let mut tree = SumTree::new(weights.len());
    tree.set(&(0..weights.len()).collect::<Vec<_>>(), weights);
    tree
}

/// Zero, ordinary, and as far from each other as the buffer lets priorities be.
fn weight() -> impl Strategy<Value = f64> {
    let extremes = vec![1e-30, 1e30, f64::from(f32::MAX), 5e-324, 0.1, 1.0 / 3.0];
    prop_oneof![Just(0.0), 0.0..1.0, prop::sample::select(extremes)]
}

/// Points all over the total, and right at its ends.
fn points(total: f64, fractions: &[f64]) -> Vec<f64> {
    let ends = [
        0.0,
        total,
        total.next_down().max(0.0),
        total * (1.0 - f64::EPSILON),
    ];
    fractions
        .iter()
        .map(|fraction| fraction * total)
        .chain(ends)
        .collect()
}

proptest! {
    #[test]
    fn whole_weights_are_found_where_plain_sums_put_them(
        weights in vec(prop_oneof![Just(0_u32), 1..100_u32], 1..700),
        at in any::<prop::sample::Index>(),
    ) {
        let total: u32 = weights.iter().sum();
        prop_assume!(total > 0);
        let point = u32::try_from(at.index(total as usize)).unwrap();
        let mut end = 0;
        let expected = weights.iter().position(|&weight| { end += weight; point < end }).unwrap();
        let tree = tree_of(&weights.iter().map(|&weight| f64::from(weight)).collect::<Vec<_>>());
        prop_assert_eq!(tree.total(), f64::from(total));
        prop_assert_eq!(tree.find(&[f64::from(point)]), vec![expected]);
    }

    #[test]
    fn a_leaf_of_weight_zero_is_never_found(
        weights in vec(weight(), 1..700), fractions in vec(0.0..1.0, 20),
    ) {
        let tree = tree_of(&weights);
        prop_assume!(tree.total() > 0.0);
        for leaf in tree.find(&points(tree.total(), &fractions)) {
            prop_assert!(weights[leaf] > 0.0, "leaf {} of {}", leaf, weights.len());
        }
    }

    #[test]
    fn the_only_leaf_is_always_found(
        capacity in 1..5000_usize, at in any::<prop::sample::Index>(), fractions in vec(0.0..1.0, 5),
        weight in weight(),
    ) {
        prop_assume!(weight > 0.0);
        let leaf = at.index(capacity);
        let mut tree = SumTree::new(capacity);
        tree.set(&[leaf], &[weight]);
        prop_assert_eq!(tree.total(), weight);
        prop_assert!(tree.find(&points(weight, &fractions)).iter().all(|&found| found == leaf));
    }

    #[test]
    fn a_tree_is_a_function_of_its_leaves(
        weights in vec(weight(), 1..200),
        updates in vec((any::<prop::sample::Index>(), weight()), 0..100),
        chunk in 1..20_usize,
    ) {
        let (mut tree, mut leaves) = (tree_of(&weights), weights.clone());
        for updates in updates.chunks(chunk) {
            let at: Vec<usize> = updates.iter().map(|(at, _)| at.index(weights.len())).collect();
            let new: Vec<f64> = updates.iter().map(|&(_, weight)| weight).collect();
            tree.set(&at, &new);
            at.iter().zip(&new).for_each(|(&at, &weight)| leaves[at] = weight);
        }
        prop_assert_eq!(tree.total().to_bits(), tree_of(&leaves).total().to_bits());
        for (leaf, weight) in leaves.iter().enumerate() {
            prop_assert_eq!(tree.get(leaf), *weight);
        }
    }
}

#[test]
fn a_huge_capacity_costs_nothing_until_it_is_used() {
    let mut tree = SumTree::new(1 << 40);
    tree.set(&[3], &[2.0]);
    assert_eq!(tree.find(&[1.0]), [3]);
    assert_eq!(tree.get(1 << 39), 0.0);
}
