//! Reads the data files of the knowledge base, whose formats their own comments describe.

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
    /// Accepted names in lower case, the canonical one first.
    pub names: Vec<String>,
    /// Names that are understood but not accepted.
    pub synonyms: Vec<String>,
    /// The section of the file.
    pub category: String,
    /// Typical numbers.
    pub facts: Facts,
}

/// Lines that are neither empty nor comments, with their numbers.
pub fn lines(file: File) -> impl Iterator<Item = (usize, &'static str)> {
    let numbered = file
        .text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The name in a line like `[name]`.
#[must_use]
pub fn section(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// Trimmed parts of a list.
pub fn items(list: &str, separator: char) -> impl Iterator<Item = &str> {
    list.split(separator)
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

impl File {
    /// An error at a line of this file.
    pub fn error(self, line: usize, message: impl Into<String>) -> DataError {
        DataError {
            file: self.name,
            line,
            message: message.into(),
        }
    }

    /// A number of a line of this file.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn number(self, line: usize, text: &str) -> Result<f64, DataError> {
        text.parse()
            .map_err(|_| self.error(line, format!("{text:?} is not a number")))
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
        let category = category
            .clone()
            .ok_or_else(|| file.error(line, "expected a [section] before it"))?;
        let fields: Vec<&str> = text.split('|').map(str::trim).collect();
        let names: Vec<String> = items(fields[0], ';').map(str::to_lowercase).collect();
        let dims = items(fields.get(1).unwrap_or(&""), 'x').map(|part| file.number(line, part));
        let dims: Vec<f64> = dims.collect::<Result<_, _>>()?;
        let dims: [f64; 3] = dims
            .try_into()
            .map_err(|_| file.error(line, "expected three lengths"))?;
        let optional = |index: usize| match fields.get(index) {
            None | Some(&"-" | &"") => Ok(None),
            Some(text) => file.number(line, text).map(Some),
        };
        let facts = Facts {
            dims,
            mass: optional(2)?,
            price: optional(3)?,
            speed: optional(4)?,
            year: optional(5)?,
        };
        let synonyms = items(fields.get(6).unwrap_or(&""), ',')
            .map(str::to_lowercase)
            .collect();
        if names.is_empty() {
            return Err(file.error(line, "expected a name"));
        }
        things.push(Thing {
            names,
            synonyms,
            category,
            facts,
        });
    }
    Ok(things)
}
