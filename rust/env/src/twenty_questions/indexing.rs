//! Fills the index from the data files: words first, since they give phrases their keys.

use super::attributes::{Class, Groups};
use super::data::{DataError, File, Thing, items, lines, section};
use super::index::{Files, Index, MAX_PHRASE, Meaning, key};
use super::inflect::{noun_forms, singular, verb_forms};
use super::keywords::keyword;
use super::words::Word;

impl Index {
    pub(super) fn add_words(&mut self, files: &Files<'_>, references: &[Thing]) {
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
        named
            .flat_map(|thing| thing.names.iter().chain(&thing.synonyms))
            .for_each(|name| vocabulary.add_all(name));
        lines(files.nouns).for_each(|(_, line)| vocabulary.add_all(line));
        for (_, _, phrase, _) in self
            .attributes
            .iter()
            .flat_map(|attribute| &attribute.phrases)
        {
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
            let Some(base) = forms.next().filter(|_| section(line).is_none()) else {
                continue;
            };
            let number = vocabulary.add(base);
            if part == "irregular verbs" {
                verbs.push(base.to_string());
                forms.for_each(|form| vocabulary.add_verb(number, form));
            } else {
                forms.for_each(|form| vocabulary.add_noun(number, form));
            }
        }
        let is_verb = |class| matches!(class, Class::Does | Class::You | Class::Use);
        let phrases = self
            .attributes
            .iter()
            .flat_map(|attribute| &attribute.phrases);
        let first = phrases
            .filter(|phrase| is_verb(phrase.0))
            .filter_map(|phrase| phrase.2.split(' ').next());
        verbs.extend(first.map(str::to_lowercase));
        verbs.sort();
        verbs.dedup();
        // All forms of "be" are irregular, and "bed" is none of them.
        for verb in verbs.into_iter().filter(|verb| verb != "be") {
            let base = vocabulary.add(&verb);
            for form in verb_forms(&verb) {
                vocabulary.add_verb(base, &form);
            }
        }
        let mut nouns: Vec<(String, Word)> = vocabulary
            .words()
            .map(|(text, word)| (text.to_string(), word))
            .collect();
        nouns.sort_by_key(|(_, word)| *word);
        for (text, word) in &nouns {
            if vocabulary.noun(*word) != *word {
                continue;
            }
            if let Some(base) = singular(text) {
                let base = vocabulary.add(&base);
                vocabulary.add_noun(base, text);
            } else {
                for form in noun_forms(text) {
                    vocabulary.add_noun(*word, &form);
                }
            }
        }
    }

    fn noun_key(&self, text: &str) -> Option<Vec<Word>> {
        let words = self.vocabulary.read(text)?;
        let mut lemmas = [0; MAX_PHRASE + 1];
        key(Class::A, &words, &mut lemmas, &self.vocabulary).map(<[Word]>::to_vec)
    }

    pub(super) fn add_names(
        &mut self,
        files: &Files<'_>,
        references: &[Thing],
    ) -> Result<(), DataError> {
        for number in 0..self.objects.len() {
            let object = self.objects[number].clone();
            for name in &object.names {
                let Some(key) = self.noun_key(name) else {
                    continue;
                };
                self.measured.insert(key.clone(), object.facts);
                let other = self.names.insert(key, number);
                if other.is_some_and(|other| other != number) {
                    return Err(files
                        .objects
                        .error(0, format!("{name:?} names two objects")));
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

    pub(super) fn add_attributes(&mut self, origin: &[File]) -> Result<(), DataError> {
        self.rows = self
            .attributes
            .iter()
            .map(|attribute| attribute.holds.clone())
            .collect();
        for (row, file) in origin.iter().enumerate() {
            for (class, negated, phrase, line) in self.attributes[row].phrases.clone() {
                let meaning = Meaning { row, negated };
                self.add_phrase(class, &phrase, meaning)
                    .map_err(|message| file.error(line, message))?;
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
        let has = class == Class::Does
            && words
                .first()
                .is_some_and(|token| token.word == keyword::HAVE);
        let (class, words) = if has {
            (Class::Has, &words[1..])
        } else {
            (class, &words[..])
        };
        let mut lemmas = [0; MAX_PHRASE + 1];
        let key = key(class, words, &mut lemmas, &self.vocabulary);
        let key = key.ok_or_else(|| format!("{phrase:?} has no words of its own, or too many"))?;
        match self.phrases.insert(key.to_vec(), meaning) {
            Some(other) if other != meaning => {
                let other = self
                    .attributes
                    .get(other.row)
                    .map_or("another", |attribute| &attribute.name);
                Err(format!("{phrase:?} also means {other:?}"))
            }
            _ => Ok(()),
        }
    }

    /// Names and synonyms of the objects, then the common nouns, as things that it is or is not.
    pub(super) fn add_nouns(&mut self, file: File, groups: &Groups) -> Result<(), DataError> {
        let mut rows: Vec<(String, Vec<bool>)> = Vec::new();
        for (number, object) in self.objects.iter().enumerate() {
            let holds: Vec<bool> = (0..self.objects.len())
                .map(|other| other == number)
                .collect();
            rows.extend(
                object
                    .names
                    .iter()
                    .chain(&object.synonyms)
                    .map(|name| (name.clone(), holds.clone())),
            );
        }
        for (line, text) in lines(file) {
            for item in items(text, ',') {
                let (noun, objects) = item.split_once('=').unwrap_or((item, ""));
                let holds = groups
                    .list(&objects.replace(';', ","))
                    .map_err(|message| file.error(line, message))?;
                rows.push((noun.trim().to_string(), holds));
            }
        }
        for (name, holds) in rows {
            let Some(key) = self.noun_key(&name) else {
                continue;
            };
            let row = self.rows.len();
            self.phrases.entry(key).or_insert(Meaning {
                row,
                negated: false,
            });
            self.rows.push(holds);
        }
        Ok(())
    }
}
