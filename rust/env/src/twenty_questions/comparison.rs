//! Comparisons by number: size, weight, price, speed, age; what fits in what.

use super::attributes::Class;
use super::data::Facts;
use super::keywords::keyword as k;
use super::reader::{Reader, Truth, skip};
use super::usage::{ORDINARY, PREPOSITIONS};
use super::words::{Token, Word};

/// The year of "100 years ago".
const THIS_YEAR: f64 = 2025.0;
/// Two things within this ratio are "about the size of" each other.
const ALIKE: f64 = 1.5;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    Size,
    Mass,
    Length,
    Height,
    Width,
    Price,
    Speed,
    Age,
    /// No verb or adjective has said yet what is compared; a unit must.
    Unsaid,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    More,
    Less,
    Alike,
}

fn measured(facts: &Facts, measure: Measure) -> Option<f64> {
    match measure {
        Measure::Size => Some(facts.size()),
        Measure::Mass => facts.mass,
        Measure::Length => Some(facts.sorted()[0]),
        Measure::Height => Some(facts.dims[2]),
        Measure::Width => Some(facts.dims[0].min(facts.dims[1])),
        Measure::Price => facts.price,
        Measure::Speed => facts.speed,
        Measure::Age => facts.year.map(|year| THIS_YEAR - year),
        Measure::Unsaid => None,
    }
}

fn comparative(word: Word) -> Option<(Measure, Order)> {
    Some(match word {
        k::BIGGER => (Measure::Size, Order::More),
        k::SMALLER => (Measure::Size, Order::Less),
        k::HEAVIER => (Measure::Mass, Order::More),
        k::LIGHTER => (Measure::Mass, Order::Less),
        k::LONGER => (Measure::Length, Order::More),
        k::SHORTER => (Measure::Length, Order::Less),
        k::TALLER => (Measure::Height, Order::More),
        k::WIDER => (Measure::Width, Order::More),
        k::PRICIER => (Measure::Price, Order::More),
        k::CHEAPER => (Measure::Price, Order::Less),
        k::FASTER => (Measure::Speed, Order::More),
        k::SLOWER => (Measure::Speed, Order::Less),
        k::OLDER => (Measure::Age, Order::More),
        k::NEWER => (Measure::Age, Order::Less),
        _ => return None,
    })
}

/// Measure and factor of a unit.
fn unit(token: &Token, noun: Word) -> Option<(Measure, f64)> {
    Some(match noun {
        k::FOOT => (Measure::Length, 30.48),
        k::INCH => (Measure::Length, 2.54),
        k::METER | k::M => (Measure::Length, 100.0),
        k::CENTIMETER => (Measure::Length, 1.0),
        k::MILLIMETER => (Measure::Length, 0.1),
        k::KILOMETER => (Measure::Length, 100_000.0),
        k::MILE => (Measure::Length, 160_934.0),
        k::YARD => (Measure::Length, 91.44),
        k::POUND => (Measure::Mass, 0.4536),
        k::OUNCE => (Measure::Mass, 0.028_35),
        k::KILOGRAM => (Measure::Mass, 1.0),
        k::GRAM | k::G => (Measure::Mass, 0.001),
        k::TON => (Measure::Mass, 1000.0),
        k::DOLLAR => (Measure::Price, 1.0),
        k::CENT => (Measure::Price, 0.01),
        k::MPH => (Measure::Speed, 1.609),
        k::YEAR => (Measure::Age, 1.0),
        k::LETTER if token.value == Some(f64::from(u32::from('m'))) => (Measure::Length, 100.0),
        k::LETTER if token.value == Some(f64::from(u32::from('g'))) => (Measure::Mass, 0.001),
        _ => return None,
    })
}

/// Measure that a word after a number, or after "as", names.
fn dimension(word: Word) -> Option<Measure> {
    Some(match word {
        k::LARGE | k::SIZE => Measure::Size,
        k::HEAVY | k::WEIGHT => Measure::Mass,
        k::LONG | k::LENGTH => Measure::Length,
        k::TALL | k::HIGH | k::HEIGHT => Measure::Height,
        k::WIDE => Measure::Width,
        k::PRICE => Measure::Price,
        k::SPEED => Measure::Speed,
        k::OLD => Measure::Age,
        _ => return None,
    })
}

