//! Questions that compare a number of the city with one that they name.

use super::data::City;
use super::fold::folded;
use super::text::{Token, Vocabulary, Word};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Population,
    Elevation,
    Founded,
    Age,
    January,
    July,
    Temperature,
    Rain,
    Letters,
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    More,
    Less,
    Between,
    About,
}

/// The year to which ages are counted.
const NOW: f64 = 2025.0;
/// What is about as large as something differs from it by no more than this part of it.
const ABOUT: f64 = 0.2;

const QUANTITIES: [(Quantity, &str); 9] = [
    (
        Quantity::Population,
        "population people inhabitant resident",
    ),
    (
        Quantity::Elevation,
        "elevation altitude metre meter feet foot",
    ),
    (Quantity::Founded, "founded established built settled"),
    (Quantity::Age, "old older age"),
    (Quantity::January, "january winter"),
    (Quantity::July, "july summer"),
    (
        Quantity::Temperature,
        "temperature degree celsiu fahrenheit",
    ),
    (
        Quantity::Rain,
        "rain rainfall precipitation millimetre millimeter",
    ),
    (Quantity::Letters, "letter"),
];
const RELATIONS: [(Relation, &str); 4] = [
    (
        Relation::More,
        "more over above exceed exceeding greater larger higher after older warmer hotter least",
    ),
    (
        Relation::Less,
        "les fewer under below lower smaller before younger colder cooler most",
    ),
    (Relation::Between, "between"),
    (
        Relation::About,
        "about around approximately roughly exactly have",
    ),
];
/// What such a question may say beside them.
const REST: &str = "is was has does th st nd rd do ha have are wa it your city hometown town that with of in at than live living \
     urban area metropolitan sea level year ago bc ad century million thousand billion size where you come \
     from there total estimated current located situated founded established and to name average mean \
     annual per mm m ft c f high its first letter tall elevation height this by or my";

/// The words of numbers, found once.
#[derive(Debug, Default)]
pub struct Numbers {
    quantities: Vec<(Word, Quantity)>,
    relations: Vec<(Word, Relation)>,
    rest: Vec<Word>,
    scales: Vec<(Word, f64)>,
    feet: Vec<Word>,
    fahrenheit: Vec<Word>,
    bc: Word,
    century: Word,
}

impl Numbers {
    /// Makes the words known.
    pub fn new(vocabulary: &mut Vocabulary) -> Self {
        let mut numbers = Self::default();
        for (quantity, words) in QUANTITIES {
            let words = vocabulary.learn(words).into_iter();
            numbers
                .quantities
                .extend(words.map(|word| (word, quantity)));
        }
        for (relation, words) in RELATIONS {
            let words = vocabulary.learn(words).into_iter();
            numbers.relations.extend(words.map(|word| (word, relation)));
        }
        numbers.rest = vocabulary.learn(REST);
        numbers.feet = vocabulary.learn("feet foot ft");
        numbers.fahrenheit = vocabulary.learn("fahrenheit f");
        for (name, scale) in [("thousand", 1e3), ("million", 1e6), ("billion", 1e9)] {
            numbers.scales.push((vocabulary.learn(name)[0], scale));
        }
        numbers.bc = vocabulary.learn("bc")[0];
        numbers.century = vocabulary.learn("century")[0];
        numbers
    }

    /// Whether a comparison holds for a city; none if the question is no comparison.
    pub fn compare(&self, tokens: &[Token], city: &City) -> Option<bool> {
        let is = |wanted: Word| tokens.contains(&Token::Word(wanted));
        let mut values: Vec<f64> = Vec::new();
        let (mut quantity, mut relation) = (None, None);
        for (at, token) in tokens.iter().enumerate() {
            match *token {
                Token::Number(number) => {
                    let scale = match tokens.get(at + 1) {
                        Some(Token::Word(next)) => self
                            .scales
                            .iter()
                            .find(|(word, _)| word == next)
                            .map(|scale| scale.1),
                        _ => None,
                    };
                    values.push(number * scale.unwrap_or(1.0));
                }
                Token::Word(word) => {
                    let of = self.quantities.iter().find(|(known, _)| *known == word);
                    let how = self.relations.iter().find(|(known, _)| *known == word);
                    if of.is_none() && how.is_none() && !self.rest.contains(&word) {
                        return None;
                    }
                    quantity = prefer(quantity, of.map(|of| of.1));
                    let how = how.map(|how| how.1);
                    relation = relation
                        .filter(|one| *one != Relation::About)
                        .or(how)
                        .or(relation);
                }
                Token::Comma | Token::End { .. } => {}
            }
        }
        let (quantity, mut relation) = (quantity?, relation.unwrap_or(Relation::About));
        for value in &mut values {
            *value = match quantity {
                Quantity::Elevation if self.feet.iter().any(|word| is(*word)) => *value * 0.3048,
                Quantity::Population => *value / 1e6,
                Quantity::Founded if is(self.bc) => -*value,
                Quantity::January | Quantity::July | Quantity::Temperature
                    if self.fahrenheit.iter().any(|word| is(*word)) =>
                {
                    (*value - 32.0) / 1.8
                }
                _ => *value,
            };
        }
        if quantity == Quantity::Founded && is(self.century) {
            let end = values.first()? * 100.0;
            values = match relation {
                Relation::Less => vec![end - 100.0],
                Relation::More => vec![end],
                _ => vec![end - 100.0, end],
            };
            relation = if values.len() == 2 {
                Relation::Between
            } else {
                relation
            };
        }
        holds(relation, of(quantity, city).unwrap_or(f64::NAN), &values)
    }
}

/// The more special one of two quantities: "degrees in January", "founded 500 years".
fn prefer(one: Option<Quantity>, other: Option<Quantity>) -> Option<Quantity> {
    match (one, other) {
        (None | Some(Quantity::Temperature | Quantity::Population), Some(other)) => Some(other),
        (Some(Quantity::Founded), Some(Quantity::Age)) => Some(Quantity::Age),
        (one, _) => one,
    }
}

fn of(quantity: Quantity, city: &City) -> Option<f64> {
    match quantity {
        Quantity::Population => city.number("population"),
        Quantity::Elevation => city.number("elevation"),
        Quantity::Founded => city.number("founded"),
        Quantity::Age => Some(NOW - city.number("founded")?),
        Quantity::January => city.number("january"),
        Quantity::July => city.number("july"),
        Quantity::Temperature => Some(f64::midpoint(city.number("january")?, city.number("july")?)),
        Quantity::Rain => city.number("rain"),
        Quantity::Letters => {
            let letters = folded(city.name);
            let count = letters
                .chars()
                .filter(|letter| letter.is_alphabetic())
                .count();
            u32::try_from(count).ok().map(f64::from)
        }
    }
}

/// Whether a number is in this relation to those that the question names; none if they are too few
/// or too many.
fn holds(relation: Relation, number: f64, values: &[f64]) -> Option<bool> {
    Some(match (relation, values) {
        (Relation::More, [least]) => number > *least,
        (Relation::Less, [most]) => number < *most,
        (Relation::About, [value]) => (number - value).abs() <= ABOUT * value.abs(),
        (Relation::Between, [one, other]) => (one.min(*other)..=one.max(*other)).contains(&number),
        _ => return None,
    })
}
