//! The cars that there are, and what tells one from another.

use std::fmt::Write;

/// How many cars a dealer has.
pub const LOT: usize = 4;
/// How many features a car has.
pub const FEATURES_OF_A_CAR: usize = 3;

pub const TYPES: [&str; 6] = [
    "sedan",
    "SUV",
    "truck",
    "convertible",
    "hatchback",
    "minivan",
];
pub const BRANDS: [&str; 8] = [
    "Audi",
    "BMW",
    "Ford",
    "Honda",
    "Subaru",
    "Tesla",
    "Toyota",
    "Volkswagen",
];
pub const FUELS: [&str; 4] = ["petrol", "diesel", "hybrid", "electric"];
pub const COLOURS: [&str; 6] = ["black", "white", "red", "blue", "silver", "green"];
pub const FEATURES: [&str; 8] = [
    "sunroof",
    "heated seats",
    "leather seats",
    "backup camera",
    "navigation",
    "CarPlay",
    "cruise control",
    "third row",
];

/// What a buyer looks at in a car, apart from its features: indices into [`Car::aspects`].
pub const TYPE: usize = 0;
pub const BRAND: usize = 1;
pub const FUEL: usize = 2;
pub const COLOUR: usize = 3;
/// The names of the values of each aspect.
pub const ASPECTS: [&[&str]; 4] = [&TYPES, &BRANDS, &FUELS, &COLOURS];

/// A model: its type, brand and fuel, as indices, and the list price of its cheapest car.
pub struct Model(pub [u8; 3], pub u32);

/// The dealership's own list: brands that exist, prices that do not.
pub const MODELS: [Model; 24] = [
    Model([0, 0, 0], 38_000),
    Model([0, 1, 1], 41_000),
    Model([0, 3, 2], 27_000),
    Model([0, 5, 3], 40_000),
    Model([0, 6, 2], 28_000),
    Model([0, 7, 0], 24_000),
    Model([1, 0, 1], 46_000),
    Model([1, 1, 2], 52_000),
    Model([1, 2, 0], 33_000),
    Model([1, 4, 0], 30_000),
    Model([1, 5, 3], 45_000),
    Model([1, 6, 2], 34_000),
    Model([2, 2, 1], 43_000),
    Model([2, 3, 0], 39_000),
    Model([2, 6, 0], 41_000),
    Model([3, 1, 0], 54_000),
    Model([3, 2, 0], 36_000),
    Model([3, 0, 0], 49_000),
    Model([4, 7, 3], 32_000),
    Model([4, 3, 0], 23_000),
    Model([4, 4, 2], 26_000),
    Model([5, 3, 2], 37_000),
    Model([5, 6, 2], 38_000),
    Model([5, 7, 1], 35_000),
];

/// One car of the lot.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Car {
    /// Indices into [`ASPECTS`].
    pub aspects: [u8; 4],
    /// A bit for each of [`FEATURES`].
    pub features: u8,
    /// The list price in dollars.
    pub price: u32,
}

/// The name of a value of an aspect.
pub fn value_name(aspect: usize, value: u8) -> &'static str {
    ASPECTS
        .get(aspect)
        .and_then(|names| names.get(usize::from(value)))
        .copied()
        .unwrap_or_default()
}

/// The features whose bits are set.
pub fn feature_names(bits: u8) -> impl Iterator<Item = &'static str> {
    FEATURES
        .into_iter()
        .enumerate()
        .filter(move |(at, _)| bits >> at & 1 == 1)
        .map(|(_, name)| name)
}

/// Appends names as "a, b and c".
pub fn push_list(text: &mut String, names: impl Iterator<Item = &'static str>) {
    let mut names = names.peekable();
    let mut is_first = true;
    while let Some(name) = names.next() {
        if !is_first {
            text.push_str(if names.peek().is_some() {
                ", "
            } else {
                " and "
            });
        }
        text.push_str(name);
        is_first = false;
    }
}

/// Appends a price as "$31,500".
pub fn push_price(text: &mut String, dollars: u32) {
    let (thousands, rest) = (dollars / 1000, dollars % 1000);
    // Writing to a string cannot fail.
    let _ = if thousands == 0 {
        write!(text, "${rest}")
    } else if thousands < 1000 {
        write!(text, "${thousands},{rest:03}")
    } else {
        let (millions, thousands) = (thousands / 1000, thousands % 1000);
        write!(text, "${millions},{thousands:03},{rest:03}")
    };
}

impl Car {
    /// Appends its name, such as "red Toyota sedan".
    pub fn push_name(&self, text: &mut String) {
        let [kind, brand, _, colour] = self.aspects;
        for (aspect, value, after) in [(COLOUR, colour, " "), (BRAND, brand, " "), (TYPE, kind, "")]
        {
            text.push_str(value_name(aspect, value));
            text.push_str(after);
        }
    }

    /// Appends its line in the list of cars.
    pub fn push_line(&self, text: &mut String) {
        text.push_str("- ");
        self.push_name(text);
        text.push_str(", ");
        text.push_str(value_name(FUEL, self.aspects[FUEL]));
        text.push_str(", ");
        push_list(text, feature_names(self.features));
        text.push_str(": ");
        push_price(text, self.price);
        text.push('\n');
    }
}
