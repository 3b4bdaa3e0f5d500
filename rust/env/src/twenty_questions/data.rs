//! Reads the data files of the knowledge base, whose formats their own comments describe.

use std::collections::HashMap;

use thiserror::Error;

/// A line of a data file that cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}, line {line}: {message}")]
pub struct DataError {
    file: &'static str,
    line: usize,
    message: String,
}

/// One data file: its name, for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Name for messages.
    pub name: &'static str,
    /// Whole text.
    pub text: &'static str,
}

/// Numbers of a typical thing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Length, width and height as it stands, in centimetres.
    pub dims: [f64; 3],
    /// Kilograms.
    pub mass: Option<f64>,
    /// US dollars.
    pub price: Option<f64>,
    /// Kilometres an hour; 0 for what does not move by itself.
    pub speed: Option<f64>,
    /// Year of invention; 0 for nature and for what has existed since antiquity.
    pub year: Option<f64>,
}

impl Facts {
    /// Dimensions from the longest to the shortest.
    #[must_use]
    pub fn sorted(&self) -> [f64; 3] {
        let mut dims = self.dims;
        dims.sort_by(|a, b| b.total_cmp(a));
        dims
    }

    /// What "bigger" compares: a mean of the three dimensions in which the two longest, which
    /// the eye sees, count twice.
    #[must_use]
    pub fn size(&self) -> f64 {
        let [long, middle, short] = self.sorted();
        (long * long * middle * middle * short).powf(0.2)
    }
}

/// A named thing with its numbers: an object of the list, or a thing to compare with.
#[derive(Clone, Debug, Default)]
pub struct Thing {
    pub names: Vec<String>,
    pub synonyms: Vec<String>,
    pub category: String,
    pub facts: Facts,
}

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
}

/// One attribute of the knowledge base.
#[derive(Clone, Debug, Default)]
pub struct Attribute {
    pub name: String,
    pub questions: Vec<String>,
    /// Relation, whether the phrase means the opposite, phrase, line.
    pub phrases: Vec<(Class, bool, String, usize)>,
    pub holds: Vec<bool>,
    /// How many of it each object has, where that is known.
    pub counts: Vec<Option<f64>>,
}

/// Lines that are neither empty nor comments, with their numbers.
pub fn lines(file: File) -> impl Iterator<Item = (usize, &'static str)> {
    let numbered = file.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The name in a line like `[name]`.
#[must_use]
pub fn section(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// Trimmed parts of a list.
pub fn items(list: &str, separator: char) -> impl Iterator<Item = &str> {
    list.split(separator).map(str::trim).filter(|item| !item.is_empty())
}

impl File {
    /// An error at a line of this file.
    pub fn error(self, line: usize, message: impl Into<String>) -> DataError {
        DataError { file: self.name, line, message: message.into() }
    }

    fn number(self, line: usize, text: &str) -> Result<f64, DataError> {
        text.parse().map_err(|_| self.error(line, format!("{text:?} is not a number")))
    }
}

/// Reads a file of things, whose lines are `names | L x W x H | kg | $ | km/h | year | synonyms`.
///
/// # Errors
///
/// A line that is not of this form, or comes before the first `[section]`.
pub fn things(file: File) -> Result<Vec<Thing>, DataError> {
    let mut category = None;
    let mut things = Vec::new();
    for (line, text) in lines(file) {
        if let Some(name) = section(text) {
            category = Some(name.to_string());
            continue;
        }
        let category = category.clone().ok_or_else(|| file.error(line, "expected a [section] before it"))?;
        let fields: Vec<&str> = text.split('|').map(str::trim).collect();
        let names: Vec<String> = items(fields[0], ';').map(str::to_lowercase).collect();
        let dims = items(fields.get(1).unwrap_or(&""), 'x').map(|part| file.number(line, part));
        let dims: Vec<f64> = dims.collect::<Result<_, _>>()?;
        let dims: [f64; 3] = dims.try_into().map_err(|_| file.error(line, "expected three lengths"))?;
        let optional = |index: usize| match fields.get(index) {
            None | Some(&"-" | &"") => Ok(None),
            Some(text) => file.number(line, text).map(Some),
        };
        let facts =
            Facts { dims, mass: optional(2)?, price: optional(3)?, speed: optional(4)?, year: optional(5)? };
        let synonyms = items(fields.get(6).unwrap_or(&""), ',').map(str::to_lowercase).collect();
        if names.is_empty() {
            return Err(file.error(line, "expected a name"));
        }
        things.push(Thing { names, synonyms, category, facts });
    }
    Ok(things)
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
            for name in [format!("@{}", object.category.replace(' ', "-")), object.names[0].clone()] {
                groups.entry(name).or_insert_with(|| vec![false; objects.len()])[index] = true;
            }
        }
        groups.insert("*".to_string(), vec![true; objects.len()]);
        Self { objects: objects.to_vec(), groups }
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
        let holds = |object| value(object).map(|value| if above { value > bound } else { value < bound });
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
                attributes.push(Attribute { name: name.to_string(), counts, holds, ..Attribute::default() });
                continue;
            }
            let attribute = attributes.last_mut();
            let attribute = attribute.ok_or_else(|| file.error(line, "expected an [attribute] before it"))?;
            let (key, value) = text.split_once(':').ok_or_else(|| file.error(line, "expected `key: values`"))?;
            match key {
                "ask" => attribute.questions.extend(items(value, '|').map(str::to_string)),
                "yes" => {
                    attribute.holds = self.list(value).map_err(|message| file.error(line, message))?;
                    let twice = self.groups.insert(format!("@{}", attribute.name), attribute.holds.clone());
                    if twice.is_some() {
                        return Err(file.error(line, format!("a second group {:?}", attribute.name)));
                    }
                }
                "count" => {
                    let (count, list) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
                    let count = file.number(line, count)?;
                    let holds = self.list(list).map_err(|message| file.error(line, message))?;
                    for (slot, _) in attribute.counts.iter_mut().zip(holds).filter(|(_, held)| *held) {
                        *slot = Some(count);
                    }
                }
                _ => {
                    let class = class(key.trim_start_matches("not."));
                    let class = class.ok_or_else(|| file.error(line, format!("unknown key {key:?}")))?;
                    let negated = key.starts_with("not.");
                    let phrases = items(value, '|').map(|phrase| (class, negated, phrase.to_string(), line));
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
        _ => return None,
    })
}
