//! What a buyer takes from an utterance.

use super::catalogue::BRAND;
use super::lexer::{Lexer, Token, Word};
use super::price::PriceReader;
use super::sentence::{ANYTHING, FEATURE_POINTS, OFFER, Sense, sense};
use super::temperament::FEATURES_BIT;

/// All that was understood of an utterance.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
pub struct Heard {
    /// The price asked: the last one named, of those that are not only spoken of if there are any.
    pub price: Option<u32>,
    /// "Deal" or the like.
    pub agrees: bool,
    /// For each aspect of a car a bit for every value named.
    pub aspects: [u8; 4],
    /// Arguments and features, in the order in which they are named.
    pub points: Points,
    /// What is asked for.
    pub topic: Option<usize>,
    pub small_talk: bool,
    /// Insults or presses.
    pub rude: bool,
    /// Says goodbye.
    pub leaves: bool,
}

impl Heard {
    pub fn names_car(&self) -> bool {
        self.aspects != [0; 4]
    }

    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Different points in order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    order: [u8; 16],
    length: usize,
}

impl Points {
    pub fn as_slice(&self) -> &[u8] {
        self.order.get(..self.length).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn push(&mut self, point: u8) {
        if self.as_slice().contains(&point) {
            return;
        }
        if let Some(place) = self.order.get_mut(self.length) {
            *place = point;
            self.length += 1;
        }
    }
}

/// A clause while it is heard.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
struct Clause {
    words: usize,
    /// The last word and the one before it.
    last: Word,
    before: Word,
    price: PriceReader,
    aspects: [u8; 4],
    points: Points,
    topic: Option<usize>,
    agrees: bool,
    opens_question: bool,
    is_negated: bool,
    is_pointing: bool,
    is_wanting: bool,
}

impl Clause {
    const EMPTY: Self = Self {
        words: 0,
        last: Word::NONE,
        before: Word::NONE,
        price: PriceReader::NEW,
        aspects: [0; 4],
        points: Points {
            order: [0; 16],
            length: 0,
        },
        topic: None,
        agrees: false,
        opens_question: false,
        is_negated: false,
        is_pointing: false,
        is_wanting: false,
    };
}

/// Understands an utterance, or the reply of a model that plays the buyer.
pub fn listen(text: &str) -> Heard {
    let mut listener = Listener {
        heard: Heard::default(),
        spoken_of: None,
        clause: Clause::EMPTY,
    };
    for token in Lexer::new(text) {
        match token {
            Token::Word(word) => listener.word(word),
            Token::Number(number) => {
                let last = listener.clause.last;
                listener.clause.price.number(number, last.as_str());
            }
            Token::End { question } => listener.end(question),
        }
    }
    listener.end(false);
    let mut heard = listener.heard;
    heard.price = heard.price.or(listener.spoken_of);
    heard
}

struct Listener {
    heard: Heard,
    spoken_of: Option<u32>,
    clause: Clause,
}

impl Listener {
    fn word(&mut self, word: Word) {
        let sense = sense(word.as_str());
        if sense == Some(Sense::But) {
            return self.end(false);
        }
        let clause = &mut self.clause;
        clause.price.word(word.as_str());
        let (before, last) = (clause.before, clause.last);
        let (before, last, this) = (before.as_str(), last.as_str(), word.as_str());
        clause.agrees |= is_agreement(clause.words == 0, before, last, this);
        self.heard.rude |= is_pressure(last, this);
        if this == "offer" && matches!(last, "your" | "an") {
            clause.topic = Some(OFFER);
        } else if this == "make" && matches!(last, "what" | "which") {
            clause.topic = Some(BRAND);
        }
        clause.is_pointing |= this == "offer" && matches!(last, "i" | "we");
        match sense {
            Some(Sense::Value(aspect, value)) => {
                if let Some(bits) = clause.aspects.get_mut(aspect) {
                    *bits |= 1 << value;
                }
            }
            Some(Sense::Point(point)) => clause.points.push(point),
            Some(Sense::Topic(topic)) => clause.topic = clause.topic.or(Some(topic)),
            Some(Sense::SmallTalk) => self.heard.small_talk = true,
            Some(Sense::Wanting) => clause.is_wanting = true,
            Some(Sense::Negation) => clause.is_negated = true,
            Some(Sense::Insult) => self.heard.rude = true,
            Some(Sense::Leaving) => self.heard.leaves = true,
            Some(Sense::Interrogative) => {
                clause.opens_question |= clause.words == 0 || this == "tell";
            }
            Some(Sense::Pointing) => clause.is_pointing = true,
            Some(Sense::But) | None => {}
        }
        clause.words += 1;
        clause.before = clause.last;
        clause.last = word;
    }

    /// Takes what the clause said, knowing now whether it asked.
    fn end(&mut self, question: bool) {
        let mut clause = std::mem::replace(&mut self.clause, Clause::EMPTY);
        let heard = &mut self.heard;
        let prices = clause.price.end();
        let asks = question || clause.opens_question;
        let offers = clause.is_pointing || prices.asked.is_some();
        // "I cannot take $20,000" asks no price, and "I cannot go below $20,000" does.
        if !clause.is_negated {
            heard.price = prices.asked.or(heard.price);
        }
        self.spoken_of = prices.spoken_of.or(self.spoken_of);
        heard.agrees |= clause.agrees && !clause.is_negated && !asks;
        if asks {
            // "Do you want a sunroof?" asks for features, "A red one?" for the colour.
            let has_features = clause
                .points
                .as_slice()
                .iter()
                .any(|&p| p >= FEATURE_POINTS);
            let implied = || {
                let value = clause.aspects.iter().position(|&bits| bits != 0);
                has_features
                    .then_some(FEATURES_BIT)
                    .or(value)
                    .or((clause.is_wanting && clause.points.is_empty()).then_some(ANYTHING))
            };
            let topic = if offers { None } else { implied() };
            heard.topic = heard.topic.or(clause.topic).or(topic);
        }
        let is_stated = !clause.is_negated && (!asks || offers);
        if is_stated {
            for (all, bits) in heard.aspects.iter_mut().zip(clause.aspects) {
                *all |= bits;
            }
        }
        for &point in clause.points.as_slice() {
            if is_stated || point < FEATURE_POINTS {
                heard.points.push(point);
            }
        }
    }
}

/// Whether a word, after two others, takes the other's offer.
fn is_agreement(is_first: bool, before: &str, last: &str, this: &str) -> bool {
    let begins = is_first
        || matches!(
            last,
            "ok" | "okay" | "yes" | "alright" | "then" | "its" | "is"
        );
    match this {
        "deal" => {
            begins && last != "is"
                || last == "a" && matches!(before, "have" | "got" | "its" | "is" | "thats")
        }
        "sold" => begins,
        "yours" => matches!(last, "its" | "is"),
        "accept" | "accepted" | "agree" | "agreed" => !matches!(last, "you" | "if"),
        "it" | "that" | "your" => last == "take" && matches!(before, "ill" | "will"),
        _ => false,
    }
}

/// Whether two words press the buyer to decide.
fn is_pressure(last: &str, this: &str) -> bool {
    matches!(
        (last, this),
        ("or", "never" | "leave") | ("last", "chance") | ("only", "today") | ("today", "only")
    )
}
