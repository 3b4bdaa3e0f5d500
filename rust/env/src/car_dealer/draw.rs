//! The chance of an episode: its cars and its buyer.

use std::ops::RangeInclusive;

use super::catalogue::{ASPECTS, COLOUR, COLOURS, Car, FEATURES, FEATURES_OF_A_CAR, LOT, MODELS};
use super::state::{Buyer, State, Talk};
use super::temperament::TEMPERAMENTS;
use crate::Rng;

/// How many features a buyer wants.
pub const WANTED_FEATURES: usize = 2;
/// A car of a model costs up to so many times 500 dollars more than the cheapest.
pub const PRICE_STEPS: usize = 9;
/// The mood is from -4 to 4.
pub const MOOD: i8 = 4;

/// A negotiation at its beginning, with a buyer of this temperament or of any.
pub fn draw(rng: &mut Rng, temperament: Option<u8>) -> State {
    let lot = draw_lot(rng);
    let temperament = temperament.unwrap_or_else(|| small(rng.below(TEMPERAMENTS.len())));
    // Each want is met by one car, but seldom all by the same.
    let wants = std::array::from_fn::<u8, { ASPECTS.len() }, _>(|aspect| {
        let car = lot.get(rng.below(LOT));
        car.map_or(0, |car| car.aspects[aspect])
    });
    let mut buyer = Buyer {
        temperament,
        wants,
        features: draw_features(rng, WANTED_FEATURES),
        budget: 0,
        mood: 0,
        voice: 0,
    };
    let numbers = buyer.temperament();
    let best = lot.iter().max_by_key(|car| buyer.suits(car));
    let percent = u32::from(within(rng, &numbers.budget));
    buyer.budget = best.map_or(0, |car| car.price) / 100 * percent / 100 * 100;
    buyer.mood =
        i8::try_from(rng.below(usize::from(2 * MOOD.unsigned_abs()) + 1)).unwrap_or(0) - MOOD;
    let talk = Talk {
        patience: within(rng, &numbers.patience),
        margin: within(rng, &numbers.margin),
        told: numbers.tells,
        ..Talk::default()
    };
    buyer.voice = u32::try_from(rng.next_u64() >> 32).unwrap_or(0);
    State {
        turn: 0,
        lot,
        buyer,
        talk,
    }
}

/// Cars of different models.
fn draw_lot(rng: &mut Rng) -> [Car; LOT] {
    let mut models: [u8; MODELS.len()] = std::array::from_fn(small);
    std::array::from_fn(|at| {
        models.swap(at, at + rng.below(MODELS.len() - at));
        let model = &MODELS[usize::from(models[at])];
        let [kind, brand, fuel] = model.0;
        let mut aspects = [kind, brand, fuel, 0];
        aspects[COLOUR] = small(rng.below(COLOURS.len()));
        Car {
            aspects,
            features: draw_features(rng, FEATURES_OF_A_CAR),
            price: model.1 + 500 * u32::from(small(rng.below(PRICE_STEPS))),
        }
    })
}

/// The bits of so many different features.
fn draw_features(rng: &mut Rng, count: usize) -> u8 {
    let mut bits = 0;
    for chosen in 0..count {
        // One of those that are left.
        let mut skip = rng.below(FEATURES.len() - chosen);
        for at in 0..FEATURES.len() {
            if bits >> at & 1 == 0 {
                if skip == 0 {
                    bits |= 1 << at;
                    break;
                }
                skip -= 1;
            }
        }
    }
    bits
}

fn within(rng: &mut Rng, range: &RangeInclusive<u8>) -> u8 {
    let width = usize::from(range.end().saturating_sub(*range.start())) + 1;
    range.start().saturating_add(small(rng.below(width)))
}

fn small(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(0)
}
