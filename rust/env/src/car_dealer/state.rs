//! One negotiation, and what a car is worth to the buyer in it.

use super::catalogue::{ASPECTS, Car, LOT};
use super::temperament::{FINANCING, TEMPERAMENTS, Temperament};

/// No car is worth more to a buyer than this, in per cent of its list price.
pub const MOST_POINTS: u32 = 120;

/// One episode: the cars, the buyer, and how far the two have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(super) turn: u32,
    pub(super) lot: [Car; LOT],
    pub(super) buyer: Buyer,
    pub(super) talk: Talk,
}

/// What the buyer came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Buyer {
    /// Index into [`TEMPERAMENTS`].
    pub temperament: u8,
    /// The wanted value of each aspect of a car.
    pub wants: [u8; ASPECTS.len()],
    /// A bit for each wanted feature.
    pub features: u8,
    /// In dollars.
    pub budget: u32,
    /// Added to what any car is worth, in points.
    pub mood: i8,
    /// Which phrasings the buyer prefers.
    pub voice: u32,
}

/// What has been said so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Talk {
    pub patience: u8,
    /// How far below the limit the buyer offers, in points.
    pub margin: u8,
    /// The car under discussion.
    pub car: Option<u8>,
    /// For each car a bit for every feature that the buyer has been told it has.
    pub shown: [u8; LOT],
    /// A bit for each argument that the buyer has heard.
    pub arguments: u8,
    /// A bit for each topic on which the buyer has said what they want.
    pub told: u8,
    /// The seller's last price for the car under discussion; 0 before the first.
    pub asked: u32,
    /// The buyer's last offer for it; 0 before the first.
    pub offer: u32,
}

impl Buyer {
    pub fn temperament(&self) -> &'static Temperament {
        TEMPERAMENTS
            .get(usize::from(self.temperament))
            .unwrap_or(&TEMPERAMENTS[0])
    }

    /// How many points the type, the brand, the fuel and the colour of a car are worth.
    pub fn suits(&self, car: &Car) -> u8 {
        let cares = self.temperament().cares;
        let matching = self.wants.iter().zip(car.aspects).zip(cares);
        matching
            .filter(|((wanted, value), _)| *wanted == value)
            .map(|(_, care)| care)
            .sum()
    }
}

impl State {
    /// What is left to spend: financing stretches the budget by a tenth.
    pub(super) fn means(&self) -> u32 {
        let is_financed = self.talk.arguments >> FINANCING & 1 == 1;
        let stretch = if is_financed {
            self.buyer.budget / 10
        } else {
            0
        };
        self.buyer.budget.saturating_add(stretch)
    }

    /// What a car of the lot is worth to the buyer by now, in points of its list price.
    pub(super) fn points(&self, at: usize) -> u32 {
        let Some(car) = self.lot.get(at) else {
            return 0;
        };
        let temperament = self.buyer.temperament();
        let shown = self.talk.shown.get(at).copied().unwrap_or(0);
        let liked = (shown & car.features & self.buyer.features).count_ones();
        let gains = temperament.gains.iter().enumerate();
        let argued: u32 = gains
            .filter(|(argument, _)| self.talk.arguments >> argument & 1 == 1)
            .map(|(_, &gain)| u32::from(gain))
            .sum();
        let sum = u32::from(temperament.base)
            + u32::from(self.buyer.suits(car))
            + liked * u32::from(temperament.feature)
            + argued;
        sum.saturating_add_signed(i32::from(self.buyer.mood))
            .min(MOST_POINTS)
    }

    /// The most that the buyer pays for a car of the lot by now, in dollars.
    pub(super) fn limit(&self, at: usize) -> u32 {
        let price = self.lot.get(at).map_or(0, |car| car.price);
        (price / 100 * self.points(at)).min(self.means())
    }

    /// The car under discussion.
    pub(super) fn car(&self) -> Option<(usize, &Car)> {
        let at = usize::from(self.talk.car?);
        self.lot.get(at).map(|car| (at, car))
    }

    /// Of the cars that fit what was named, the one under discussion if it is among them, or else
    /// the one whose limit is the largest part of its price.
    pub(super) fn named(&self, aspects: [u8; ASPECTS.len()]) -> Option<u8> {
        let fits = |car: &Car| {
            let mut values = aspects.iter().zip(car.aspects);
            values.all(|(&bits, value)| bits == 0 || bits >> value & 1 == 1)
        };
        if self.car().is_some_and(|(_, car)| fits(car)) {
            return self.talk.car;
        }
        let mut best = None;
        for (at, car) in (0_u8..).zip(&self.lot) {
            let liking = self.points(usize::from(at));
            if fits(car) && best.is_none_or(|(most, _)| liking > most) {
                best = Some((liking, at));
            }
        }
        best.map(|(_, at)| at)
    }

    /// What the buyer offers for a car of the lot: less than the limit by the margin, in hundreds,
    /// and never less than before.
    pub(super) fn offer(&self, at: usize) -> u32 {
        let limit = self.limit(at);
        let price = self.lot.get(at).map_or(0, |car| car.price);
        let below = limit.saturating_sub(price / 100 * u32::from(self.talk.margin));
        let rounded = below / 100 * 100;
        rounded.max(self.talk.offer).min(limit)
    }
}
