//! The sum tree against plain sums, at sizes and weights that make rounding matter, and extrema
//! against plain ones.

#![allow(clippy::float_cmp)] // exactness is what is tested

use archer_replay::{Extremum, SumTree};
use proptest::collection::vec;
use proptest::prelude::*;

fn tree_of(weights: &[f64]) -> SumTree {
    let mut tree = SumTree::new(weights.len());
    tree.set(&(0..weights.len()).collect::<Vec<_>>(), weights);
    tree
}

/// Zero, ordinary, and as far from each other as the buffer lets priorities be.
fn weight() -> impl Strategy<Value = f64> {
    // The last two are the least and the most that a decayed priority can weigh.
    let extremes = vec![
        1e-30,
        1e30,
        f64::from(f32::MAX),
        0.1,
        1.0 / 3.0,
        5e-324,
        1e193,
    ];
    prop_oneof![Just(0.0), 0.0..1.0, prop::sample::select(extremes)]
}

/// What there is at a place, which may lie beyond the end.
fn value(leaves: &[f64], leaf: usize) -> f64 {
    leaves.get(leaf).copied().unwrap_or_default()
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
        prop_assert!(tree == tree_of(&leaves), "a node is not the sum of its children");
        for (leaf, weight) in leaves.iter().enumerate() {
            prop_assert_eq!(tree.get(leaf), *weight);
        }
    }

    #[test]
    fn extrema_are_found_through_every_change(
        capacity in prop::sample::select(vec![1_usize, 3, 63, 64, 65, 300, 4096, 5000]),
        updates in vec((vec((any::<prop::sample::Index>(), weight()), 0..8), any::<bool>()), 0..40),
    ) {
        let mut leaves = vec![0.0; capacity];
        let (mut largest, mut smallest) = (Extremum::largest(capacity), Extremum::smallest(capacity));
        for (updates, asked) in updates {
            let at: Vec<usize> = updates.iter().map(|(at, _)| at.index(capacity)).collect();
            let new: Vec<f64> = updates.iter().map(|&(_, weight)| weight).collect();
            at.iter().zip(&new).for_each(|(&at, &weight)| leaves[at] = weight);
            largest.note(&at, &new);
            smallest.note(&at, &new);
            if asked {
                let positive = leaves.iter().copied().filter(|&leaf| leaf > 0.0);
                prop_assert_eq!(largest.find(|leaf| value(&leaves, leaf)), positive.clone().reduce(f64::max));
                prop_assert_eq!(smallest.find(|leaf| value(&leaves, leaf)), positive.reduce(f64::min));
            }
        }
    }
}

/// Values seen while the largest is asked for over and over, with new turns at it, that are then
/// learned to be small, and an old one that stays the largest.
#[test]
fn an_old_outlier_costs_no_scan() {
    const LEAVES: usize = 1 << 18;
    let mut leaves = vec![1.0; LEAVES];
    leaves[5] = 9.0;
    let mut largest = Extremum::largest(LEAVES);
    largest.note(&(0..LEAVES).collect::<Vec<_>>(), &leaves);
    let seen = std::cell::Cell::new(0);
    for leaf in (0..LEAVES).rev().step_by(64).take(1000) {
        for new in [9.0, 0.5] {
            leaves[leaf] = new;
            largest.note(&[leaf], &[new]);
            let found = largest.find(|leaf| {
                seen.set(seen.get() + 1);
                value(&leaves, leaf)
            });
            assert_eq!(found, Some(9.0));
        }
    }
    assert!(
        seen.get() < 2000 * 200,
        "{} values in 2000 calls",
        seen.get()
    );
}

/// Random updates of a tree, batch by batch, after which every node of it must be what a tree has
/// that was filled once with the leaves as they are in the end.
fn drift(updates: usize) {
    const LEAVES: usize = 100_003;
    const BATCH: usize = 512;
    let mut state = 1_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut leaves = vec![1.0; LEAVES];
    let mut tree = tree_of(&leaves);
    let (mut at, mut new) = (vec![0; BATCH], vec![0.0; BATCH]);
    for _ in 0..updates / BATCH {
        for (at, new) in at.iter_mut().zip(&mut new) {
            *at = usize::try_from(random()).unwrap() % LEAVES;
            // From 1e-30 to 1e30, and now and then nothing.
            let exponent = f64::from(u32::try_from(random() % 61).unwrap()) - 30.0;
            *new = if random() % 16 == 0 {
                0.0
            } else {
                10_f64.powf(exponent)
            };
            leaves[*at] = *new;
        }
        tree.set(&at, &new);
    }
    assert!(tree == tree_of(&leaves), "rounding has gathered in a node");
}

#[test]
fn nothing_drifts_in_a_million_updates() {
    drift(1_000_000);
}

#[test]
#[ignore = "takes minutes; with --release, seconds"]
fn nothing_drifts_in_a_hundred_million_updates() {
    drift(100_000_000);
}

#[test]
fn one_tiny_leaf_beside_huge_ones_is_found_when_they_are_gone() {
    for capacity in [1, 7, 8, 9, 63, 65, 513, 1000, 4097] {
        let mut weights = vec![1e30; capacity];
        weights[capacity / 2] = 1e-30;
        let mut tree = tree_of(&weights);
        let others: Vec<usize> = (0..capacity).filter(|&leaf| leaf != capacity / 2).collect();
        tree.set(&others, &vec![0.0; others.len()]);
        assert_eq!(tree.total(), 1e-30);
        assert_eq!(tree.find(&[0.0, 0.5e-30, 1e-30]), [capacity / 2; 3]);
    }
}

#[test]
fn a_huge_capacity_costs_nothing_until_it_is_used() {
    let mut tree = SumTree::new(1 << 40);
    tree.set(&[3], &[2.0]);
    assert_eq!(tree.find(&[1.0]), [3]);
    assert_eq!(tree.get(1 << 39), 0.0);
}
