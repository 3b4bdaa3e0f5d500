//! Attributes of the objects, and the lists of objects for which they hold.

use std::collections::HashMap;

use super::data::{DataError, File, Thing, items, lines, section};

/// The relation in which a phrase means an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Class {
    /// "It is a …".
    A,
    /// "It is …".
    Is,
    /// "It has …".
    Has,
    /// "It does …".
    Does,
    /// "You … it", and "it is …ed".
    You,
    /// "You use it to …".
    Use,
    /// "It is found in …".
    In,
    /// "It is made of …".
    Of,
    /// "It is used by …".
    By,
    /// "It is related to …".
    About,
    /// "… is an example of it".
    Example,
}

/// One attribute of the knowledge base.
#[derive(Clone, Debug, Default)]
pub struct Attribute {
    /// Name, unique among groups.
    pub name: String,
    /// Ways to ask, the canonical one first.
    pub questions: Vec<String>,
    /// Relation, whether the phrase means the opposite, phrase, line.
    pub phrases: Vec<(Class, bool, String, usize)>,
    /// For each object, whether it holds.
    pub holds: Vec<bool>,
    /// For each object, whether people would disagree: then a question is not understood.
    pub unsure: Vec<bool>,
    /// How many of it each object has, where that is known.
    pub counts: Vec<Option<f64>>,
}

/// Groups of objects by name: categories, and attributes that were read before.
#[derive(Debug, Default)]
pub struct Groups {
    objects: Vec<Thing>,
    groups: HashMap<String, Vec<bool>>,
}

impl Groups {
    /// One group for each category and for each object.
    #[must_use]
    pub fn new(objects: &[Thing]) -> Self {
        let mut groups: HashMap<String, Vec<bool>> = HashMap::new();
        for (index, object) in objects.iter().enumerate() {
            for name in [
                format!("@{}", object.category.replace(' ', "-")),
                object.names[0].clone(),
            ] {
                groups
                    .entry(name)
                    .or_insert_with(|| vec![false; objects.len()])[index] = true;
            }
        }
        groups.insert("*".to_string(), vec![true; objects.len()]);
        Self {
            objects: objects.to_vec(),
            groups,
        }
    }

    fn compared(&self, item: &str) -> Option<Vec<bool>> {
        let (measure, bound) = item.split_once(['<', '>'])?;
        let bound: f64 = bound.parse().ok()?;
        let value = |object: &Thing| match measure {
            "size" => Some(object.facts.size()),
            "height" => Some(object.facts.dims[2]),
            "mass" => object.facts.mass,
            "price" => Some(object.facts.price.unwrap_or(0.0)),
            "speed" => object.facts.speed,
            "year" => object.facts.year,
            _ => None,
        };
        let above = item.contains('>');
        let holds =
            |object| value(object).map(|value| if above { value > bound } else { value < bound });
        self.objects.iter().map(holds).collect()
    }

    /// Objects of a list such as `@fruits, tomato, -mango, &@red, mass>5`, read from left to right.
    ///
    /// # Errors
    ///
    /// A name that is no object and no group, or an item that changes nothing.
    pub fn list(&self, list: &str) -> Result<Vec<bool>, String> {
        let mut holds = vec![false; self.objects.len()];
        for item in items(list, ',') {
            let name = item.trim_start_matches(['-', '&']);
            let compared = self.compared(name);
            let group = compared.as_ref().or_else(|| self.groups.get(name));
            let group = group.ok_or_else(|| format!("{name:?} is no object and no group"))?;
            let combine = |(&old, &new): (&bool, &bool)| match item.as_bytes().first() {
                Some(b'-') => old && !new,
                Some(b'&') => old && new,
                _ => old || new,
            };
            let next: Vec<bool> = holds.iter().zip(group).map(combine).collect();
            if next == holds {
                return Err(format!("{item:?} changes nothing"));
            }
            holds = next;
        }
        Ok(holds)
    }

