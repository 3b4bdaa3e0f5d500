//! The guess that is expected to tell the most.

use std::sync::OnceLock;

use super::feedback::{Feedback, Rule};
use super::words::{Lists, Word};
use crate::EnvError;
use crate::task::{Options, check_keys};

/// More pairs of a guess and an answer than this (a byte each) are taken for a mistake.
const MOST_PAIRS: usize = 1 << 28;

/// Chooses guesses by information gain: the greatest entropy of the feedback over the answers that
/// are still possible.
///
/// The feedback to every guess by every answer is computed once, a byte each: 17 MB for the built-in
/// lists.
pub struct Solver {
    lists: Lists,
    rule: Rule,
    /// By guess and answer, in the order of the lists; made when it is first needed.
    table: OnceLock<Vec<Feedback>>,
    opening: OnceLock<Option<Word>>,
}

impl Solver {
    /// A solver of the game with these options.
    ///
    /// # Errors
    /// [`EnvError::Option`] for other options than `words`, `guesses` and `feedback`, values that they
    /// cannot have, or lists that are too long.
    pub fn new(options: &Options) -> Result<Self, EnvError> {
        check_keys(options, &["words", "guesses", "feedback"])?;
        let lists = Lists::new(options)?;
        let rule = Rule::new(options)?;
        let (answers, accepted) = (lists.answers(), lists.accepted());
        if answers.len().saturating_mul(accepted.len()) > MOST_PAIRS {
            return Err(EnvError::Option(format!(
                "{} words and {} guesses are too many to choose by information gain: give fewer, \
                 with a product of at most {MOST_PAIRS}",
                answers.len(),
                accepted.len()
            )));
        }
        Ok(Self {
            lists,
            rule,
            table: OnceLock::new(),
            opening: OnceLock::new(),
        })
    }

    /// The words that may be hidden, in alphabetical order.
    #[must_use]
    pub fn answers(&self) -> &[Word] {
        self.lists.answers()
    }

    fn table(&self) -> &[Feedback] {
        self.table.get_or_init(|| {
            let (rule, answers) = (self.rule, self.answers());
            let row = |&guess| answers.iter().map(move |&word| rule.feedback(guess, word));
            self.lists.accepted().iter().flat_map(row).collect()
        })
    }

    /// The answers that agree with all that was heard, and their positions among all.
    fn possible(&self, heard: &[(Word, Feedback)]) -> (Vec<usize>, Vec<Word>) {
        let agrees = |&(_, &answer): &(usize, &Word)| {
            heard
                .iter()
                .all(|&(guess, feedback)| self.rule.feedback(guess, answer) == feedback)
        };
        let answers = self.answers().iter().enumerate();
        answers.filter(agrees).map(|(i, &word)| (i, word)).unzip()
    }

    /// The best guess after these guesses and their feedback, or `None` if no answer agrees.
    ///
    /// Of guesses that tell as much, one that may be the answer is better, then the first in the
    /// alphabet.
    #[must_use]
    pub fn best(&self, heard: &[(Word, Feedback)]) -> Option<Word> {
        if heard.is_empty() {
            *self.opening.get_or_init(|| self.search(heard))
        } else {
            self.search(heard)
        }
    }

    fn search(&self, heard: &[(Word, Feedback)]) -> Option<Word> {
        let (possible, words) = self.possible(heard);
        // Either of two words tells all there is to know.
        if possible.len() <= 2 {
            return words.first().copied();
        }
        let growth = growth(possible.len());
        let (table, accepted) = (self.table(), self.lists.accepted());
        let own = words
            .iter()
            .filter_map(|word| accepted.binary_search(word).ok());
        let (mut least, mut best) = (u64::MAX, None);
        // The answers come first, so that others must tell more.
        for guess in own.chain(0..accepted.len()) {
            let row = &table[guess * self.answers().len()..][..self.answers().len()];
            if let Some(left) = uncertainty(row, &possible, &growth, least) {
                (least, best) = (left, Some(accepted[guess]));
            }
            if least == 0 {
                break;
            }
        }
        best
    }
}

/// What is left to know after a guess, unless it is `bound` or more: Σ n log n over the feedbacks, n
/// the number of `possible` answers that give each. The entropy falls as it grows.
fn uncertainty(row: &[Feedback], possible: &[usize], growth: &[u64], bound: u64) -> Option<u64> {
    // As many as a byte has values, so that no bound needs to be checked.
    let mut counts = [0_u16; 256];
    let mut sum = 0;
    for &answer in possible {
        let count = &mut counts[usize::from(row[answer])];
        sum += growth[usize::from(*count)];
        *count += 1;
        if sum >= bound {
            return None;
        }
    }
    Some(sum)
}

/// By how much n log n grows from n = i to i + 1, in whole numbers, so that sums of the same terms
/// are equal in whatever order.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the lists are shorter than 2^15 words, and n log n is not negative"
)]
fn growth(most: usize) -> Vec<u64> {
    let value =
        |n: usize| (n as f64 * (n.max(1) as f64).log2() * f64::from(u32::MAX)).round() as u64;
    (0..most).map(|n| value(n + 1) - value(n)).collect()
}
