#![allow(clippy::doc_markdown)] // these are Python's docstrings

mod batches;
mod columns;
mod convert;
mod log;
mod views;

use std::sync::{Arc, PoisonError, RwLock};

use archer_store::{DEFAULT_SEGMENT_BYTES, Error, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES, Store};
use pyo3::prelude::*;

pub use batches::batch_to_python;
pub use convert::array;
use convert::{trajectory_from_python, trajectory_to_python};
pub use views::window;

use crate::arguments::{Arg, Int, at_least, extracted, flag, path as path_of, refused};
use crate::errors::{StoreError, TrajectoryError, UnknownTrajectoryError, store_error};
use crate::fork::detached;

/// Trajectories on an append-only, checksummed log, in memory or in a folder.
///
/// Ids are 0, 1, 2, … in the order of appending, ``len(store)`` is the next one, and the ids held are
/// ``range(store.first_id, len(store))``. A folder has one writer at a time and any number
/// of readers in other processes, which see what it appends after `refresh`. A record is with the
/// operating system when `append` returns: the death of the process loses at most the record being
/// written, and opening for writing drops its remains, which `repaired` then tells. Threads may
/// share a store. A fork of the writer has a reader, and a store with a folder is pickled as a reader
/// of it. It keeps its whole log in memory.
///
/// Args:
///     path: The folder, created if need be; None for a store in memory.
///     read_only: Open an existing folder without ever changing it.
///     segment_bytes: Size of the log's files, from 1 KiB to 1 GiB; counts for a new store alone.
///
/// Raises:
///     StoreLockedError: Another writer has the folder open.
///     CorruptStoreError: More than the tail is broken, or this is no trajectory store.
///     StoreIOError: The operating system refused.
///     StoreError: An argument makes no sense.
#[pyclass(subclass, frozen, module = "archer.store")]
pub struct TrajectoryStore {
    store: Arc<RwLock<Store>>,
}

