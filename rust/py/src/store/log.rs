#![allow(clippy::doc_markdown)] // these are Python's docstrings

//! What a store says of its log: how much it holds, and how to drop the oldest of it.

use std::path::{Path, PathBuf};

use archer_store::{Error, Store};
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::TrajectoryStore;
use crate::arguments::{Int, at_least};
use crate::errors::StoreError;

#[pymethods]
impl TrajectoryStore {
    /// The lowest id held: ``compact`` has dropped those below it.
    #[getter]
    fn first_id(&self, py: Python<'_>) -> PyResult<usize> {
        self.count(py, Store::first_id)
    }

    /// Trajectories held: ``len(store) - store.first_id``.
    #[getter]
    fn num_trajectories(&self, py: Python<'_>) -> PyResult<usize> {
        self.count(py, Store::num_trajectories)
    }

    /// Bytes of memory that log and index take, room to grow included.
    #[getter]
    fn memory_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.count(py, Store::memory_bytes)
    }

    /// Bytes that the files of the log hold; 0 for a store in memory.
    #[getter]
    fn disk_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.count(py, Store::disk_bytes)
    }

    /// Drop the oldest segments, those whose ids are all below ``first_id``, from memory and disk.
    ///
    /// Segments are dropped whole and never the last one, so that some ids below ``first_id`` may
    /// stay. Ids are stable: a dropped one is never given again. Readers keep what they have
    /// until they refresh.
    ///
    /// Args:
    ///     first_id: The lowest id that is still needed.
    ///
    /// Returns:
    ///     The number of trajectories dropped.
    ///
    /// Raises:
    ///     StoreLockedError: The store is closed or read-only.
    ///     StoreError: ``first_id`` is negative.
    ///     StoreIOError: The operating system refused; the store is valid all the same.
    fn compact(&self, py: Python<'_>, first_id: &Bound<'_, PyAny>) -> PyResult<usize> {
        let first_id =
            at_least::<Int>(first_id, "first_id", 0, StoreError::new_err)?.unsigned_abs();
        let first_id = usize::try_from(first_id).unwrap_or(usize::MAX);
        self.write(py, move |store| store.compact(first_id))
    }

    /// Another process, such as a worker of a data loader, gets a reader of the same folder.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, (PathBuf, bool))> {
        let path = slf.get().read(slf.py(), |store| {
            store.check_open()?;
            let in_memory = "a store in memory cannot be pickled: open it with a path, from which \
                             the other process can read";
            let path = store.path().map(Path::to_path_buf);
            path.ok_or_else(|| Error::Argument(in_memory.into()))
        })?;
        Ok((slf.get_type(), (path, true)))
    }
}
