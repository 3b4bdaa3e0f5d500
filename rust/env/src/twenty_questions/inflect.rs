//! Regular inflections of English.

fn ends_in(word: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| word.ends_with(ending))
}

fn ends_in_consonant_y(word: &str) -> bool {
    word.ends_with('y') && !ends_in(word, &["ay", "ey", "oy", "uy"])
}

/// The singular of a word that looks like a plural.
#[must_use]
pub fn singular(word: &str) -> Option<String> {
    let plural = word.len() > 3 && word.ends_with('s') && !ends_in(word, &["ss", "us", "is", "as"]);
    if !plural {
        return None;
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return Some(format!("{stem}y"));
    }
    let es = ends_in(word, &["shes", "ches", "xes", "sses"]);
    Some(word[..word.len() - if es { 2 } else { 1 }].to_string())
}

/// The plurals of a noun.
#[must_use]
pub fn noun_forms(word: &str) -> Vec<String> {
    if ends_in_consonant_y(word) {
        return vec![format!("{}ies", &word[..word.len() - 1])];
    }
    if ends_in(word, &["s", "x", "ch", "sh"]) {
        return vec![format!("{word}es")];
    }
    vec![format!("{word}s")]
}

/// The regular forms of a verb, with and without a doubled last letter.
#[must_use]
pub fn verb_forms(verb: &str) -> Vec<String> {
    let mut forms = noun_forms(verb);
    forms.push(format!("{verb}es"));
    let mut stems = vec![verb.to_string()];
    if let Some(last) = verb
        .chars()
        .last()
        .filter(|last| !"aeiouwxy".contains(*last))
    {
        stems.push(format!("{verb}{last}"));
    }
    if let Some(stem) = verb.strip_suffix('e') {
        stems = vec![stem.to_string(), verb.to_string()];
    }
    for stem in &stems {
        forms.extend([format!("{stem}ing"), format!("{stem}ed")]);
    }
    if ends_in_consonant_y(verb) {
        forms.push(format!("{}ied", &verb[..verb.len() - 1]));
    }
    forms
}
