//! One turn: what an utterance does to the buyer, and what the buyer says to it.

use super::answer::answer;
use super::catalogue::{BRAND, Car, FEATURES, TYPE};
use super::listen::Heard;
use super::sentence::{ANYTHING, FEATURE_POINTS, OFFER};
use super::speech::{Remark, Speech};
use super::state::{MOST_POINTS, State};
use super::temperament::{ARGUMENTS, BUDGET_BIT, FINANCING};

/// With so much patience or less, the buyer says so.
const LITTLE_PATIENCE: u8 = 2;
/// A price of at most so many per cent of the limit is near it, and of more than the second far.
const NEAR: u64 = 105;
const FAR: u64 = 120;

/// How a turn ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    GoesOn,
    Sold(u32),
    Left,
}

/// Takes one turn: what the buyer says, and whether that was the end.
pub fn take_turn(state: &mut State, heard: &Heard) -> (String, End) {
    let mut turn = Turn {
        speech: Speech::new(&state.buyer, state.turn),
        cost: 1,
        state,
    };
    let end = turn.hear(heard);
    let Turn {
        mut speech, cost, ..
    } = turn;
    match end {
        End::Sold(price) => {
            speech.say_price(Remark::Accept, price);
            return (speech.text, end);
        }
        End::Left => return (speech.text, end),
        End::GoesOn => {}
    }
    state.talk.patience = state.talk.patience.saturating_sub(cost);
    if state.talk.patience == 0 {
        speech.text.clear();
        speech.say(Remark::Leave);
        return (speech.text, End::Left);
    }
    if state.talk.patience <= LITTLE_PATIENCE {
        speech.say(Remark::Warning);
    }
    (speech.text, End::GoesOn)
}

struct Turn<'a> {
    state: &'a mut State,
    speech: Speech,
    /// What this turn takes of the buyer's patience.
    cost: u8,
}

