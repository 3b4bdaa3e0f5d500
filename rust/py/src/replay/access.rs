//! What the methods of [`ReplayBuffer`] share: locks, and the names of options.

use std::sync::PoisonError;

use archer_replay::{Error, Normalize, Replay, Scheme};
use archer_store::{Store, TurnBatch};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use super::ReplayBuffer;
use crate::arguments::{Arg, at_least, flag, refused};
use crate::errors::{ReplayError, replay_error};
use crate::fork::detached;

pub fn positive(value: &Bound<'_, PyAny>, name: &str) -> PyResult<usize> {
    whole(value, name, 1)
}

/// An int of at least `least`.
pub fn whole(value: &Bound<'_, PyAny>, name: &str, least: i64) -> PyResult<usize> {
    let number = at_least::<i64>(value, name, least, ReplayError::new_err)?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

pub fn normalize(value: &Bound<'_, PyAny>) -> PyResult<Normalize> {
    match value.extract::<PyBackedStr>().as_deref() {
        Ok("batch") => Ok(Normalize::Batch),
        Ok("max") => Ok(Normalize::Max),
        _ => {
            let expected = "\"batch\" or \"max\"";
            Err(refused(value, "normalize", expected, ReplayError::new_err))
        }
    }
}

pub fn name_of(normalize: Normalize) -> &'static str {
    match normalize {
        Normalize::Batch => "batch",
        Normalize::Max => "max",
    }
}

pub fn scheme(replace: Arg<'_>, stratified: Arg<'_>) -> PyResult<Scheme> {
    let say = ReplayError::new_err;
    let replace = replace.or(true, |value| flag(value, "replace", say))?;
    let stratified = stratified.or(true, |value| flag(value, "stratified", say))?;
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
