//! The temperaments: what a buyer of each cares for, believes, tells and bears.

use std::ops::RangeInclusive;

/// What can be said for any car, in the order of [`Temperament::gains`].
pub const ARGUMENTS: [&str; 8] = [
    "test drive",
    "warranty",
    "financing",
    "safety",
    "economy",
    "resale",
    "performance",
    "discount",
];
/// Of [`ARGUMENTS`], what stretches the budget.
pub const FINANCING: usize = 2;

/// How the question for the budget is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candour {
    /// As it is.
    Honest,
    /// 85% of it.
    Understated,
    /// To the nearest $5,000.
    Rounded,
    /// Not at all.
    Silent,
}

/// The numbers of a temperament; points are per cent of a car's list price.
#[derive(Debug)]
pub struct Temperament {
    /// Its name, an option of the task.
    pub name: &'static str,
    /// What any car is worth to the buyer before anything speaks for it, in points.
    pub base: u8,
    /// Points of the right type, brand, fuel and colour.
    pub cares: [u8; 4],
    /// Points of each wanted feature that the car has, once the buyer has been told of it.
    pub feature: u8,
    /// Points of each of [`ARGUMENTS`], once.
    pub gains: [u8; 8],
    /// The budget, in per cent of the list price of the car that suits best.
    pub budget: RangeInclusive<u8>,
    /// How much the buyer bears; each turn takes 1.
    pub patience: RangeInclusive<u8>,
    /// How far below their limit the buyer's first offer is, in points.
    pub margin: RangeInclusive<u8>,
    /// How far it is at least.
    pub least_margin: u8,
    /// By how much each concession of the seller lessens it.
    pub step: u8,
    /// How the question for the budget is answered.
    pub candour: Candour,
    /// What the opening tells: a bit for each aspect, then the features, then the budget.
    pub tells: u8,
    /// What these take of the patience besides.
    pub cost: Costs,
}

/// What the buyer dislikes, in units of patience beyond the one of the turn.
#[derive(Debug)]
pub struct Costs {
    /// A question.
    pub question: u8,
    /// A price that is far too high.
    pub far: u8,
    /// A feature that the car does not have, or a car that is not there.
    pub untrue: u8,
    /// An insult, or pressure.
    pub rude: u8,
    /// A car of another brand than the one wanted.
    pub brand: u8,
}

const COMMON: Costs = Costs {
    question: 0,
    far: 1,
    untrue: 2,
    rude: 3,
    brand: 0,
};

/// The bits of [`Temperament::tells`], and of what the buyer has told.
pub const FEATURES_BIT: usize = 4;
pub const BUDGET_BIT: usize = 5;

/// All temperaments.
pub static TEMPERAMENTS: [Temperament; 6] = [
    Temperament {
        name: "bargain_hunter",
        base: 72,
        cares: [8, 2, 4, 1],
        feature: 2,
        gains: [0, 2, 0, 0, 4, 4, 0, 5],
        budget: 95..=115,
        patience: 13..=17,
        margin: 16..=24,
        least_margin: 3,
        step: 3,
        candour: Candour::Understated,
        tells: 0b00_0001,
        cost: Costs { far: 0, ..COMMON },
    },
    Temperament {
        name: "impatient",
        base: 78,
        cares: [10, 4, 2, 2],
        feature: 2,
        gains: [1, 3, 0, 1, 1, 1, 1, 2],
        budget: 100..=125,
        patience: 6..=8,
        margin: 4..=8,
        least_margin: 1,
        step: 2,
        candour: Candour::Silent,
        tells: 0b00_0001,
        cost: Costs {
            question: 1,
            ..COMMON
        },
    },
    Temperament {
        name: "enthusiast",
        base: 70,
        cares: [10, 6, 2, 6],
        feature: 4,
        gains: [7, 0, 0, 0, 0, 1, 7, 0],
        budget: 105..=130,
        patience: 9..=13,
        margin: 6..=12,
        least_margin: 1,
        step: 2,
        candour: Candour::Honest,
        tells: 0b00_1001,
        cost: COMMON,
    },
    Temperament {
        name: "cautious",
        base: 70,
        cares: [10, 4, 4, 1],
        feature: 3,
        gains: [3, 6, 0, 7, 2, 2, 0, 0],
        budget: 95..=115,
        patience: 11..=15,
        margin: 10..=16,
        least_margin: 2,
        step: 3,
        candour: Candour::Honest,
        tells: 0b00_0101,
        cost: Costs {
            untrue: 4,
            rude: 6,
            ..COMMON
        },
    },
    Temperament {
        name: "loyal",
        base: 68,
        cares: [6, 18, 2, 2],
        feature: 2,
        gains: [2, 4, 0, 1, 1, 5, 1, 0],
        budget: 100..=125,
        patience: 8..=12,
        margin: 6..=12,
        least_margin: 1,
        step: 2,
        candour: Candour::Rounded,
        tells: 0b00_0010,
        cost: Costs { brand: 1, ..COMMON },
    },
    Temperament {
        name: "budget_bound",
        base: 76,
        cares: [10, 2, 6, 0],
        feature: 2,
        gains: [1, 3, 0, 2, 6, 3, 0, 2],
        budget: 75..=100,
        patience: 8..=12,
        margin: 3..=6,
        least_margin: 0,
        step: 1,
        candour: Candour::Honest,
        tells: 0b10_0001,
        cost: COMMON,
    },
];