#[pymethods]
impl TrajectoryStore {
    #[new]
    #[pyo3(
        signature = (path=None, read_only=Arg::Default, *, segment_bytes=Arg::Default),
        text_signature = "(path=None, read_only=False, *, segment_bytes=67108864)"
    )]
    fn new(
        py: Python<'_>,
        path: Option<&Bound<'_, PyAny>>,
        read_only: Arg<'_>,
        segment_bytes: Arg<'_>,
    ) -> PyResult<Self> {
        let say = StoreError::new_err;
        let path = path.map(|value| path_of(value, "path", say)).transpose()?;
        let read_only = read_only.or(false, |value| flag(value, "read_only", say))?;
        let segment_bytes = segment_bytes.or(DEFAULT_SEGMENT_BYTES, size)?;
        let open = move || match path {
            Some(path) if read_only => Store::open_read_only(&path),
            Some(path) => Store::open(&path, segment_bytes),
            None if read_only => Err(Error::Argument(
                "read_only=True needs a path: a store in memory begins empty".into(),
            )),
            None => Store::in_memory(segment_bytes),
        };
        let store = py.detach(open).map_err(store_error)?;
        Ok(Self {
            store: Arc::new(RwLock::new(store)),
        })
    }

    /// Append one episode and return its id.
    ///
    /// Raises:
    ///     TrajectoryError: Its arrays contradict each other.
    ///     StoreLockedError: The store is closed or read-only.
    ///     StoreIOError: The operating system refused, for example because the disk is full; the
    ///         store is then as it was.
    fn append(&self, trajectory: &Bound<'_, PyAny>) -> PyResult<usize> {
        let converted = trajectory_from_python(trajectory)?;
        self.write(trajectory.py(), move |store| store.append(&converted))
    }

    /// Append episodes, all of them or none, and return their ids; faster than one by one.
    ///
    /// Raises:
    ///     TrajectoryError: The arrays of one contradict each other.
    ///     StoreLockedError: The store is closed or read-only.
    ///     StoreIOError: The operating system refused; the store is then as it was.
    fn extend(&self, trajectories: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
        let Ok(iterated) = trajectories.try_iter() else {
            let given = trajectories.get_type().name()?;
            return Err(TrajectoryError::new_err(format!(
                "extend takes many Trajectory, not this {given}"
            )));
        };
        let converted = iterated
            .map(|trajectory| trajectory_from_python(&trajectory?))
            .collect::<PyResult<Vec<_>>>()?;
        self.write(trajectories.py(), move |store| {
            store.extend(&converted).map(Iterator::collect)
        })
    }

    /// How many ids were ever given, which is the next one.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.count(py, Store::len)
    }

    /// The trajectory with this id; its arrays are the caller's own.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store has none, or no longer.
    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        trajectory_id: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Int(id) = extracted(
            trajectory_id,
            "trajectory_id",
            "an int",
            StoreError::new_err,
        )?;
        let length = self.count(py, Store::len)?;
        if id == i64::MIN || id == i64::MAX {
            return Err(UnknownTrajectoryError::new_err(format!(
                "no trajectory has id {trajectory_id}: ids end before {length}"
            )));
        }
        trajectory_to_python(py, id, self.read(py, move |store| store.get(id))?)
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let builtins = slf.py().import("builtins")?;
        let first_id = slf.get().count(slf.py(), Store::first_id)?;
        let ids = builtins.call_method1("range", (first_id, slf.len()?))?;
        builtins.call_method1("map", (slf.getattr("__getitem__")?, ids))
    }

    /// Turns of all trajectories held.
    #[getter]
    fn num_turns(&self, py: Python<'_>) -> PyResult<usize> {
        self.count(py, Store::num_turns)
    }

    /// Tokens of all trajectories held.
    #[getter]
    fn num_tokens(&self, py: Python<'_>) -> PyResult<usize> {
        self.count(py, Store::num_tokens)
    }

    /// What opening had to drop, as a sentence; None where everything was whole.
    #[getter]
    fn repaired(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.read(py, |store| Ok(store.repaired().map(str::to_owned)))
    }

    /// Wait, if ``sync``, until all that was appended is on the disk and outlives the machine.
    ///
    /// Raises:
    ///     StoreLockedError: The store is closed or read-only.
    ///     StoreIOError: The operating system refused.
    #[pyo3(signature = (sync=Arg::Default), text_signature = "($self, sync=True)")]
    fn flush(&self, py: Python<'_>, sync: Arg<'_>) -> PyResult<()> {
        let sync = sync.or(true, |value| flag(value, "sync", StoreError::new_err))?;
        self.write(py, move |store| store.flush(sync))
    }

    /// Drop the trajectories with ids from ``length`` on; their ids will be given again.
    ///
    /// Raises:
    ///     StoreLockedError: The store is closed or read-only.
    ///     StoreError: ``length`` is below ``first_id``.
    ///     StoreIOError: The operating system refused.
    fn truncate(&self, py: Python<'_>, length: &Bound<'_, PyAny>) -> PyResult<()> {
        let length = at_least::<Int>(length, "length", 0, StoreError::new_err)?.unsigned_abs();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.write(py, move |store| store.truncate(length))
    }

    /// Take in what the writer has appended, truncated or compacted since; nothing to do for a writer.
    ///
    /// Raises:
    ///     CorruptStoreError: A record is damaged.
    ///     StoreIOError: The operating system refused.
    fn refresh(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, Store::refresh)
    }

    /// Sync, and let the next writer in; anything but another close then raises StoreLockedError.
    ///
    /// Raises:
    ///     StoreIOError: The operating system refused; the store is closed all the same.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.write(py, Store::close)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(py)
    }
}

impl TrajectoryStore {
    /// What a replay buffer reads from; to be locked with the GIL released.
    pub fn shared(&self) -> Arc<RwLock<Store>> {
        Arc::clone(&self.store)
    }

    fn read<T: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&Store) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let locked = || read(&self.store.read().unwrap_or_else(PoisonError::into_inner));
        detached(py, locked).map_err(store_error)
    }

    fn write<T: Send>(
        &self,
        py: Python<'_>,
        write: impl FnOnce(&mut Store) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let locked = || write(&mut self.store.write().unwrap_or_else(PoisonError::into_inner));
        detached(py, locked).map_err(store_error)
    }

    fn count(&self, py: Python<'_>, count: fn(&Store) -> usize) -> PyResult<usize> {
        self.read(py, |store| store.check_open().map(|()| count(store)))
    }
}

/// That of a segment.
fn size(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    let expected = format!("a size from {MIN_SEGMENT_BYTES} to {MAX_SEGMENT_BYTES}");
    let Int(size) = extracted(value, "segment_bytes", &expected, StoreError::new_err)?;
    let size = usize::try_from(size).unwrap_or(0);
    if (MIN_SEGMENT_BYTES..=MAX_SEGMENT_BYTES).contains(&size) {
        return Ok(size);
    }
    Err(refused(
        value,
        "segment_bytes",
        &expected,
        StoreError::new_err,
    ))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<TrajectoryStore>()
}
