//! What the methods of [`ReplayBuffer`] share: locks, and the names of options.

use std::sync::PoisonError;

use archer_replay::{Error, Normalize, Replay, Scheme};
use archer_store::{Store, TurnBatch, Window};
use pyo3::prelude::*;

use super::ReplayBuffer;
use crate::errors::{ReplayError, StoreError, replay_error, store_error};
use crate::fork::detached;
use crate::given::Given;

/// What `alpha`, `beta`, a discount and λ can be.
pub const UNIT: &str = "a number from 0 to 1";

pub fn positive(name: &str, number: Given<i64>) -> PyResult<usize> {
    whole(name, number, 1)
}

/// An int of at least `least`.
pub fn whole(name: &str, number: Given<i64>, least: usize) -> PyResult<usize> {
    let expected = format!("an int of at least {least}");
    let number = number.or_say(name, &expected);
    let number = number.map_err(ReplayError::new_err)?;
    let whole = usize::try_from(number).ok().filter(|&whole| whole >= least);
    whole.ok_or_else(|| ReplayError::new_err(format!("{name} = {number}: give {expected}")))
}

pub fn normalize(name: Given<String>) -> PyResult<Normalize> {
    let expected = "\"batch\" or \"max\"";
    let name = name.or_say("normalize", expected);
    match name.map_err(ReplayError::new_err)?.as_str() {
        "batch" => Ok(Normalize::Batch),
        "max" => Ok(Normalize::Max),
        name => {
            let message = format!("normalize = {name:?}: give {expected}");
            Err(ReplayError::new_err(message))
        }
    }
}

/// The arguments of `gather_turns`, which the store checks.
pub fn window(
    n_step: Given<i64>,
    discount: Given<f64>,
    max_tokens: Given<Option<i64>>,
) -> PyResult<Window> {
    let say = StoreError::new_err;
    let n_step = n_step.or_say("n_step", "an int of at least 1");
    let discount = discount.or_say("discount", "a number from 0 to 1");
    let max_tokens = max_tokens.or_say("max_tokens", "an int of at least 1, or None");
    Window::new(
        n_step.map_err(say)?,
        discount.map_err(say)?,
        max_tokens.map_err(say)?,
    )
    .map_err(store_error)
}

pub fn name_of(normalize: Normalize) -> &'static str {
    match normalize {
        Normalize::Batch => "batch",
        Normalize::Max => "max",
    }
}

pub fn scheme(replace: Given<bool>, stratified: Given<bool>) -> PyResult<Scheme> {
    let flag = |name, given: Given<bool>| {
        let flag = given.or_say(name, "True or False");
        flag.map_err(ReplayError::new_err)
    };
    let (replace, stratified) = (flag("replace", replace)?, flag("stratified", stratified)?);
    Ok(match (replace, stratified) {
        (false, _) => Scheme::Distinct,
        (true, true) => Scheme::Stratified,
        (true, false) => Scheme::Independent,
    })
}

impl ReplayBuffer {
    /// Runs with the GIL released and the buffer locked.
    pub fn with<T: Send>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&mut Replay) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let locked = || run(&mut self.replay.lock().unwrap_or_else(PoisonError::into_inner));
        detached(py, locked).map_err(replay_error)
    }

    /// The same with the store locked as well: always the buffer first.
    pub fn with_store<T: Send>(
        &self,
        py: Python<'_>,
        run: impl FnOnce(&mut Replay, &Store) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.with(py, |replay| {
            run(
                replay,
                &self.shared.read().unwrap_or_else(PoisonError::into_inner),
            )
        })
    }

    /// Draws, and gathers what was drawn from the store as it was then: nobody compacts in between.
    pub fn draw_and_gather<T>(
        &self,
        py: Python<'_>,
        draw: impl FnOnce(&mut Replay, &Store) -> Result<T, Error> + Send,
        gather: impl FnOnce(&Store, T) -> Result<TurnBatch, archer_store::Error> + Send,
    ) -> PyResult<TurnBatch> {
        let locked = || {
            let mut replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner);
            let store = self.shared.read().unwrap_or_else(PoisonError::into_inner);
            let drawn = draw(&mut replay, &store)?;
            drop(replay); // others may draw while this batch is copied
            Ok(gather(&store, drawn)?)
        };
        detached(py, locked).map_err(replay_error)
    }
}
