//! What has been learned and done in an episode, and what it is worth.

/// The facts that have names, and their points.
const NAMED: [(&str, u8); 17] = [
    ("death", 5),
    ("glass", 5),
    ("leaves", 5),
    ("spare", 5),
    ("light", 5),
    ("doctor", 5),
    ("lamp", 5),
    ("key", 5),
    ("study", 5),
    ("diary", 10),
    ("page", 10),
    ("bottle", 10),
    ("cloth", 5),
    ("solved", 20),
    ("unlocked", 0),
    ("hatch", 0),
    ("lit", 0),
];
const PLACES: usize = 7;
const PEOPLE: usize = super::story::PEOPLE;
const COUNT: usize = NAMED.len() + PLACES + PEOPLE;

/// The number of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact(usize);

impl Fact {
    /// The lamp has been lit before.
    pub const LAMP: Fact = Fact(6);
    /// The right person was accused.
    pub const SOLVED: Fact = Fact(13);
    /// The lamp burns.
    pub const LIT: Fact = Fact(16);

    pub fn named(name: &str) -> Option<Self> {
        NAMED.iter().position(|(own, _)| *own == name).map(Fact)
    }

    /// The hiding place of this number has been searched; None if there are not so many.
    pub fn searched(place: usize) -> Option<Self> {
        (place < PLACES).then_some(Fact(NAMED.len() + place))
    }

    /// The person has been shown the bottle or the page.
    pub fn shown(person: usize) -> Self {
        Fact(NAMED.len() + PLACES + person % PEOPLE)
    }
}

/// A set of facts, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Facts(u32);

impl Facts {
    /// None for bits that are no fact.
    pub fn from_bits(bits: u32) -> Option<Self> {
        (bits >> COUNT == 0).then_some(Facts(bits))
    }

    pub fn bits(self) -> u32 {
        self.0
    }

    pub fn has(self, fact: Fact) -> bool {
        self.0 >> fact.0 & 1 == 1
    }

    pub fn add(&mut self, fact: Fact) {
        self.0 |= 1 << fact.0;
    }

    pub fn remove(&mut self, fact: Fact) {
        self.0 &= !(1 << fact.0);
    }

    /// The points of all of them, 100 at most.
    pub fn score(self) -> u8 {
        let worth = |(index, (_, points)): (usize, &(&str, u8))| {
            if self.has(Fact(index)) { *points } else { 0 }
        };
        NAMED.iter().enumerate().map(worth).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_facts_together_are_worth_a_hundred_points() {
        assert_eq!(Facts((1 << COUNT) - 1).score(), 100);
        assert_eq!(Facts::default().score(), 0);
        assert!(Facts::from_bits(1 << COUNT).is_none());
    }

    #[test]
    fn the_facts_that_the_rules_know_are_those_of_their_names() {
        let names = ["lamp", "solved", "lit"].map(Fact::named);
        assert_eq!(names, [Fact::LAMP, Fact::SOLVED, Fact::LIT].map(Some));
        assert!(Fact::searched(PLACES).is_none());
    }
}
