#![allow(clippy::doc_markdown)] // these are Python's docstrings

use archer_env::wordle::{self, Feedback, Word};
use pyo3::prelude::*;

use crate::errors::{OptionError, env_error};

/// Chooses guesses of Wordle by information gain; threads may share one.
///
/// Args:
///     options: JSON object with any of the task's ``words``, ``guesses`` and ``feedback``.
///
/// Raises:
///     OptionError: Other options, values that they cannot have, or lists that are too long.
#[pyclass(frozen, module = "archer._rust")]
struct WordleSolver {
    solver: wordle::Solver,
}

#[pymethods]
impl WordleSolver {
    #[new]
    fn new(py: Python<'_>, options: &str) -> PyResult<Self> {
        let make = || wordle::Solver::new(&archer_env::parse_options(options)?);
        let solver = py.detach(make).map_err(env_error)?;
        Ok(Self { solver })
    }

    /// The words that may be hidden, in alphabetical order.
    fn answers(&self) -> Vec<String> {
        let answers = self.solver.answers().iter();
        answers.map(ToString::to_string).collect()
    }

    /// The guess with the greatest entropy of its feedback, over the answers that are possible.
    ///
    /// Args:
    ///     heard: Guesses so far, each with its feedback, such as ``("crane", "b y g b b")``.
    ///
    /// Returns:
    ///     The guess, or None if no answer agrees with all that was heard.
    ///
    /// Raises:
    ///     OptionError: A text that is no word, or that is no feedback.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "extracted from Python objects"
    )]
    fn best(&self, py: Python<'_>, heard: Vec<(String, String)>) -> PyResult<Option<String>> {
        let heard: Vec<(Word, Feedback)> = heard.iter().map(turn).collect::<PyResult<_>>()?;
        let best = py.detach(|| self.solver.best(&heard));
        Ok(best.map(|word| word.to_string()))
    }
}

fn turn((guess, feedback): &(String, String)) -> PyResult<(Word, Feedback)> {
    let shown = |text: &str| text.chars().take(40).collect::<String>();
    match (Word::read(guess), wordle::read(feedback)) {
        (Some(guess), Some(feedback)) => Ok((guess, feedback)),
        _ => Err(OptionError::new_err(format!(
            "heard has {:?} and {:?}: give a word of 5 letters and its feedback, such as \"b y g b b\"",
            shown(guess),
            shown(feedback)
        ))),
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<WordleSolver>()
}