    /// Reads a file of attributes, and makes each of them a group.
    ///
    /// # Errors
    ///
    /// A line that the format does not know, or a list that cannot be read.
    pub fn attributes(&mut self, file: File) -> Result<Vec<Attribute>, DataError> {
        let mut attributes: Vec<Attribute> = Vec::new();
        for (line, text) in lines(file) {
            if let Some(name) = section(text) {
                let counts = vec![None; self.objects.len()];
                let holds = vec![false; self.objects.len()];
                attributes.push(Attribute {
                    name: name.to_string(),
                    counts,
                    unsure: holds.clone(),
                    holds,
                    ..Attribute::default()
                });
                continue;
            }
            let attribute = attributes.last_mut();
            let attribute =
                attribute.ok_or_else(|| file.error(line, "expected an [attribute] before it"))?;
            let (key, value) = text
                .split_once(':')
                .ok_or_else(|| file.error(line, "expected `key: values`"))?;
            match key {
                "ask" => attribute
                    .questions
                    .extend(items(value, '|').map(str::to_string)),
                "yes" => {
                    attribute.holds = self
                        .list(value)
                        .map_err(|message| file.error(line, message))?;
                    let twice = self
                        .groups
                        .insert(format!("@{}", attribute.name), attribute.holds.clone());
                    if twice.is_some() {
                        return Err(
                            file.error(line, format!("a second group {:?}", attribute.name))
                        );
                    }
                }
                "unsure" => {
                    attribute.unsure = self
                        .list(value)
                        .map_err(|message| file.error(line, message))?;
                }
                "count" => {
                    let (count, list) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
                    let count = file.number(line, count)?;
                    let holds = self
                        .list(list)
                        .map_err(|message| file.error(line, message))?;
                    for (slot, _) in attribute
                        .counts
                        .iter_mut()
                        .zip(holds)
                        .filter(|(_, held)| *held)
                    {
                        *slot = Some(count);
                    }
                }
                _ => {
                    let class = class(key.trim_start_matches("not."));
                    let class =
                        class.ok_or_else(|| file.error(line, format!("unknown key {key:?}")))?;
                    let negated = key.starts_with("not.");
                    let phrases =
                        items(value, '|').map(|phrase| (class, negated, phrase.to_string(), line));
                    attribute.phrases.extend(phrases);
                }
            }
        }
        Ok(attributes)
    }
}

fn class(key: &str) -> Option<Class> {
    Some(match key {
        "a" => Class::A,
        "is" => Class::Is,
        "has" => Class::Has,
        "does" => Class::Does,
        "you" => Class::You,
        "use" => Class::Use,
        "in" => Class::In,
        "of" => Class::Of,
        "by" => Class::By,
        "about" => Class::About,
        "example" => Class::Example,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twenty_questions::data::things;

    const OBJECTS: &str = "[animals]\ncat | 46x20x25 | 4.5 | 100 | 45 | 0 |\ndog | 80x30x60 | 25\n";

    fn groups() -> Groups {
        let file = File {
            name: "objects.txt",
            text: OBJECTS,
        };
        Groups::new(&things(file).expect("well formed"))
    }

    fn message(text: &'static str) -> String {
        let file = File {
            name: "kinds.txt",
            text,
        };
        groups().attributes(file).expect_err(text).to_string()
    }

    #[test]
    fn lists_are_read_from_left_to_right() {
        assert_eq!(groups().list("@animals, -cat"), Ok(vec![false, true]));
        assert_eq!(groups().list("mass<10"), Ok(vec![true, false]));
        assert_eq!(groups().list("*, &dog"), Ok(vec![false, true]));
        assert_eq!(groups().list(""), Ok(vec![false, false]));
        assert!(groups().list("cow").is_err());
        assert!(groups().list("cat, cat").is_err());
    }

    #[test]
    fn malformed_attributes_are_refused_with_file_and_line() {
        assert_eq!(
            message("ask: Is it?"),
            "kinds.txt, line 1: expected an [attribute] before it"
        );
        assert_eq!(
            message("[pet]\ncat"),
            "kinds.txt, line 2: expected `key: values`"
        );
        assert_eq!(
            message("[pet]\n\nlikes: cat"),
            "kinds.txt, line 3: unknown key \"likes\""
        );
        assert!(message("[pet]\nyes: cow").contains("no object and no group"));
        assert!(message("[pet]\nyes: cat\n[pet]\nyes: dog").contains("a second group"));
        assert!(message("[pet]\nunsure: cow").contains("no object and no group"));
        assert!(message("[pet]\ncount: many cat").contains("not a number"));
    }

    #[test]
    fn malformed_things_are_refused_with_file_and_line() {
        for (text, expected) in [
            ("cat | 1x1x1", "expected a [section]"),
            ("[a]\ncat | 1x1", "expected three lengths"),
            ("[a]\ncat | 1x1xa", "not a number"),
            ("[a]\n | 1x1x1", "expected a name"),
        ] {
            let error = things(File {
                name: "objects.txt",
                text,
            })
            .expect_err(text);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
