//! The words that are understood.

use super::catalogue::{BRAND, COLOUR, FUEL, TYPE};
use super::temperament::{BUDGET_BIT, FEATURES_BIT};

/// The first of the points that are features: the ones before it are arguments.
pub const FEATURE_POINTS: u8 = 8;
/// What a buyer is asked for: an aspect, the features, the budget, or one of these.
pub const ANYTHING: usize = 6;
pub const OFFER: usize = 7;

/// What a word is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// A value of an aspect of cars.
    Value(usize, u8),
    /// An argument, or from [`FEATURE_POINTS`] on a feature.
    Point(u8),
    /// What a question may be about.
    Topic(usize),
    /// Politeness, or a question about nothing in particular.
    SmallTalk,
    /// Only polite in a question, as "looking" and "want".
    Wanting,
    Negation,
    Insult,
    Leaving,
    /// "But", after which another clause begins.
    But,
    /// The beginning of a question if it is the first word of a clause.
    Interrogative,
    /// In a question about a car: the seller speaks of one that is there.
    Pointing,
}

/// The sense of a word, or of the word whose plural it is.
pub fn sense(word: &str) -> Option<Sense> {
    meaning(word).or_else(|| meaning(word.strip_suffix('s')?))
}

fn meaning(word: &str) -> Option<Sense> {
    let known = of_a_car(word);
    if known.is_some() {
        return known;
    }
    Some(match word {
        "type" | "kind" | "body" => Sense::Topic(TYPE),
        "brand" | "manufacturer" => Sense::Topic(BRAND),
        "fuel" => Sense::Topic(FUEL),
        "colour" | "color" => Sense::Topic(COLOUR),
        "feature" | "extra" | "equipment" | "option" => Sense::Topic(FEATURES_BIT),
        "budget" | "spend" | "afford" | "pay" => Sense::Topic(BUDGET_BIT),
        "hello" | "hi" | "hey" | "welcome" | "thank" | "morning" | "afternoon" | "yes" | "ok"
        | "okay" | "sure" | "great" | "sorry" => Sense::SmallTalk,
        "looking" | "want" | "need" | "prefer" | "like" | "help" | "important" | "matter" => {
            Sense::Wanting
        }
        "no" | "not" | "never" | "cant" | "cannot" | "wont" | "dont" | "doesnt" | "isnt"
        | "without" | "couldnt" | "nor" => Sense::Negation,
        "stupid" | "idiot" | "moron" | "dumb" | "fool" | "cheapskate" | "loser" | "liar"
        | "pathetic" | "damn" | "hurry" => Sense::Insult,
        "bye" | "goodbye" | "leaving" => Sense::Leaving,
        "but" => Sense::But,
        "what" | "which" | "how" | "do" | "does" | "are" | "is" | "would" | "could" | "can"
        | "may" | "shall" | "tell" => Sense::Interrogative,
        "the" | "our" | "this" | "that" | "about" | "interest" | "show" | "see" => Sense::Pointing,
        _ => return None,
    })
}

/// What cars have, and what can be said for them.
fn of_a_car(word: &str) -> Option<Sense> {
    let value = |aspect, value| Sense::Value(aspect, value);
    let feature = |at| Sense::Point(FEATURE_POINTS + at);
    Some(match word {
        "sedan" => value(TYPE, 0),
        "suv" => value(TYPE, 1),
        "truck" | "pickup" => value(TYPE, 2),
        "convertible" | "cabriolet" => value(TYPE, 3),
        "hatchback" | "hatch" => value(TYPE, 4),
        "minivan" | "van" => value(TYPE, 5),
        "audi" => value(BRAND, 0),
        "bmw" => value(BRAND, 1),
        "ford" => value(BRAND, 2),
        "honda" => value(BRAND, 3),
        "subaru" => value(BRAND, 4),
        "tesla" => value(BRAND, 5),
        "toyota" => value(BRAND, 6),
        "volkswagen" | "vw" => value(BRAND, 7),
        "petrol" | "gasoline" => value(FUEL, 0),
        "diesel" => value(FUEL, 1),
        "hybrid" => value(FUEL, 2),
        "electric" | "ev" => value(FUEL, 3),
        "black" => value(COLOUR, 0),
        "white" => value(COLOUR, 1),
        "red" => value(COLOUR, 2),
        "blue" => value(COLOUR, 3),
        "silver" | "grey" | "gray" => value(COLOUR, 4),
        "green" => value(COLOUR, 5),
        "test" => Sense::Point(0),
        "warranty" | "warrantie" | "guarantee" | "guaranteed" => Sense::Point(1),
        "financing" | "finance" | "loan" | "lease" | "leasing" | "installment" | "monthly"
        | "credit" => Sense::Point(2),
        "safety" | "safe" | "safest" | "airbag" | "crash" | "collision" => Sense::Point(3),
        "economy" | "economical" | "mileage" | "mpg" | "efficient" | "efficiency"
        | "consumption" => Sense::Point(4),
        "resale" | "resell" | "depreciation" => Sense::Point(5),
        "performance" | "horsepower" | "power" | "powerful" | "engine" | "handling"
        | "acceleration" | "torque" | "sporty" => Sense::Point(6),
        "discount" | "rebate" | "promotion" => Sense::Point(7),
        "sunroof" | "moonroof" => feature(0),
        "heated" | "heating" => feature(1),
        "leather" => feature(2),
        "camera" => feature(3),
        "navigation" | "gps" => feature(4),
        "carplay" => feature(5),
        "cruise" => feature(6),
        "row" => feature(7),
        _ => return None,
    })
}