impl Turn<'_> {
    fn pay(&mut self, cost: u8) {
        self.cost = self.cost.saturating_add(cost);
    }

    fn hear(&mut self, heard: &Heard) -> End {
        let costs = &self.state.buyer.temperament().cost;
        if heard.is_nothing() {
            self.speech.say(Remark::Unclear);
            return End::GoesOn;
        }
        if heard.rude {
            self.pay(costs.rude);
            self.speech.say(Remark::Rude);
        }
        if heard.agrees && heard.price.is_none() {
            if let (Some((at, _)), 1..) = (self.state.car(), self.state.talk.offer) {
                return End::Sold(self.state.talk.offer.min(self.state.ceiling(at)));
            }
            self.speech.say(Remark::NoOffer);
        }
        let is_new_car = heard.names_car() && self.look_at(heard);
        let is_about_car =
            heard.price.is_some() || !heard.points.is_empty() || heard.topic == Some(OFFER);
        if self.state.talk.car.is_none() && is_about_car {
            if !heard.names_car() {
                self.speech.say(Remark::WhichCar);
            }
            return End::GoesOn;
        }
        let has_new_point = self.consider(heard);
        if let Some(topic) = heard.topic {
            self.pay(costs.question);
            self.reply(topic);
        }
        if let Some(price) = heard.price {
            return self.haggle(price, has_new_point);
        }
        if is_new_car && heard.topic.is_none() {
            self.speech.say(Remark::AskPrice);
        }
        if self.speech.text.is_empty() {
            self.reply(ANYTHING);
        }
        End::GoesOn
    }

    /// Turns to the car that is named, and says whether it is another than before.
    fn look_at(&mut self, heard: &Heard) -> bool {
        let buyer = self.state.buyer;
        let costs = &buyer.temperament().cost;
        let Some(named) = self.state.named(heard.aspects) else {
            self.pay(costs.untrue);
            self.speech.say(Remark::NoCar);
            return false;
        };
        let talk = &mut self.state.talk;
        if talk.car == Some(named) {
            return false;
        }
        let had_one = talk.car.is_some();
        (talk.car, talk.asked, talk.offer) = (Some(named), 0, 0);
        self.pay(u8::from(had_one));
        let Some((_, &car)) = self.state.car() else {
            return false;
        };
        if car.aspects[BRAND] != buyer.wants[BRAND] {
            self.pay(costs.brand);
        }
        let (suits, all) = (
            buyer.suits(&car),
            buyer.temperament().cares.iter().sum::<u8>(),
        );
        self.speech.say(if suits * 3 >= all * 2 {
            Remark::SuitsWell
        } else if suits * 3 >= all {
            Remark::SuitsSome
        } else {
            Remark::SuitsNot
        });
        true
    }

    /// Takes in the first new point for the car under discussion, and says whether there was one.
    fn consider(&mut self, heard: &Heard) -> bool {
        let points = heard.points.as_slice();
        let (Some((at, &car)), false) = (self.state.car(), points.is_empty()) else {
            return false;
        };
        if points.iter().any(|&point| is_untrue(point, &car)) {
            self.pay(self.state.buyer.temperament().cost.untrue);
            self.speech.say(Remark::Untrue);
        }
        let before = self.state.talk;
        let is_new = |&&point: &&u8| match point.checked_sub(FEATURE_POINTS) {
            None => before.arguments >> point & 1 == 0,
            Some(feature) => !is_untrue(point, &car) && before.shown[at] >> feature & 1 == 0,
        };
        let Some(&point) = points.iter().find(is_new) else {
            if !points.iter().all(|&point| is_untrue(point, &car)) {
                self.speech.say(Remark::Known);
            }
            return false;
        };
        let matters = match point.checked_sub(FEATURE_POINTS) {
            None => {
                self.state.talk.arguments |= 1 << point;
                let gains = self.state.buyer.temperament().gains;
                usize::from(point) == FINANCING || gains[usize::from(point) % ARGUMENTS.len()] > 0
            }
            Some(feature) => {
                self.state.talk.shown[at] |= 1 << feature;
                self.state.buyer.features >> feature & 1 == 1
            }
        };
        self.speech.say(if matters {
            Remark::Like
        } else {
            Remark::Indifferent
        });
        true
    }

    /// Answers a question.
    fn reply(&mut self, topic: usize) {
        match topic {
            OFFER => {
                if let Some((at, _)) = self.state.car() {
                    self.make_offer(at);
                }
            }
            ANYTHING => {
                let told = self.state.talk.told;
                match (TYPE..BUDGET_BIT).find(|topic| told >> topic & 1 == 0) {
                    Some(topic) => self.reply(topic),
                    None if self.state.talk.car.is_some() => self.speech.say(Remark::AskPrice),
                    None => self.speech.say(Remark::Show),
                }
            }
            _ => {
                answer(&mut self.speech, self.state, topic);
                self.state.talk.told |= 1 << topic;
            }
        }
    }

    /// Buys at a price up to the limit, or says what is wrong with it and makes an offer.
    fn haggle(&mut self, price: u32, has_new_point: bool) -> End {
        let Some((at, &car)) = self.state.car() else {
            return End::GoesOn;
        };
        let limit = self.state.limit(at);
        if price <= limit {
            return End::Sold(price);
        }
        let numbers = self.state.buyer.temperament();
        let talk = &mut self.state.talk;
        let before = std::mem::replace(&mut talk.asked, price);
        let percent = u64::from(price) * 100;
        if before != 0 && price > before {
            self.pay(2);
            self.speech.say(Remark::Raised);
        } else if before == price && !has_new_point {
            self.pay(1);
            self.speech.say(Remark::Repeated);
        } else {
            if before != 0 && price <= before - (car.price / 100).min(before) {
                let less = talk.margin.saturating_sub(numbers.step);
                talk.margin = less.max(numbers.least_margin);
            }
            self.speech.say(if percent <= u64::from(limit) * NEAR {
                Remark::Near
            } else if percent <= u64::from(limit) * FAR {
                Remark::High
            } else {
                Remark::Far
            });
            if percent > u64::from(limit) * FAR {
                self.pay(numbers.cost.far);
            }
        }
        self.make_offer(at);
        End::GoesOn
    }

    fn make_offer(&mut self, at: usize) {
        let offer = self.state.offer(at);
        self.state.talk.offer = offer;
        self.speech.say_price(Remark::Offer, offer);
    }
}

/// Whether a point is a feature that the car does not have.
fn is_untrue(point: u8, car: &Car) -> bool {
    point.checked_sub(FEATURE_POINTS).is_some_and(|feature| {
        usize::from(feature) < FEATURES.len() && car.features >> feature & 1 == 0
    })
}

impl State {
    /// The most that a car can be sold for, whoever plays the buyer.
    pub(super) fn ceiling(&self, at: usize) -> u32 {
        self.lot
            .get(at)
            .map_or(0, |car| car.price / 100 * MOST_POINTS)
    }
}
