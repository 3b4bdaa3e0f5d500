#![allow(clippy::doc_markdown)] // these are Python's docstrings

//! Trajectories as flat columns, in and out.

use std::sync::Arc;

use archer_store::Columns;
use numpy::PyArray1;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyRange, PySequence, PyString, PyType};

use super::TrajectoryStore;
use super::convert::{array, field, json_loads};
use crate::errors::{StoreError, TrajectoryError};

#[pymethods]
impl TrajectoryStore {
    /// Append many episodes that lie in flat columns, all of them or none; the fastest way in.
    ///
    /// Args:
    ///     columns: The episodes, one a row. ``extra`` is stored as it is given.
    ///
    /// Returns:
    ///     Their ids.
    ///
    /// Raises:
    ///     TrajectoryError: The columns contradict each other; the message names the row.
    ///     StoreLockedError: The store is closed or read-only.
    ///     StoreIOError: The operating system refused; the store is then as it was.
    fn extend_columns<'py>(&self, columns: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyRange>> {
        let py = columns.py();
        let columns = columns_from_python(columns)?;
        let ids = self.write(py, move |store| store.extend_columns(&columns))?;
        PyRange::new(py, ids.start.cast_signed(), ids.end.cast_signed())
    }

    /// The trajectories with these ids as flat columns, in this order; the fastest way out.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store lacks one of them.
    ///     StoreError: They do not fit into memory.
    fn columns<'py>(&self, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = ids.py();
        let ids = array(ids, "ids", "int64").map_err(StoreError::new_err)?;
        columns_to_python(py, self.read(py, move |store| store.columns(&ids))?)
    }
}

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "archer.types", "TrajectoryColumns")
}

fn columns_from_python(value: &Bound<'_, PyAny>) -> PyResult<Columns> {
    if !value.is_instance(class(value.py())?)? {
        let given = value.get_type().name()?;
        return Err(TrajectoryError::new_err(format!(
            "extend_columns takes TrajectoryColumns, not this {given}"
        )));
    }
    let columns = Columns {
        tokens: field(value, "tokens", |v| array(v, "tokens", "int64"))?,
        boundaries: field(value, "boundaries", |v| array(v, "boundaries", "int64"))?,
        rewards: field(value, "rewards", |v| array(v, "rewards", "float32"))?,
        logprobs: field(value, "logprobs", |v| array(v, "logprobs", "float32"))?,
        num_tokens: field(value, "num_tokens", |v| array(v, "num_tokens", "int64"))?,
        num_turns: field(value, "num_turns", |v| array(v, "num_turns", "int64"))?,
        terminated: field(value, "terminated", |v| array(v, "terminated", "bool"))?,
        truncated: field(value, "truncated", |v| array(v, "truncated", "bool"))?,
        policy_version: field(value, "policy_version", |v| {
            array(v, "policy_version", "int64")
        })?,
        seed: field(value, "seed", seeds)?,
        env_id: field(value, "env_id", |v| texts(v, "env_id"))?,
        extra: field(value, "extra", |v| texts(v, "extra"))?,
    };
    // Long texts are also tried with the parser that will read them, which has its own limits.
    for (row, text) in columns.extra.iter().enumerate() {
        if text.len() > 256
            && let Err(error) = json_loads(value.py(), text)
        {
            let problem = error.value(value.py());
            return Err(TrajectoryError::new_err(format!(
                "row {row}: extra is not the text of a JSON object: {problem}"
            )));
        }
    }
    Ok(columns)
}

/// Seeds as uint64, which `NumPy` does not make of the int64 that a list of ints is to it.
fn seeds(value: &Bound<'_, PyAny>) -> Result<Vec<u64>, String> {
    array(value, "seed", "uint64").or_else(|message| {
        let signed: Vec<i64> = array(value, "seed", "int64").map_err(|_| message)?;
        let convert = |(row, seed): (usize, i64)| {
            u64::try_from(seed).map_err(|_| format!("row {row}: seed = {seed} is negative"))
        };
        signed.into_iter().enumerate().map(convert).collect()
    })
}

/// The texts; rows that follow each other and hold the same object share one.
fn texts(value: &Bound<'_, PyAny>, name: &str) -> Result<Vec<Arc<str>>, String> {
    let convert = || -> PyResult<Vec<Arc<str>>> {
        let mut last: Option<(Bound<'_, PyAny>, Arc<str>)> = None;
        let mut texts = Vec::with_capacity(value.len()?);
        if value.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("this is one str"));
        }
        for item in value.cast::<PySequence>()?.to_list()? {
            let text = match last.take() {
                Some((object, text)) if object.is(&item) => text,
                _ => Arc::from(item.cast::<PyString>()?.to_str()?),
            };
            texts.push(Arc::clone(&text));
            last = Some((item, text));
        }
        Ok(texts)
    };
    convert().map_err(|error| {
        let problem = error.value(value.py()).to_string();
        format!("{name} must be a list of str that UTF-8 can encode: {problem}")
    })
}

fn columns_to_python(py: Python<'_>, columns: Columns) -> PyResult<Bound<'_, PyAny>> {
    let fields = PyDict::new(py);
    for (name, values) in [
        ("tokens", columns.tokens),
        ("boundaries", columns.boundaries),
        ("num_tokens", columns.num_tokens),
        ("num_turns", columns.num_turns),
        ("policy_version", columns.policy_version),
    ] {
        fields.set_item(name, PyArray1::from_vec(py, values))?;
    }
    for (name, values) in [("rewards", columns.rewards), ("logprobs", columns.logprobs)] {
        fields.set_item(name, PyArray1::from_vec(py, values))?;
    }
    for (name, values) in [
        ("terminated", columns.terminated),
        ("truncated", columns.truncated),
    ] {
        fields.set_item(name, PyArray1::from_vec(py, values))?;
    }
    fields.set_item("seed", PyArray1::from_vec(py, columns.seed))?;
    for (name, texts) in [("env_id", &columns.env_id), ("extra", &columns.extra)] {
        fields.set_item(name, PyList::new(py, texts.iter().map(|text| &**text))?)?;
    }
    class(py)?.call((), Some(&fields))
}
