//! A negotiation as bytes, and back.

use super::catalogue::{ASPECTS, Car, FEATURES_OF_A_CAR, LOT};
use super::draw::{MOOD, WANTED_FEATURES};
use super::price::HIGHEST;
use super::state::{Buyer, State, Talk};
use super::temperament::TEMPERAMENTS;

/// In place of a car when none is under discussion.
const NO_CAR: u8 = u8::MAX;
/// Budgets and list prices of a later catalogue may be other ones, but not more than this.
const MOST_DOLLARS: u32 = 1_000_000;

/// Appends the state: all integers are little-endian and stand in the order of the fields.
pub fn encode(state: &State, bytes: &mut Vec<u8>) {
    bytes.extend(state.turn.to_le_bytes());
    for car in &state.lot {
        bytes.extend(car.aspects);
        bytes.push(car.features);
        bytes.extend(car.price.to_le_bytes());
    }
    let Buyer {
        temperament,
        wants,
        features,
        budget,
        mood,
        voice,
    } = state.buyer;
    bytes.push(temperament);
    bytes.extend(wants);
    bytes.push(features);
    bytes.extend(budget.to_le_bytes());
    bytes.extend(mood.to_le_bytes());
    bytes.extend(voice.to_le_bytes());
    let talk = &state.talk;
    bytes.extend([talk.patience, talk.margin, talk.car.unwrap_or(NO_CAR)]);
    bytes.extend(talk.shown);
    bytes.extend([talk.arguments, talk.told]);
    bytes.extend(talk.asked.to_le_bytes());
    bytes.extend(talk.offer.to_le_bytes());
}

/// The state, unless these bytes are none.
pub fn decode(bytes: &[u8]) -> Option<State> {
    let mut rest = bytes;
    let turn = number(&mut rest)?;
    let mut lot = [Car::default(); LOT];
    for car in &mut lot {
        *car = Car {
            aspects: array(&mut rest)?,
            features: byte(&mut rest)?,
            price: number(&mut rest)?,
        };
    }
    let buyer = Buyer {
        temperament: byte(&mut rest)?,
        wants: array(&mut rest)?,
        features: byte(&mut rest)?,
        budget: number(&mut rest)?,
        mood: i8::from_le_bytes(array(&mut rest)?),
        voice: number(&mut rest)?,
    };
    let talk = Talk {
        patience: byte(&mut rest)?,
        margin: byte(&mut rest)?,
        car: Some(byte(&mut rest)?).filter(|&car| car != NO_CAR),
        shown: array(&mut rest)?,
        arguments: byte(&mut rest)?,
        told: byte(&mut rest)?,
        asked: number(&mut rest)?,
        offer: number(&mut rest)?,
    };
    let state = State {
        turn,
        lot,
        buyer,
        talk,
    };
    (rest.is_empty() && is_possible(&state)).then_some(state)
}

fn is_possible(state: &State) -> bool {
    let State {
        lot, buyer, talk, ..
    } = state;
    let are_values = |values: [u8; ASPECTS.len()]| {
        let mut known = ASPECTS.iter().zip(values);
        known.all(|(names, value)| usize::from(value) < names.len())
    };
    let has = |bits: u8, count: usize| bits.count_ones() as usize == count;
    let is_car = |car: &Car| {
        are_values(car.aspects)
            && has(car.features, FEATURES_OF_A_CAR)
            && (1..=MOST_DOLLARS).contains(&car.price)
    };
    lot.iter().all(is_car)
        && usize::from(buyer.temperament) < TEMPERAMENTS.len()
        && are_values(buyer.wants)
        && has(buyer.features, WANTED_FEATURES)
        && buyer.budget <= MOST_DOLLARS
        && buyer.mood.unsigned_abs() <= MOOD.unsigned_abs()
        && talk.margin <= 100
        && talk.car.is_none_or(|car| usize::from(car) < LOT)
        && talk
            .shown
            .iter()
            .zip(lot)
            .all(|(shown, car)| shown & !car.features == 0)
        && talk.told < 1 << 6
        && talk.asked <= HIGHEST
        && match state.car() {
            Some((at, _)) => talk.offer <= state.ceiling(at),
            None => talk.asked == 0 && talk.offer == 0,
        }
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (array, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*array)
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    array(rest).map(|[byte]| byte)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    array(rest).map(u32::from_le_bytes)
}
