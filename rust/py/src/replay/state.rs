//! The state of a [`ReplayBuffer`], out and in.

use archer_replay::Replay;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use super::ReplayBuffer;
use crate::arguments::extracted;
use crate::errors::ReplayError;

#[pymethods]
impl ReplayBuffer {
    /// Everything that later draws depend on, apart from the store: priorities and random stream.
    ///
    /// Raises:
    ///     ReplayError: As in `add`.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let state = self.with_store(py, Replay::state)?;
        Ok(PyBytes::new(py, &state))
    }

    /// Become the buffer whose `state` this was, to the bit.
    ///
    /// Raises:
    ///     ReplayError: These bytes are no state, or one of a buffer with other options (beta and
    ///         seed apart), or one that names trajectories the store lacks; nothing has changed then.
    fn load(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, expected) = (state.py(), "the bytes that state() returned");
        let state: PyBackedBytes = extracted(state, "state", expected, ReplayError::new_err)?;
        self.with_store(py, |replay, store| replay.load(store, &state))
    }
}
