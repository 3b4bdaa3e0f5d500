//! What tasks that take typed commands share: the words of an utterance, and names and lists of things.

pub(crate) const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// No command has more words, articles apart.
const MOST_WORDS: usize = 12;

/// The words of an utterance, without articles and without what ends a sentence.
pub(crate) struct Words<'a> {
    words: [&'a str; MOST_WORDS],
    count: usize,
}

/// The words of a name as they were said.
pub(crate) type Phrase<'a> = &'a [&'a str];

impl<'a> Words<'a> {
    /// None if there are too many.
    pub fn of(utterance: &'a str) -> Option<Self> {
        let mut words = Words {
            words: [""; MOST_WORDS],
            count: 0,
        };
        let said = utterance.trim_end().trim_end_matches(['.', '!', '?']);
        for word in said.split_whitespace() {
            if !is_one_of(word, &ARTICLES) {
                *words.words.get_mut(words.count)? = word;
                words.count += 1;
            }
        }
        Some(words)
    }

    /// All of them.
    pub fn phrase(&'a self) -> Phrase<'a> {
        &self.words[..self.count]
    }
}

/// What stands before and after the first of these words, if neither is empty.
pub(crate) fn split<'a>(phrase: Phrase<'a>, at: &[&str]) -> Option<(Phrase<'a>, Phrase<'a>)> {
    let position = phrase.iter().position(|word| is_one_of(word, at))?;
    let (before, after) = (&phrase[..position], &phrase[position + 1..]);
    (!before.is_empty() && !after.is_empty()).then_some((before, after))
}

pub(crate) fn is_one_of(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Whether the words of a phrase are those of a name.
pub(crate) fn names(phrase: Phrase<'_>, name: &str) -> bool {
    let mut words = name.split(' ');
    let mut said = phrase.iter();
    said.all(|word| {
        words
            .next()
            .is_some_and(|own| word.eq_ignore_ascii_case(own))
    }) && words.next().is_none()
}

/// What was said, if it can be a name, so that answers never repeat strange texts.
pub(crate) fn echo(phrase: Phrase<'_>) -> Option<String> {
    let letters = |word: &&str| word.len() < 20 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let plain = (1..=3).contains(&phrase.len()) && phrase.iter().all(letters);
    plain.then(|| phrase.join(" ").to_lowercase())
}

/// `an onion`, `a lamp`.
pub(crate) fn push_with_article(text: &mut String, name: &str) {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    text.push_str(if vowel { "an " } else { "a " });
    text.push_str(name);
}

/// Each item by `push`, with commas and a last `and` between them.
pub(crate) fn push_list<T>(
    text: &mut String,
    items: impl Iterator<Item = T> + Clone,
    mut push: impl FnMut(&mut String, T),
) {
    let last = items.clone().count().saturating_sub(1);
    for (index, item) in items.enumerate() {
        match index {
            0 => {}
            _ if index == last => text.push_str(" and "),
            _ => text.push_str(", "),
        }
        push(text, item);
    }
}
