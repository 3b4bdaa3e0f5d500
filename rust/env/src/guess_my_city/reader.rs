//! Takes a question of yes or no apart, and finds for which cities the answer is yes.

use super::data::City;
use super::lexicon::{Cities, Lexicon, Part, Sense, lies, which};
use super::text::Word;

/// Stands for a comma among words.
pub const COMMA: Word = Word::MAX;
/// Alternatives that one question may have.
const MAX_CLAIMS: usize = 16;

/// What a question claims, or one of its alternatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The cities for which it holds.
    pub cities: Cities,
    /// Those for which it may hold; for the others it does not.
    pub open: Cities,
    /// Those for which something that it says of a city holds.
    pub partly: Cities,
    /// Its meaning, if it has no more than one, or the city that it names.
    pub atom: Option<usize>,
}

/// Reads questions.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub lexicon: &'a Lexicon,
    pub cities: &'a [City],
    /// By city: the area of its country.
    pub areas: &'a [[f64; 4]],
    /// By city: all cities of its country.
    pub compatriots: &'a [Cities],
    /// The capitals of countries, and of provinces and states.
    pub capitals: [Cities; 2],
    /// The largest city of each country.
    pub largest: Cities,
}

/// A piece of a question.
enum Piece<'a> {
    Comma,
    Phrase(&'a [Part]),
    /// A word by itself, with the cities that have it in their facts.
    Word(Cities),
}

/// How the words are to be taken.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
struct Context {
    border: bool,
    language: bool,
    ruler: bool,
    has_or: bool,
    near: bool,
    country: bool,
    compass: u8,
    capital: bool,
    largest: bool,
    claim: Option<Claim>,
    /// What the claim says of where the city is, and of what it has.
    places: Cities,
    traits: Cities,
    /// The city that it names.
    name: Option<usize>,
}

