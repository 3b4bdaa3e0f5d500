//! Prices in an utterance.

use super::lexer::Number;

/// Higher prices are heard as this one.
pub const HIGHEST: u32 = 9_999_999;
/// Bare numbers below this are no prices.
const LOWEST_BARE: u64 = 1000;
/// Bare numbers in here are years of manufacture.
const YEARS: std::ops::RangeInclusive<u64> = 1900..=2100;

/// A number that may turn out to be a price.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    thousandths: u64,
    is_money: bool,
    is_spoken_of: bool,
}

/// Reads prices word by word: a number is one in dollars, in thousands, or bare and large, unless
/// its unit is another.
#[derive(Debug, Clone, Copy)]
pub struct PriceReader {
    candidate: Option<Candidate>,
    /// The last price of this clause that is asked, and the last that is only spoken of: "instead
    /// of $30,000".
    asked: Option<u32>,
    spoken_of: Option<u32>,
}

/// The prices of one clause.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    pub asked: Option<u32>,
    pub spoken_of: Option<u32>,
}

impl PriceReader {
    pub const NEW: Self = Self {
        candidate: None,
        asked: None,
        spoken_of: None,
    };

    /// A number, and the word before it.
    pub fn number(&mut self, number: Number, before: &str) {
        self.settle();
        self.candidate = (!number.is_odd).then_some(Candidate {
            thousandths: number.thousandths,
            is_money: number.is_money,
            is_spoken_of: matches!(
                before,
                "of" | "from" | "than" | "below" | "under" | "above" | "over"
            ),
        });
    }

    /// A word, which may be the unit of the number before it.
    pub fn word(&mut self, word: &str) {
        let Some(candidate) = &mut self.candidate else {
            return;
        };
        let mut scale = |factor: u64| {
            candidate.thousandths = candidate.thousandths.saturating_mul(factor);
            candidate.is_money = true;
        };
        match word {
            "thousand" | "thousands" | "grand" | "k" => scale(1000),
            "million" | "millions" => scale(1_000_000),
            "dollar" | "dollars" | "usd" | "bucks" => scale(1),
            // "$400 a month": what comes next tells.
            "a" | "per" | "each" | "every" | "us" => {}
            "month" | "months" | "monthly" | "week" | "weekly" | "year" | "years" | "yearly"
            | "mile" | "miles" | "mpg" | "km" | "kilometers" | "kilometres" | "hp"
            | "horsepower" | "percent" | "rpm" | "day" | "days" | "minutes" | "down" => {
                self.candidate = None;
            }
            _ => self.settle(),
        }
    }

    /// The prices of the clause that ends here.
    pub fn end(&mut self) -> Prices {
        self.settle();
        let prices = Prices {
            asked: self.asked,
            spoken_of: self.spoken_of,
        };
        *self = Self::NEW;
        prices
    }

    /// Nothing more can be said of the candidate.
    fn settle(&mut self) {
        let Some(candidate) = self.candidate.take() else {
            return;
        };
        let dollars = candidate.thousandths / 1000;
        let is_price = candidate.is_money || (dollars >= LOWEST_BARE && !YEARS.contains(&dollars));
        if !is_price || dollars == 0 {
            return;
        }
        let price = u32::try_from(dollars).unwrap_or(HIGHEST).min(HIGHEST);
        if candidate.is_spoken_of {
            self.spoken_of = Some(price);
        } else {
            self.asked = Some(price);
        }
    }
}
