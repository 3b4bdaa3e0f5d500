//! The options of a [`ReplayBuffer`] as Python reads and sets them.

use pyo3::prelude::*;

use super::{ReplayBuffer, access};
use crate::arguments::unit;
use crate::errors::ReplayError;

#[pymethods]
impl ReplayBuffer {
    /// Most turns held at once.
    #[getter]
    fn capacity(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |replay| Ok(replay.options().capacity))
    }

    /// Exponent of the priorities.
    #[getter]
    fn alpha(&self, py: Python<'_>) -> PyResult<f64> {
        self.with(py, |replay| Ok(replay.options().alpha))
    }

    /// Added to every absolute temporal-difference error.
    #[getter]
    fn epsilon(&self, py: Python<'_>) -> PyResult<f64> {
        self.with(py, |replay| Ok(replay.options().epsilon))
    }

    /// Policy versions after which a priority counts half; None for no decay.
    #[getter]
    fn half_life(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        self.with(py, |replay| Ok(replay.options().half_life))
    }

    /// Whose importance weight is 1: "batch" or "max".
    #[getter]
    fn normalize(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.with(py, |replay| Ok(access::name_of(replay.options().normalize)))
    }

    /// Exponent of the importance weights; usually raised to 1 over a run.
    #[getter]
    fn beta(&self, py: Python<'_>) -> PyResult<f64> {
        self.with(py, |replay| Ok(replay.options().beta))
    }

    #[setter]
    fn set_beta(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let beta = unit(value, "beta", ReplayError::new_err)?;
        self.with(value.py(), |replay| replay.set_beta(beta))
    }
}
