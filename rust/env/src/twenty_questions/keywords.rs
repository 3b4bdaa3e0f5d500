//! Words that the grammar itself knows.

use super::text;
use super::words::Word;

macro_rules! keywords {
    ($($name:ident = $text:expr,)*) => {
        #[allow(clippy::upper_case_acronyms, non_camel_case_types, dead_code)]
        #[repr(u16)]
        enum Keyword { $($name),* }
        /// Words that the grammar itself knows, by the number of each.
        #[allow(missing_docs)]
        pub mod keyword {
            $(pub const $name: super::Word = super::Keyword::$name as super::Word;)*
        }
        /// Their texts, in the order of their numbers.
        pub const KEYWORDS: &[&str] = &[$($text),*];
    };
}

// The first ones are marks that no text contains.
keywords! {
    UNKNOWN = "<unknown>", COMMA = text::COMMA, STOP = text::STOP, NUMBER = "<number>", LETTER = "<letter>",
    NOT_MARK = text::NOT_MARK, THE = "the", IT = "it", THAT = "that", WHICH = "which", WHO = "who", YOU = "you",
    BE = "be", HAVE = "have", DO = "do", CAN = "can", COULD = "could", WILL = "will", WOULD = "would",
    SHOULD = "should", MIGHT = "might", MAY = "may", MUST = "must", NOT = "not", NEVER = "never", NON = "non",
    NO = "no", OR = "or", AND = "and", BUT = "but", THERE = "there", WITH = "with", WITHOUT = "without",
    OF = "of", FOR = "for", TO = "to", BY = "by", AS = "as", LIKE = "like", THAN = "than", MADE = "made",
    ABOUT = "about", USE = "use", FIND = "find", KEEP = "keep", SEE = "see", BUY = "buy", STORE = "store",
    PUT = "put", SELL = "sell", GET = "get", NEED = "need", LOOK = "look", FEEL = "feel", SEEM = "seem",
    APPEAR = "appear", HELP = "help", ALLOW = "allow", LET = "let", BELONG = "belong", EXIST = "exist",
    LIVE = "live", GO = "go", STAY = "stay", SERVE = "serve", FUNCTION = "function", ACT = "act", FIT = "fit",
    THING = "thing", ONE = "one", IN = "in", ON = "on", AT = "at", NEAR = "near", UNDER = "under",
    AROUND = "around", OVER = "over", INSIDE = "inside", OUTDOORS = "outdoors", INDOORS = "indoors",
    FROM = "from", OUT = "out", DURING = "during", ABOVE = "above", BELOW = "below", BENEATH = "beneath",
    TYPICAL = "typical", AVERAGE = "average", MOST = "most", EVERY = "every", COMMON = "common",
    NORMAL = "normal", STANDARD = "standard", REGULAR = "regular", ALL = "all", MANY = "many", ADULT = "adult",
    BIGGER = "bigger", SMALLER = "smaller", HEAVIER = "heavier", LIGHTER = "lighter", LONGER = "longer",
    SHORTER = "shorter", TALLER = "taller", WIDER = "wider", PRICIER = "pricier", CHEAPER = "cheaper",
    FASTER = "faster", SLOWER = "slower", OLDER = "older", NEWER = "newer", MORE = "more", LESS = "less",
    LEAST = "least", EXACTLY = "exactly", ONLY = "only", MULTIPLE = "multiple", WEIGH = "weigh", COST = "cost",
    WORTH = "worth", MEASURE = "measure", MOVE = "move", LARGE = "large", HEAVY = "heavy", LONG = "long",
    TALL = "tall", HIGH = "high", WIDE = "wide", SIZE = "size", WEIGHT = "weight", LENGTH = "length",
    HEIGHT = "height", PRICE = "price", SPEED = "speed", START = "start", BEGIN = "begin", END = "end",
    LETTER_WORD = "letter", WORD_WORD = "word", VOWEL = "vowel", CONSONANT = "consonant",
    LAST = "last", INVENT = "invent", CREATE = "create", BUILD = "build", MAKE = "make",
    DISCOVER = "discover", BEFORE = "before", AFTER = "after", CENTURY = "century", YEAR = "year", OLD = "old",
    AGO = "ago", PAST = "past", DOLLAR = "dollar", CENT = "cent", FOOT = "foot", INCH = "inch", METER = "meter",
    CENTIMETER = "centimeter", MILLIMETER = "millimeter", KILOMETER = "kilometer", MILE = "mile", YARD = "yard",
    POUND = "pound", OUNCE = "ounce", KILOGRAM = "kilogram", GRAM = "gram", TON = "ton", MPH = "mph",
    M = "m", G = "g", ENOUGH = "enough", WHILE = "while", WHEN = "when", NEXT = "next", EXAMPLE = "example",
    HEAR = "hear", BREAK = "break",
    HOLD = "hold", CARRY = "carry", SEAT = "seat", TRANSPORT = "transport", PASSENGER = "passenger",
}