impl Reader<'_> {
    /// The alternatives of a question; none if something in it is not understood.
    pub fn read(&self, words: &[Word]) -> Option<Vec<Claim>> {
        let pieces = self.pieces(words)?;
        let mut context = Context {
            places: Cities::MAX,
            ..Context::default()
        };
        for parts in pieces.iter().filter_map(Piece::parts) {
            let has = |part| parts.contains(&part);
            context.border |= has(Part::Border);
            context.language |= has(Part::Language);
            context.ruler |= has(Part::Ruler);
            context.has_or |= has(Part::Or);
        }
        let mut claims = Vec::new();
        for piece in &pieces {
            match *piece {
                Piece::Comma if !context.has_or => {}
                Piece::Comma => self.close(&mut context, &mut claims),
                Piece::Word(cities) => {
                    (context.compass == 0).then_some(())?;
                    // That a fact lacks a word says little: only its presence counts.
                    context.also(cities, Cities::MAX, None);
                }
                Piece::Phrase(parts) => match context.choose(parts)? {
                    Part::Or => self.close(&mut context, &mut claims),
                    part => self.take(part, &mut context)?,
                },
            }
        }
        self.close(&mut context, &mut claims);
        (1..=MAX_CLAIMS).contains(&claims.len()).then_some(claims)
    }

    fn pieces(&self, words: &[Word]) -> Option<Vec<Piece<'_>>> {
        let mut pieces = Vec::with_capacity(words.len());
        let mut at = 0;
        while let Some(&word) = words.get(at) {
            if word == COMMA {
                pieces.push(Piece::Comma);
                at += 1;
            } else if let Some((parts, length)) = self.lexicon.longest(&words[at..]) {
                pieces.push(Piece::Phrase(parts));
                at += length;
            } else {
                let cities = self.lexicon.content(word);
                (cities != 0).then(|| pieces.push(Piece::Word(cities)))?;
                at += 1;
            }
        }
        Some(pieces)
    }

    /// Adds what a phrase says to the claim.
    fn take(&self, part: Part, context: &mut Context) -> Option<()> {
        match part {
            Part::Glue | Part::YesNo | Part::Border | Part::Language | Part::Ruler | Part::And => {}
            Part::Near => context.near = true,
            Part::In => context.near = false,
            Part::Country => context.country = true,
            Part::Compass(direction) => context.compass |= direction,
            Part::ItsCountry => self.end_country(context, true),
            Part::CapitalOf => context.capital = true,
            Part::LargestOf => context.largest = true,
            Part::Refuse | Part::Or | Part::Open | Part::Whether => return None,
            Part::Atom(sense, number) => self.mean(sense, number, context)?,
        }
        Some(())
    }

    fn mean(&self, sense: Sense, number: usize, context: &mut Context) -> Option<()> {
        let atom = self.lexicon.atoms.get(number)?;
        let (mut cities, mut open) = (atom.cities, atom.cities);
        let mut is_whole = true;
        if sense == Sense::Place {
            if context.compass != 0 {
                let compass = std::mem::take(&mut context.compass);
                let area = atom.area?;
                cities &= self.towards(compass, |_| area, false);
                open &= self.towards(compass, |_| area, true);
                is_whole = false;
            }
            if std::mem::take(&mut context.largest) {
                cities &= atom.is_country.then_some(self.largest)?;
                open &= self.largest;
                is_whole = false;
            }
            if std::mem::take(&mut context.capital) {
                let [national, regional] = self.capitals;
                let capitals = if atom.is_country {
                    national
                } else {
                    national | regional
                };
                (cities, open) = (cities & capitals, open & capitals);
                is_whole = false;
            }
        } else if sense != Sense::Trait {
            (context.compass == 0).then_some(())?;
        }
        if context.country && is_whole && sense != Sense::Name {
            cities = self.of_countries(cities);
            open = cities;
            is_whole = false;
        }
        context.also(cities, open, is_whole.then_some(number));
        if sense == Sense::Name {
            context.name = Some(number);
        }
        if sense == Sense::Trait {
            context.traits |= cities;
        } else {
            context.places &= open;
        }
        Some(())
    }

    /// The cities that lie in some direction of an area, for sure or perhaps.
    fn towards(&self, compass: u8, area: impl Fn(usize) -> [f64; 4], perhaps: bool) -> Cities {
        (0..)
            .zip(self.cities)
            .filter(|(at, city)| lies(city, area(*at), compass, perhaps))
            .fold(0, |set, (at, _)| set | 1 << at)
    }

    /// All cities of the countries of these cities.
    fn of_countries(&self, cities: Cities) -> Cities {
        let with = (0..).zip(self.compatriots);
        with.filter(|(at, _)| cities >> at & 1 == 1)
            .fold(0, |all, (_, set)| all | set)
    }

    /// Ends what was to be said of a country: with the one that the city is in, or with none, in
    /// which case the capital of a province may be meant as well.
    fn end_country(&self, context: &mut Context, is_named: bool) {
        if context.compass != 0 {
            let compass = std::mem::take(&mut context.compass);
            let area = |at: usize| self.areas.get(at).copied().unwrap_or([f64::NAN; 4]);
            let cities = self.towards(compass, area, false);
            context.also(cities, self.towards(compass, area, true), None);
        }
        if std::mem::take(&mut context.capital) {
            let [national, regional] = self.capitals;
            let open = if is_named {
                national
            } else {
                national | regional
            };
            context.also(national, open, None);
        }
        if std::mem::take(&mut context.largest) {
            context.also(self.largest, self.largest, None);
        }
    }

    /// Ends a claim, if one has begun.
    fn close(&self, context: &mut Context, claims: &mut Vec<Claim>) {
        self.end_country(context, false);
        let partly = context.traits & context.places;
        let name = context.name.take();
        claims.extend(context.claim.take().map(|claim| Claim {
            partly,
            atom: name.or(claim.atom),
            ..claim
        }));
        (context.traits, context.places) = (0, Cities::MAX);
    }
}

impl<'a> Piece<'a> {
    fn parts(&self) -> Option<&'a [Part]> {
        match self {
            Self::Phrase(parts) => Some(parts),
            Self::Comma | Self::Word(_) => None,
        }
    }
}

impl Context {
    /// Adds a condition to the claim.
    fn also(&mut self, cities: Cities, open: Cities, atom: Option<usize>) {
        self.claim = Some(match self.claim {
            None => Claim {
                cities,
                open,
                partly: 0,
                atom,
            },
            Some(claim) => Claim {
                cities: claim.cities & cities,
                open: claim.open & open,
                atom: None,
                ..claim
            },
        });
    }

    /// What a phrase does here, of all that it may do.
    fn choose(&self, parts: &[Part]) -> Option<Part> {
        let rank = |part: &Part| {
            let Part::Atom(sense, _) = part else {
                return Some(0);
            };
            let wanted = match sense {
                Sense::Language => self.language,
                Sense::Ruler if self.ruler => true,
                Sense::NearBorder => self.border && self.near,
                Sense::Border => self.border && !self.near,
                Sense::Near => self.near && !self.border,
                Sense::Ruler => return (!self.near).then_some(6),
                Sense::Place => return (!self.near || self.border).then_some(2),
                Sense::Feature => return Some(3),
                Sense::Trait => return Some(4),
                Sense::Name => return (!self.near).then_some(5),
            };
            wanted.then_some(1)
        };
        parts
            .iter()
            .filter_map(|part| Some((rank(part)?, *part)))
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, part)| part)
    }
}

/// The capitals of countries, and of provinces and states.
pub fn capitals(cities: &[City]) -> [Cities; 2] {
    ["national", "regional"].map(|kind| which(cities, |city| city.fact("capital") == kind))
}
