//! The one error type of this crate.

use thiserror::Error;

/// Everything that an environment refuses; nothing has changed when one is returned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnvError {
    /// No task has this id.
    #[error("{0}")]
    UnknownEnvironment(String),
    /// An option of an environment, or of one reset, that cannot be used.
    #[error("{0}")]
    Option(String),
    /// An index that names no environment.
    #[error("there is no environment {index}: the indices of {num_envs} environments are 0 to {}", num_envs - 1)]
    Index {
        /// What was given.
        index: i64,
        /// How many environments there are.
        num_envs: usize,
    },
    /// The same environment twice in one call.
    #[error("environment {0} is named twice: give each index at most once in a call")]
    Duplicate(usize),
    /// Lists of different lengths that belong together.
    #[error("{given} {what} were given for {expected} environments: give one for each")]
    Count {
        /// What the list holds, in the plural.
        what: &'static str,
        /// Its length.
        given: usize,
        /// The length that was needed.
        expected: usize,
    },
    /// A step in an episode that is over.
    #[error("the episode of environment {0} is over: reset it before its next step")]
    Over(usize),
    /// A step, or a question about the episode, before the first reset.
    #[error("no episode of environment {0} has begun: reset it first")]
    NotBegun(usize),
    /// A snapshot that cannot be restored here.
    #[error("this snapshot cannot be restored: {0}")]
    Snapshot(String),
}

impl EnvError {
    pub(crate) fn unknown_environment(id: &str, known: &[&str]) -> Self {
        Self::UnknownEnvironment(format!(
            "there is no environment {id:?}{}; there are {}",
            did_you_mean(id, known),
            known.join(", ")
        ))
    }

    pub(crate) fn unknown_option(key: &str, known: &[&str]) -> Self {
        let all = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        let near = did_you_mean(key, known);
        Self::Option(format!("there is no option {key:?}{near}; there are {all}"))
    }
}

/// ` (did you mean "…"?)` with the name that is fewest edits away, or nothing if none is near.
fn did_you_mean(given: &str, known: &[&str]) -> String {
    // Longer texts cannot be near any name, and edit distance is quadratic.
    if given.len() > 64 {
        return String::new();
    }
    known
        .iter()
        .map(|name| (edit_distance(given, name), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len() / 2)
        .map(|(_, name)| format!(" (did you mean {name:?}?)"))
        .unwrap_or_default()
}

/// Levenshtein distance, one row of the table at a time.
pub(crate) fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance_counts_insertions_deletions_and_substitutions() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!(edit_distance(left, right), expected, "{left} {right}");
        }
    }
}
