//! Everything that the oracle understands, by the words of the phrase that means it.

use super::data::{Attribute, Class, DataError, Facts, File, Groups, Thing, items, lines, section, things};
use super::hash::Map;
use super::inflect::{noun_forms, singular, verb_forms};
use super::words::{Token, Vocabulary, Word, keyword};

/// Longest phrase, in words.
const MAX_PHRASE: usize = 12;

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
    rows: Vec<Vec<bool>>,
    phrases: Map<Vec<Word>, Meaning>,
    names: Map<Vec<Word>, usize>,
    measured: Map<Vec<Word>, Facts>,
    containers: Map<Vec<Word>, Facts>,
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

fn key<'a>(class: Class, words: &[Token], lemmas: &'a mut [Word; MAX_PHRASE + 1], vocabulary: &Vocabulary) -> Option<&'a [Word]> {
    let mut length = 1;
    lemmas[0] = class as Word;
    let verb_first = matches!(class, Class::Does | Class::You | Class::Use);
    for token in words.iter().filter(|token| token.word != keyword::TO) {
        let is_verb = verb_first && length == 1;
        let lemma = if is_verb { vocabulary.verb(token.word) } else { vocabulary.noun(token.word) };
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
        let mut index = Self { vocabulary: Vocabulary::new(), objects, attributes, ..Self::default() };
        index.add_words(files, &references);
        index.add_names(files, &references)?;
        index.add_attributes(&origin)?;
        index.add_nouns(files.nouns, &groups)?;
        Ok(index)
    }

    fn add_words(&mut self, files: &Files<'_>, references: &[Thing]) {
        let vocabulary = &mut self.vocabulary;
        let mut part = "";
        for (_, line) in lines(files.words) {
            match (section(line), part, line.split_once('<')) {
                (Some(name), ..) => part = name,
                (None, "rewrites", Some((right, left))) => {
                    items(left, ',').for_each(|left| vocabulary.add_rewrite(left, right.trim()));
                }
                _ => vocabulary.add_all(line),
            }
        }
        let named = self.objects.iter().chain(references);
        named.flat_map(|thing| thing.names.iter().chain(&thing.synonyms)).for_each(|name| vocabulary.add_all(name));
        lines(files.nouns).for_each(|(_, line)| vocabulary.add_all(line));
        for (_, _, phrase, _) in self.attributes.iter().flat_map(|attribute| &attribute.phrases) {
            vocabulary.add_all(phrase);
        }
        self.add_inflections(files.words);
    }

    /// Irregular forms first, then the regular ones of every word and of the verbs of the phrases.
    fn add_inflections(&mut self, words: File) {
        let vocabulary = &mut self.vocabulary;
        let mut part = "";
        let mut verbs = Vec::new();
        for (_, line) in lines(words).filter(|(_, line)| !line.contains('<')) {
            part = section(line).unwrap_or(part);
            let mut forms = line.split_whitespace();
            let Some(base) = forms.next().filter(|_| section(line).is_none()) else { continue };
            let number = vocabulary.add(base);
            if part == "irregular verbs" {
                verbs.push(base.to_string());
                forms.for_each(|form| vocabulary.add_verb(number, form));
            } else {
                forms.for_each(|form| vocabulary.add_noun(number, form));
            }
        }
        let is_verb = |class| matches!(class, Class::Does | Class::You | Class::Use);
        let phrases = self.attributes.iter().flat_map(|attribute| &attribute.phrases);
        let first = phrases.filter(|phrase| is_verb(phrase.0)).filter_map(|phrase| phrase.2.split(' ').next());
        verbs.extend(first.map(str::to_lowercase));
        verbs.sort();
        verbs.dedup();
        // All forms of "be" are irregular, and "bed" is none of them.
        for verb in verbs.into_iter().filter(|verb| verb != "be") {
            let base = vocabulary.add(&verb);
            verb_forms(&verb).iter().for_each(|form| vocabulary.add_verb(base, form));
        }
        let mut nouns: Vec<(String, Word)> =
            vocabulary.words().map(|(text, word)| (text.to_string(), word)).collect();
        nouns.sort_by_key(|(_, word)| *word);
        for (text, word) in nouns.iter().filter(|(_, word)| vocabulary.noun(*word) == *word).collect::<Vec<_>>() {
            if let Some(base) = singular(text) {
                let base = vocabulary.add(&base);
                vocabulary.add_noun(base, text);
            } else {
                noun_forms(text).iter().for_each(|form| vocabulary.add_noun(*word, form));
            }
        }
    }

    fn noun_key(&self, text: &str) -> Option<Vec<Word>> {
        let words = self.vocabulary.read(text)?;
        let mut lemmas = [0; MAX_PHRASE + 1];
        key(Class::A, &words, &mut lemmas, &self.vocabulary).map(<[Word]>::to_vec)
    }

    fn add_names(&mut self, files: &Files<'_>, references: &[Thing]) -> Result<(), DataError> {
        for number in 0..self.objects.len() {
            let object = self.objects[number].clone();
            for name in &object.names {
                let Some(key) = self.noun_key(name) else { continue };
                self.measured.insert(key.clone(), object.facts);
                let other = self.names.insert(key, number);
                if other.is_some_and(|other| other != number) {
                    return Err(files.objects.error(0, format!("{name:?} names two objects")));
                }
            }
        }
        for thing in self.objects.iter().chain(references) {
            for name in thing.names.iter().chain(&thing.synonyms) {
                if let Some(key) = self.noun_key(name) {
                    if thing.category == "containers" {
                        self.containers.insert(key.clone(), thing.facts);
                    }
                    self.measured.entry(key).or_insert(thing.facts);
                }
            }
        }
        Ok(())
    }

    fn add_attributes(&mut self, origin: &[File]) -> Result<(), DataError> {
        self.rows = self.attributes.iter().map(|attribute| attribute.holds.clone()).collect();
        for row in 0..self.attributes.len() {
            for (class, negated, phrase, line) in self.attributes[row].phrases.clone() {
                let meaning = Meaning { row, negated };
                self.add_phrase(class, &phrase, meaning).map_err(|message| origin[row].error(line, message))?;
            }
        }
        Ok(())
    }

    fn add_phrase(&mut self, class: Class, phrase: &str, meaning: Meaning) -> Result<(), String> {
        let mut words = self.vocabulary.read(phrase).unwrap_or_default();
        if class == Class::You {
            words.retain(|token| token.word != keyword::IT);
        }
        // "does: have …" is a phrase about what it has.
        let has = class == Class::Does && words.first().is_some_and(|token| token.word == keyword::HAVE);
        let (class, words) = if has { (Class::Has, &words[1..]) } else { (class, &words[..]) };
        let mut lemmas = [0; MAX_PHRASE + 1];
        let key = key(class, words, &mut lemmas, &self.vocabulary);
        let key = key.ok_or_else(|| format!("{phrase:?} has no words of its own, or too many"))?;
        match self.phrases.insert(key.to_vec(), meaning) {
            Some(other) if other != meaning => {
                let other = self.attributes.get(other.row).map_or("another", |attribute| &attribute.name);
                Err(format!("{phrase:?} also means {other:?}"))
            }
            _ => Ok(()),
        }
    }

    /// Names and synonyms of the objects, then the common nouns, as things that it is or is not.
    fn add_nouns(&mut self, file: File, groups: &Groups) -> Result<(), DataError> {
        let mut rows: Vec<(String, Vec<bool>)> = Vec::new();
        for (number, object) in self.objects.iter().enumerate() {
            let holds: Vec<bool> = (0..self.objects.len()).map(|other| other == number).collect();
            rows.extend(object.names.iter().chain(&object.synonyms).map(|name| (name.clone(), holds.clone())));
        }
        for (line, text) in lines(file) {
            for item in items(text, ',') {
                let (noun, objects) = item.split_once('=').unwrap_or((item, ""));
                let holds = groups.list(&objects.replace(';', ",")).map_err(|message| file.error(line, message))?;
                rows.push((noun.trim().to_string(), holds));
            }
        }
        for (name, holds) in rows {
            let Some(key) = self.noun_key(&name) else { continue };
            let row = self.rows.len();
            self.phrases.entry(key).or_insert(Meaning { row, negated: false });
            self.rows.push(holds);
        }
        Ok(())
    }

    /// What a phrase means in a relation.
    #[must_use]
    pub fn meaning(&self, class: Class, words: &[Token]) -> Option<Meaning> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.phrases.get(key(class, words, &mut lemmas, &self.vocabulary)?).copied()
    }

    /// The object that these words name.
    #[must_use]
    pub fn named(&self, words: &[Token]) -> Option<usize> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.names.get(key(Class::A, words, &mut lemmas, &self.vocabulary)?).copied()
    }

    /// Numbers of the thing that these words name.
    #[must_use]
    pub fn measured(&self, words: &[Token]) -> Option<&Facts> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.measured.get(key(Class::A, words, &mut lemmas, &self.vocabulary)?)
    }

    /// Numbers of the container that these words name.
    #[must_use]
    pub fn container(&self, words: &[Token]) -> Option<&Facts> {
        let mut lemmas = [0; MAX_PHRASE + 1];
        self.containers.get(key(Class::A, words, &mut lemmas, &self.vocabulary)?)
    }

    /// Whether a meaning holds for an object; false for an object that is not in the list.
    #[must_use]
    pub fn holds(&self, meaning: Meaning, object: usize) -> bool {
        let held = self.rows.get(meaning.row).and_then(|row| row.get(object)).copied();
        held.is_some_and(|held| held != meaning.negated)
    }
}