impl Reader<'_> {
    fn facts(&self) -> Option<&Facts> {
        self.index
            .objects
            .get(self.object)
            .map(|object| &object.facts)
    }

    /// "Bigger than a car", "weigh more than 5 pounds", "as heavy as a dog", "invented after 1900".
    pub(super) fn comparison(&self, words: &[Token]) -> Truth {
        let (verb_measure, words) = self.measuring_verb(words);
        let (measure, order, rest) = match words {
            [a, b, rest @ ..] if b.word == k::THAN && comparative(a.word).is_some() => {
                let (measure, order) = comparative(a.word)?;
                (measure, order, rest)
            }
            [a, b, rest @ ..] if b.word == k::THAN && a.word == k::MORE => {
                (verb_measure, Order::More, rest)
            }
            [a, b, rest @ ..] if b.word == k::THAN && a.word == k::LESS => {
                (verb_measure, Order::Less, rest)
            }
            [a, b, rest @ ..] if a.word == k::AT && b.word == k::LEAST => {
                (verb_measure, Order::More, rest)
            }
            [a, rest @ ..] if matches!(a.word, k::OVER | k::ABOVE) => {
                (verb_measure, Order::More, rest)
            }
            [a, rest @ ..] if matches!(a.word, k::UNDER | k::BELOW) => {
                (verb_measure, Order::Less, rest)
            }
            [a, b, c, rest @ ..] if a.word == k::AS && c.word == k::AS => {
                (dimension(b.word)?, Order::Alike, rest)
            }
            _ => return self.dated(words),
        };
        self.against(measure, order, rest)
    }

    /// "Weigh", "cost", "worth": verbs that say what is compared.
    fn measuring_verb<'w>(&self, words: &'w [Token]) -> (Measure, &'w [Token]) {
        let measure = match words.first().map(|token| self.verb(token)) {
            Some(k::WEIGH) => Measure::Mass,
            Some(k::COST | k::WORTH | k::SELL | k::BUY | k::GET) => Measure::Price,
            Some(k::MEASURE) => Measure::Length,
            Some(k::MOVE | k::GO) => Measure::Speed,
            _ => return (Measure::Unsaid, words),
        };
        (measure, skip(&words[1..], &[k::FOR]))
    }

    /// Compares with "5 pounds", "a foot long" or the name of a thing.
    fn against(&self, measure: Measure, order: Order, words: &[Token]) -> Truth {
        let own = self.facts()?;
        let (measure, other) = self
            .quantity(measure, words)
            .or_else(|| self.thing(measure, words))?;
        // What nobody sells costs neither more nor less, what has no speed does not go fast.
        let Some(own) = measured(own, measure) else {
            return Some(false);
        };
        Some(match order {
            Order::More => own > other,
            Order::Less => own < other,
            Order::Alike => own < other * ALIKE && other < own * ALIKE,
        })
    }

    fn quantity(&self, measure: Measure, words: &[Token]) -> Option<(Measure, f64)> {
        let number = words
            .first()
            .and_then(|token| token.value.filter(|_| token.word != k::LETTER));
        let rest = if number.is_some() { &words[1..] } else { words };
        let first = rest.first()?;
        let (by_unit, factor) = unit(first, self.noun(first))?;
        // "A foot", but "its foot" is none.
        let number = number.or_else(|| first.article.then_some(1.0))?;
        let rest = skip(&rest[1..], &[k::IN]);
        let named = rest.first().and_then(|token| dimension(token.word));
        let length = matches!(by_unit, Measure::Length);
        let fits = |measure| {
            matches!(measure, Measure::Length | Measure::Height | Measure::Width) == length
        };
        let measure = match (named, measure) {
            (Some(named), _) if fits(named) => named,
            (None, Measure::Unsaid) if rest.is_empty() => by_unit,
            (None, Measure::Size) if rest.is_empty() && length => Measure::Length,
            (None, said) if rest.is_empty() && (said == by_unit || length && fits(said)) => said,
            _ => return None,
        };
        Some((measure, number * factor))
    }

    fn thing(&self, measure: Measure, words: &[Token]) -> Option<(Measure, f64)> {
        let (measure, words) = match words {
            [head @ .., a, b] if a.word == k::IN && !head.is_empty() => (dimension(b.word)?, head),
            _ => (measure, words),
        };
        // "A fork you eat with" is a fork.
        let clause = |token: &Token| matches!(token.word, k::YOU | k::THAT | k::WHICH);
        let end = words.iter().skip(1).position(clause);
        let words = end.map_or(words, |end| &words[..=end]);
        let facts = self
            .index
            .measured(words)
            .or_else(|| self.index.measured(skip(words, &ORDINARY)))?;
        Some((measure, measured(facts, measure)?))
    }

    /// "Invented before 1900", "invented in the 20th century", "in the last 100 years".
    fn dated(&self, words: &[Token]) -> Truth {
        let verb = self.verb(words.first()?);
        if !matches!(
            verb,
            k::INVENT | k::CREATE | k::BUILD | k::MAKE | k::DISCOVER | k::EXIST | k::AROUND
        ) {
            return None;
        }
        let year = self.facts()?.year?;
        match &words[1..] {
            [a, b] if a.word == k::BEFORE => Some(year < b.value?),
            [a, b] if a.word == k::AFTER => Some(year > b.value?),
            [a, b, _, c] if a.word == k::IN && c.word == k::CENTURY => {
                let end = b.value? * 100.0;
                Some(year > end - 100.0 && year <= end)
            }
            [a, b, c, d]
                if a.word == k::IN
                    && matches!(b.word, k::LAST | k::PAST)
                    && self.noun(d) == k::YEAR =>
            {
                Some(THIS_YEAR - year <= c.value?)
            }
            [.., a, b, c] if self.noun(b) == k::YEAR && c.word == k::AGO => {
                Some(THIS_YEAR - year >= a.value?)
            }
            _ => None,
        }
    }

    /// "In a backpack": whether it fits, each dimension against the container's.
    pub(super) fn fits(&self, words: &[Token]) -> Truth {
        let place = skip(words, &PREPOSITIONS);
        if place.len() == words.len() {
            return None;
        }
        let known = self.lookup(Class::Does, &[&[fit()], words].concat());
        let place = skip(place, &ORDINARY);
        let container = known
            .is_none()
            .then(|| self.index.container(place))
            .flatten();
        known.or_else(|| {
            let (own, room) = (self.facts()?.sorted(), container?.sorted());
            let flat = own.iter().zip(room).all(|(own, room)| *own <= room);
            // Cloth folds: only its volume counts, with some air.
            let folds = is_foldable(self)
                && own.iter().product::<f64>() * 2.0 <= room.iter().product::<f64>();
            Some(flat || folds)
        })
    }
}

fn is_foldable(reader: &Reader<'_>) -> bool {
    let rows = reader
        .index
        .attributes
        .iter()
        .position(|attribute| attribute.name == "foldable");
    rows.and_then(|row| reader.index.attributes[row].holds.get(reader.object))
        .copied()
        .unwrap_or(false)
}

fn fit() -> Token {
    Token {
        word: k::FIT,
        article: false,
        value: None,
    }
}
