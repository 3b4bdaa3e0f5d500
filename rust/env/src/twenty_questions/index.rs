//! Everything that the oracle understands, by the words of the phrase that means it.

use super::attributes::{Attribute, Class, Groups};
use super::data::{DataError, Facts, File, Thing, things};
use super::hash::Map;
use super::keywords::keyword;
use super::words::{Token, Vocabulary, Word};

/// Longest phrase, in words.
pub const MAX_PHRASE: usize = 12;

/// What a phrase means: a row of the table, or its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Row: attributes come first, in their order.
    pub row: usize,
    /// Whether the phrase means the opposite.
    pub negated: bool,
}

/// The data files, read and indexed.
#[derive(Debug, Default)]
pub struct Index {
    /// Words and rewrites.
    pub vocabulary: Vocabulary,
    /// The objects, in the order of the list.
    pub objects: Vec<Thing>,
    /// The attributes, in the order of the files.
    pub attributes: Vec<Attribute>,
    pub(super) rows: Vec<Vec<bool>>,
    pub(super) phrases: Map<Vec<Word>, Meaning>,
    pub(super) names: Map<Vec<Word>, usize>,
    pub(super) measured: Map<Vec<Word>, Facts>,
    pub(super) containers: Map<Vec<Word>, Facts>,
}

/// The data files by what is in them.
#[derive(Debug)]
pub struct Files<'a> {
    /// The objects.
    pub objects: File,
    /// The attributes, in reading order.
    pub attributes: &'a [File],
    /// Things to compare with.
    pub things: File,
    /// Common nouns.
    pub nouns: File,
    /// Rewrites and inflections.
    pub words: File,
}

/// The key of a phrase: its relation, then base forms.
pub fn key<'a>(
    class: Class,
    words: &[Token],
    lemmas: &'a mut [Word; MAX_PHRASE + 1],
    vocabulary: &Vocabulary,
) -> Option<&'a [Word]> {
    let mut length = 1;
    lemmas[0] = class as Word;
    let verb_first = matches!(class, Class::Does | Class::You | Class::Use);
    for token in words.iter().filter(|token| token.word != keyword::TO) {
        let is_verb = verb_first && length == 1;
        let lemma = if is_verb {
            vocabulary.verb(token.word)
        } else {
            vocabulary.noun(token.word)
        };
        *lemmas.get_mut(length)? = lemma;
        length += 1;
    }
    (length > 1).then(|| &lemmas[..length])
}

impl Index {
    /// Reads and indexes the data files.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read, or a phrase with two meanings.
    pub fn new(files: &Files<'_>) -> Result<Self, DataError> {
        let objects = things(files.objects)?;
        let mut groups = Groups::new(&objects);
        let mut attributes = Vec::new();
        let mut origin = Vec::new();
        for &file in files.attributes {
            let read = groups.attributes(file)?;
            origin.resize(attributes.len() + read.len(), file);
            attributes.extend(read);
        }
        let references = things(files.things)?;
        let mut index = Self {
            vocabulary: Vocabulary::new(),
            objects,
            attributes,
            ..Self::default()
        };
        index.add_words(files, &references);
        index.add_names(files, &references)?;
        index.add_attributes(&origin)?;
        index.add_nouns(files.nouns, &groups)?;
        Ok(index)
    }

    /// What a phrase means in a relation.
    #[must_use]
    pub fn meaning(&self, class: Class, words: &[Token]) -> Option<Meaning> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.phrases
            .get(key(class, words, &mut lemmas, &self.vocabulary)?)
            .copied()
    }

    /// The object that these words name.
    #[must_use]
    pub fn named(&self, words: &[Token]) -> Option<usize> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.names
            .get(key(Class::A, words, &mut lemmas, &self.vocabulary)?)
            .copied()
    }

    /// Numbers of the thing that these words name.
    #[must_use]
    pub fn measured(&self, words: &[Token]) -> Option<&Facts> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.measured
            .get(key(Class::A, words, &mut lemmas, &self.vocabulary)?)
    }

    /// Numbers of the container that these words name.
    #[must_use]
    pub fn container(&self, words: &[Token]) -> Option<&Facts> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.containers
            .get(key(Class::A, words, &mut lemmas, &self.vocabulary)?)
    }

    /// Whether people would disagree about a meaning for an object.
    #[must_use]
    pub fn is_unsure(&self, meaning: Meaning, object: usize) -> bool {
        let attribute = self.attributes.get(meaning.row);
        attribute.is_some_and(|attribute| attribute.unsure.get(object) == Some(&true))
    }

    /// Whether a meaning holds for an object; false for an object that is not in the list.
    #[must_use]
    pub fn holds(&self, meaning: Meaning, object: usize) -> bool {
        let held = self
            .rows
            .get(meaning.row)
            .and_then(|row| row.get(object))
            .copied();
        held.is_some_and(|held| held != meaning.negated)
    }
}
