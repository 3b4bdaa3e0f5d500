//! Puts what a buyer means into words.

use std::sync::LazyLock;

use super::catalogue::push_price;
use super::state::Buyer;
use super::temperament::TEMPERAMENTS;

/// Remarks of this project's own making; a test reads that none is missing.
static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("phrases.txt")));

/// Kinds of remarks, which are sections of the phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    Greeting,
    WantType,
    WantBrand,
    WantFuel,
    WantColour,
    WantFeatures,
    WantBudget,
    NoBudget,
    SuitsWell,
    SuitsSome,
    SuitsNot,
    Like,
    Indifferent,
    Known,
    Untrue,
    NoCar,
    WhichCar,
    Show,
    AskPrice,
    NoOffer,
    Far,
    High,
    Near,
    Raised,
    Repeated,
    Offer,
    Accept,
    Leave,
    Warning,
    Rude,
    Unclear,
}

/// The names of the sections, in the order of [`Remark`].
const SECTIONS: [&str; 31] = [
    "greeting",
    "want_type",
    "want_brand",
    "want_fuel",
    "want_colour",
    "want_features",
    "want_budget",
    "no_budget",
    "suits_well",
    "suits_some",
    "suits_not",
    "like",
    "indifferent",
    "known",
    "untrue",
    "no_car",
    "which_car",
    "show",
    "ask_price",
    "no_offer",
    "far",
    "high",
    "near",
    "raised",
    "repeated",
    "offer",
    "accept",
    "leave",
    "warning",
    "rude",
    "unclear",
];

/// One column for each temperament, and one for all.
const COLUMNS: usize = TEMPERAMENTS.len() + 1;

struct Phrases([[Vec<&'static str>; COLUMNS]; SECTIONS.len()]);

impl Phrases {
    fn parse(text: &'static str) -> Self {
        let mut phrases = Self(std::array::from_fn(|_| std::array::from_fn(|_| Vec::new())));
        let mut section = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(title) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                let (kind, who) = title.split_once(' ').unwrap_or((title, ""));
                let column = TEMPERAMENTS.iter().position(|known| known.name == who);
                section = SECTIONS
                    .iter()
                    .position(|name| *name == kind)
                    .map(|row| (row, column.unwrap_or(COLUMNS - 1)));
            } else if let (Some((row, column)), false) = (section, line.is_empty()) {
                phrases.0[row][column].push(line);
            }
        }
        phrases
    }

    /// What a buyer of this temperament may say, in their own words or in anyone's.
    fn choices(&self, remark: Remark, temperament: u8) -> &[&'static str] {
        let row = &self.0[remark as usize];
        row.get(usize::from(temperament))
            .filter(|own| !own.is_empty())
            .unwrap_or(&row[COLUMNS - 1])
    }
}

/// What a buyer says in one turn.
pub struct Speech {
    pub text: String,
    temperament: u8,
    /// Chooses among phrasings, another one in each turn.
    choice: u64,
}

impl Speech {
    pub fn new(buyer: &Buyer, turn: u32) -> Self {
        Self {
            text: String::with_capacity(96),
            temperament: buyer.temperament,
            choice: u64::from(buyer.voice) << 32 | u64::from(turn),
        }
    }

    /// A remark with nothing to fill in.
    pub fn say(&mut self, remark: Remark) {
        self.say_of(remark, |_| {});
    }

    pub fn say_price(&mut self, remark: Remark, price: u32) {
        self.say_of(remark, |text| push_price(text, price));
    }

    /// A remark in which `fill` writes what it is about.
    pub fn say_of(&mut self, remark: Remark, fill: impl FnOnce(&mut String)) {
        let choices = PHRASES.choices(remark, self.temperament);
        let drawn = mix(self.choice ^ (remark as u64) << 58);
        let at = usize::try_from(drawn >> 33).unwrap_or(0) % choices.len().max(1);
        let phrase = choices.get(at).copied().unwrap_or_default();
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
        match phrase.split_once("{}") {
            Some((before, after)) => {
                self.text.push_str(before);
                fill(&mut self.text);
                self.text.push_str(after);
            }
            None => self.text.push_str(phrase),
        }
    }
}

/// The output function of `SplitMix64` (Steele, Lea and Flood 2014).
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_known_and_every_remark_has_words_for_everybody() {
        let text = include_str!("phrases.txt");
        for title in text.lines().filter_map(|line| line.strip_prefix('[')) {
            let mut words = title.trim_end_matches(']').split(' ');
            assert!(SECTIONS.contains(&words.next().unwrap()), "{title}");
            assert!(
                words.all(|word| TEMPERAMENTS.iter().any(|t| t.name == word)),
                "{title}"
            );
        }
        assert_eq!(Remark::Unclear as usize, SECTIONS.len() - 1);
        for row in &PHRASES.0 {
            let own = row[..COLUMNS - 1].iter().all(|phrases| phrases.len() > 1);
            assert!(own || row[COLUMNS - 1].len() > 1);
        }
    }
}
