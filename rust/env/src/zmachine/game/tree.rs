//! The tree of objects as a whole: how many there are, what they are called, and who is in whom.

use std::ops::Range;

use crate::zmachine::fault::Fault;
use crate::zmachine::memory::Memory;
use crate::zmachine::objects::Link;

/// More objects than this in one place are not looked at.
const MOST_IN_SIGHT: usize = 64;

impl Memory {
    /// How many objects there are: the table ends where the first table of properties begins.
    pub fn count_objects(&self) -> u16 {
        let (first, size) = self.object_entries();
        let mut end = self.dynamic.len();
        let mut count = 0;
        while first + usize::from(count + 1) * size <= end && count < u16::MAX - 1 {
            let Ok(name) = self.name_at(count + 1) else {
                break;
            };
            if name > first {
                end = end.min(name - 1);
            }
            count += 1;
        }
        count
    }

    /// Where the objects and their properties are, and where global variables.
    pub fn world_ranges(&self, objects: u16) -> [Range<usize>; 2] {
        let (first, _) = self.object_entries();
        let ends = (1..=objects).filter_map(|object| self.properties_end(object).ok());
        let end = ends.max().unwrap_or(first).min(self.dynamic.len());
        let globals = self.story.globals;
        [
            first.min(end)..end,
            globals..(globals + 480).min(self.dynamic.len()),
        ]
    }

    /// Where an object's next in the same place and its first inside are told.
    pub fn order_links(&self, object: u16) -> Range<usize> {
        let (first, size) = self.object_entries();
        let at = first + usize::from(object.saturating_sub(1)) * size;
        let (begin, end) = if size == 9 { (5, 7) } else { (8, 12) };
        let length = self.dynamic.len();
        (at + begin).min(length)..(at + end).min(length)
    }

    fn properties_end(&self, object: u16) -> Result<usize, Fault> {
        let mut end = self.name_at(object)?;
        let mut property = self.first_property(object)?;
        while let Some(found) = property
            && found.at + found.length > end
        {
            end = found.at + found.length;
            property = self.property_after(&found)?;
        }
        Ok(end + 1)
    }

    /// What an object is called; nothing if that cannot be read.
    pub fn name(&self, object: u16) -> String {
        let mut codes = Vec::new();
        // A length of 0 means that there is no name.
        if let Ok(at) = self.name_at(object)
            && self.byte(at - 1).is_ok_and(|length| length > 0)
            && self.decode(at, &mut codes).is_err()
        {
            codes.clear();
        }
        self.shown(&codes)
    }

    /// Codes as text.
    pub fn shown(&self, codes: &[u8]) -> String {
        let characters = &self.story.characters;
        codes
            .iter()
            .filter_map(|&code| characters.shown(code))
            .collect()
    }

    /// All that is in an object, and in what is in it, but for `left_out` and what is in that.
    pub fn inside(&self, object: u16, left_out: u16) -> Vec<u16> {
        let mut found = Vec::new();
        let mut next = vec![self.link(object, Link::Child).unwrap_or(0)];
        while let Some(object) = next.pop() {
            if object == 0 || found.contains(&object) || found.len() >= MOST_IN_SIGHT {
                continue;
            }
            next.push(self.link(object, Link::Sibling).unwrap_or(0));
            if object != left_out {
                found.push(object);
                next.push(self.link(object, Link::Child).unwrap_or(0));
            }
        }
        found
    }

    /// The object that an object is in, in the end.
    pub fn outermost(&self, object: u16) -> u16 {
        let mut outer = object;
        for _ in 0..MOST_IN_SIGHT {
            match self.link(outer, Link::Parent) {
                Ok(parent) if parent != 0 => outer = parent,
                _ => break,
            }
        }
        outer
    }
}
