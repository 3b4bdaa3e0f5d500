//! Who did it and where the proof lies: what differs between episodes.

use std::borrow::Cow;

use super::story::{SUSPECTS, Story};

/// Culprit, place of the bottle, place of the page, and how the clothes are dealt out.
const SIZES: [u8; 4] = [4, 3, 3, 4];
/// How many cases there are.
pub(super) const CASES: u8 = 4 * 3 * 3 * 4;

/// One of them, told by its number below [`CASES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    pub number: u8,
    pub culprit: usize,
    pub bottle: u8,
    pub page: u8,
    clothes: usize,
}

impl Case {
    /// The case of this number, which is taken modulo their count.
    pub fn new(number: u8) -> Self {
        let mut rest = number % CASES;
        let [culprit, bottle, page, clothes] = SIZES.map(|size| {
            let part = rest % size;
            rest /= size;
            part
        });
        Self {
            number: number % CASES,
            culprit: culprit.into(),
            bottle,
            page,
            clothes: clothes.into(),
        }
    }

    fn cloth(self, story: &Story, person: usize) -> &'static str {
        story.variants.cloth[(person + self.clothes) % SUSPECTS]
    }

    /// A text about a person with what is in braces filled in.
    pub fn fill(self, story: &Story, text: &'static str, person: usize) -> Cow<'static, str> {
        if !text.contains('{') {
            return Cow::Borrowed(text);
        }
        let words = &story.variants;
        let mut filled = text.to_owned();
        for (key, value) in [
            ("{name}", story.people[person].names[0]),
            ("{cloth}", self.cloth(story, person)),
            ("{scrap}", self.cloth(story, self.culprit)),
            ("{motive}", words.motive[self.culprit]),
            ("{light}", words.light[usize::from(self.bottle)]),
            ("{place}", words.place[usize::from(self.page)]),
        ] {
            if filled.contains(key) {
                filled = filled.replace(key, value);
            }
        }
        Cow::Owned(filled)
    }
}
