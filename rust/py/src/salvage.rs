#![allow(clippy::doc_markdown)] // these are Python's docstrings

use archer_store::Error;
use archer_store::salvage::{self, Report};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyRange, PyTuple, PyType};

use crate::arguments;
use crate::errors::{StoreError, store_error};

/// `archer.salvage.check`.
#[pyfunction]
fn check_store<'py>(py: Python<'py>, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let path = arguments::path(path, "path", StoreError::new_err)?;
    run(py, move || salvage::check(&path))
}

/// `archer.salvage.repair`.
#[pyfunction]
#[pyo3(signature = (path, out=None))]
fn repair_store<'py>(
    py: Python<'py>,
    path: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let path = arguments::path(path, "path", StoreError::new_err)?;
    let out = out
        .map(|out| arguments::path(out, "out", StoreError::new_err))
        .transpose()?;
    run(py, move || salvage::repair(&path, out.as_deref()))
}

fn run(
    py: Python<'_>,
    work: impl FnOnce() -> Result<Report, Error> + Send,
) -> PyResult<Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let report = py.detach(work).map_err(store_error)?;
    let id = |id: usize| isize::try_from(id).unwrap_or(isize::MAX);
    let lost = report
        .lost
        .iter()
        .map(|ids| PyRange::new(py, id(ids.start), id(ids.end)))
        .collect::<PyResult<Vec<_>>>()?;
    let fields = PyDict::new(py);
    fields.set_item("format_versions", PyTuple::new(py, report.format_versions)?)?;
    fields.set_item("segments", report.segments)?;
    fields.set_item("first_id", report.first_id)?;
    fields.set_item("trajectories", report.trajectories)?;
    fields.set_item("turns", report.turns)?;
    fields.set_item("tokens", report.tokens)?;
    fields.set_item("bytes", report.bytes)?;
    fields.set_item("damage", PyTuple::new(py, report.damage)?)?;
    fields.set_item("unfinished_tail", report.unfinished_tail)?;
    fields.set_item("lost", PyTuple::new(py, lost)?)?;
    CLASS
        .import(py, "archer.salvage", "StoreReport")?
        .call((), Some(&fields))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(check_store, module)?)?;
    module.add_function(wrap_pyfunction!(repair_store, module)?)
}
