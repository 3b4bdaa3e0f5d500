//! What the oracle of Twenty Questions knows, and how it answers.

use std::sync::LazyLock;

use super::data::{DataError, File};
use super::index::{Files, Index};
use super::reader::Reader;

/// Answer to one utterance of the player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The question was understood, and its answer is yes.
    Yes,
    /// The question was understood, and its answer is no.
    No,
    /// Not a question that the oracle understands.
    Invalid,
    /// A guess that names the object: yes, and the game is over.
    Named,
}

/// Something that can be thought of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Canonical name, the first of `names`.
    pub name: String,
    /// Accepted names, lower-case.
    pub names: Vec<String>,
    /// Category of the list of objects.
    pub category: String,
}

/// One attribute of the knowledge base as questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Name of the attribute.
    pub attribute: String,
    /// Ways to ask, the canonical one first.
    pub phrasings: Vec<String>,
}

/// The knowledge base of the oracle.
#[derive(Debug, Default)]
pub struct Knowledge {
    objects: Vec<Object>,
    questions: Vec<Question>,
    index: Index,
}

macro_rules! file {
    ($name:literal) => {
        File {
            name: $name,
            text: include_str!(concat!("../../data/twenty_questions/", $name)),
        }
    };
}

const FILES: Files<'static> = Files {
    objects: file!("objects.txt"),
    attributes: &[
        file!("kinds.txt"),
        file!("devices.txt"),
        file!("crafts.txt"),
        file!("animals.txt"),
        file!("plants.txt"),
        file!("materials.txt"),
        file!("senses.txt"),
        file!("parts.txt"),
        file!("workings.txt"),
        file!("places.txt"),
        file!("people.txt"),
        file!("wearing.txt"),
        file!("uses.txt"),
        file!("doings.txt"),
        file!("traits.txt"),
        file!("customs.txt"),
        file!("manners.txt"),
    ],
    things: file!("things.txt"),
    nouns: file!("nouns.txt"),
    words: file!("words.txt"),
};

static FULL: LazyLock<Result<Knowledge, DataError>> = LazyLock::new(|| Knowledge::read(&FILES));
static EMPTY: LazyLock<Knowledge> = LazyLock::new(Knowledge::default);

impl Knowledge {
    /// The knowledge base that ships with archer, parsed at first use.
    ///
    /// Its data are part of the library, and a test reads them: were they malformed all the same,
    /// this would be a base without objects, and [`Knowledge::load`] says why.
    #[must_use]
    pub fn full() -> &'static Knowledge {
        Self::load().unwrap_or(&EMPTY)
    }

    /// The knowledge base that ships with archer, or what is wrong with its data files.
    ///
    /// # Errors
    ///
    /// The first line of a data file that cannot be read.
    pub fn load() -> Result<&'static Knowledge, &'static DataError> {
        FULL.as_ref()
    }

    fn read(files: &Files<'_>) -> Result<Self, DataError> {
        let index = Index::new(files)?;
        let objects = index.objects.iter().map(|thing| Object {
            name: thing.names[0].clone(),
            names: thing.names.clone(),
            category: thing.category.clone(),
        });
        let asked = index
            .attributes
            .iter()
            .filter(|attribute| !attribute.questions.is_empty());
        let questions = asked.map(|attribute| Question {
            attribute: attribute.name.clone(),
            phrasings: attribute.questions.clone(),
        });
        Ok(Self {
            objects: objects.collect(),
            questions: questions.collect(),
            index,
        })
    }

    /// All objects, in the order of the list.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Index of the object with this accepted name, case and white space aside.
    #[must_use]
    pub fn find_object(&self, name: &str) -> Option<usize> {
        let name = normal(name);
        self.objects
            .iter()
            .position(|object| object.names.contains(&name))
    }

    /// Accepted names nearest to `name` by edit distance, the nearest first.
    #[must_use]
    pub fn nearest_names(&self, name: &str, count: usize) -> Vec<String> {
        let name: String = normal(name).chars().take(64).collect();
        let names = self.objects.iter().flat_map(|object| &object.names);
        let mut names: Vec<(usize, &String)> = names
            .map(|other| (edit_distance(&name, other), other))
            .collect();
        names.sort();
        names
            .into_iter()
            .take(count)
            .map(|(_, name)| name.clone())
            .collect()
    }

    /// Answers any text about any object; what is not understood is [`Reply::Invalid`].
    #[must_use]
    pub fn reply(&self, object: usize, utterance: &str) -> Reply {
        if object >= self.objects.len() {
            return Reply::Invalid;
        }
        Reader::new(&self.index, object).reply(utterance)
    }

    /// Whether the utterance is a guess that names this object.
    #[must_use]
    pub fn names_object(&self, object: usize, utterance: &str) -> bool {
        self.reply(object, utterance) == Reply::Named
    }

    /// The questions that the oracle surely understands, one an attribute.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Whether an attribute holds for an object; `None` if one of them does not exist.
    #[must_use]
    pub fn holds(&self, attribute: &str, object: usize) -> Option<bool> {
        let attribute = self
            .index
            .attributes
            .iter()
            .find(|other| other.name == attribute)?;
        attribute.holds.get(object).copied()
    }
}

fn normal(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Levenshtein distance.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
