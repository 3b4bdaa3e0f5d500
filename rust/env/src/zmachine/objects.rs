//! The tree of objects, with their attributes and properties.

use super::fault::Fault;
use super::memory::{Memory, short};

/// No list of objects is longer: more do not fit into dynamic memory.
const MOST_OBJECTS: usize = 0x1_0000 / 9;
/// No object has more properties.
const MOST_PROPERTIES: usize = 64;

/// How an object is linked into the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Parent,
    Sibling,
    Child,
}

/// A property of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Property {
    pub number: u16,
    /// Where its data are.
    pub at: usize,
    pub length: usize,
}

impl Memory {
    fn small(&self) -> bool {
        self.story.version == 3
    }

    /// Where the first object is, and how long each is.
    #[inline]
    pub fn object_entries(&self) -> (usize, usize) {
        if self.small() {
            (self.story.objects + 62, 9)
        } else {
            (self.story.objects + 126, 14)
        }
    }

    /// Where an object is; there is no object 0.
    #[inline]
    fn object(&self, object: u16) -> usize {
        let (first, size) = self.object_entries();
        first + usize::from(object).wrapping_sub(1).wrapping_mul(size)
    }

    /// The parent, sibling or child of an object, 0 if it has none.
    #[inline]
    pub fn link(&self, object: u16, link: Link) -> Result<u16, Fault> {
        if object == 0 {
            return Ok(0);
        }
        let at = self.object(object);
        if self.small() {
            Ok(self.byte(at + 4 + link as usize)?.into())
        } else {
            self.word(at + 6 + 2 * link as usize)
        }
    }

    fn set_link(&mut self, object: u16, link: Link, to: u16) -> Result<(), Fault> {
        let at = self.object(object);
        if self.small() {
            self.set_byte(at + 4 + link as usize, to.to_le_bytes()[0])
        } else {
            self.set_word(at + 6 + 2 * link as usize, to)
        }
    }

    /// Takes an object out of its parent, and gives a measure of the work.
    pub fn remove(&mut self, object: u16) -> Result<usize, Fault> {
        let parent = self.link(object, Link::Parent)?;
        if parent == 0 {
            return Ok(1);
        }
        let after = self.link(object, Link::Sibling)?;
        let mut before = self.link(parent, Link::Child)?;
        let mut steps = 1;
        if before == object {
            self.set_link(parent, Link::Child, after)?;
        } else {
            loop {
                let next = self.link(before, Link::Sibling)?;
                if next == object {
                    break;
                }
                steps += 1;
                if next == 0 || steps > MOST_OBJECTS {
                    return Err(Fault::Damaged(short(self.object(object))));
                }
                before = next;
            }
            self.set_link(before, Link::Sibling, after)?;
        }
        self.set_link(object, Link::Parent, 0)?;
        self.set_link(object, Link::Sibling, 0)?;
        Ok(steps)
    }

    /// Makes an object the first child of another, and gives a measure of the work.
    pub fn insert(&mut self, object: u16, parent: u16) -> Result<usize, Fault> {
        if object == 0 || parent == 0 {
            return Ok(1);
        }
        let steps = self.remove(object)?;
        let sibling = self.link(parent, Link::Child)?;
        self.set_link(object, Link::Sibling, sibling)?;
        self.set_link(object, Link::Parent, parent)?;
        self.set_link(parent, Link::Child, object)?;
        Ok(steps)
    }

    /// The byte of an attribute, and its bit; none of object 0 and beyond the last attribute.
    #[inline]
    fn attribute_bit(&self, object: u16, attribute: u16) -> Option<(usize, u8)> {
        let most = if self.small() { 32 } else { 48 };
        let bit = 0x80 >> (attribute & 7);
        (object != 0 && attribute < most)
            .then(|| (self.object(object) + usize::from(attribute / 8), bit))
    }

    #[inline]
    pub fn attribute(&self, object: u16, attribute: u16) -> Result<bool, Fault> {
        match self.attribute_bit(object, attribute) {
            Some((at, bit)) => Ok(self.byte(at)? & bit != 0),
            None => Ok(false),
        }
    }

    pub fn set_attribute(&mut self, object: u16, attribute: u16, on: bool) -> Result<(), Fault> {
        let Some((at, bit)) = self.attribute_bit(object, attribute) else {
            return Ok(());
        };
        let byte = self.byte(at)?;
        self.set_byte(at, if on { byte | bit } else { byte & !bit })
    }

    /// The table of an object's properties, its short name first.
    fn properties_at(&self, object: u16) -> Result<usize, Fault> {
        let at = self.object(object);
        let at = self.word(at + if self.small() { 7 } else { 12 })?;
        Ok(at.into())
    }

    /// Where an object's short name is.
    pub fn name_at(&self, object: u16) -> Result<usize, Fault> {
        Ok(self.properties_at(object)? + 1)
    }

    /// The property whose size is at `at`; none ends the list.
    fn property_at(&self, at: usize) -> Result<Option<Property>, Fault> {
        let size = self.byte(at)?;
        let (number, length, data) = if self.small() {
            (size & 31, size / 32 + 1, at + 1)
        } else if size & 0x80 == 0 {
            (size & 63, 1 + size / 64, at + 1)
        } else {
            let length = self.byte(at + 1)? & 63;
            (size & 63, if length == 0 { 64 } else { length }, at + 2)
        };
        let (number, length) = (number.into(), length.into());
        Ok((size != 0).then_some(Property {
            number,
            at: data,
            length,
        }))
    }

    /// The first property of an object, that is the one with the highest number.
    pub fn first_property(&self, object: u16) -> Result<Option<Property>, Fault> {
        if object == 0 {
            return Ok(None);
        }
        let table = self.properties_at(object)?;
        self.property_at(table + 1 + 2 * usize::from(self.byte(table)?))
    }

    pub fn property_after(&self, property: &Property) -> Result<Option<Property>, Fault> {
        self.property_at(property.at + property.length)
    }

    /// A property of an object, if it has it; numbers fall along the list.
    pub fn property(&self, object: u16, number: u16) -> Result<Option<Property>, Fault> {
        let mut found = self.first_property(object)?;
        for _ in 0..MOST_PROPERTIES {
            match found {
                Some(property) if property.number > number => {
                    found = self.property_after(&property)?;
                }
                Some(property) if property.number == number => return Ok(Some(property)),
                _ => return Ok(None),
            }
        }
        Err(Fault::Damaged(short(self.object(object))))
    }

    /// The value of a property that an object may not have.
    pub fn default_property(&self, number: u16) -> Result<u16, Fault> {
        self.word(self.story.objects + 2 * usize::from(number.wrapping_sub(1) & 63))
    }

    /// The length of the property whose data are at `at`, which its size stands before.
    pub fn length_at(&self, at: usize) -> Result<u16, Fault> {
        if at == 0 {
            return Ok(0);
        }
        let size = self.byte(at - 1)?;
        let length = match size & 63 {
            _ if self.small() => size / 32 + 1,
            _ if size & 0x80 == 0 => 1 + size / 64,
            0 => 64,
            length => length,
        };
        Ok(length.into())
    }
}
