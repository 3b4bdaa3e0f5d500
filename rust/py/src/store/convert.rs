//! Between `archer.types` and the structs of the store.

use archer_store::Trajectory;
use numpy::{Element, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

use crate::errors::{CorruptStoreError, TrajectoryError};

/// A one-dimensional array as a vector of its own. Anything that `NumPy` casts within its kind will
/// do; an error is a message.
pub fn array<T: Element + Copy>(
    value: &Bound<'_, PyAny>,
    name: &str,
    dtype: &str,
) -> Result<Vec<T>, String> {
    let convert = || -> PyResult<Vec<T>> {
        if let Ok(array) = value.extract::<PyReadonlyArray1<T>>() {
            return Ok(array.as_array().to_vec());
        }
        let array = value
            .py()
            .import("numpy")?
            .call_method1("asarray", (value,))?;
        if array.getattr("shape")?.eq((0,))? {
            return Ok(Vec::new()); // an empty list says nothing of its type
        }
        let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
        if kind == "b" && dtype.contains("int") {
            let message = "bools are a mask, not numbers; np.flatnonzero gives its indices";
            return Err(PyTypeError::new_err(message));
        }
        if kind == "u" && dtype == "int64" {
            let largest = array.call_method0("max")?; // NumPy would wrap it
            if largest.gt(i64::MAX)? {
                return Err(PyOverflowError::new_err(format!("it holds {largest}")));
            }
        }
        let options = PyDict::new(value.py());
        options.set_item("casting", "same_kind")?;
        let array = array.call_method("astype", (dtype,), Some(&options))?;
        Ok(array.extract::<PyReadonlyArray1<T>>()?.as_array().to_vec())
    };
    convert().map_err(|error| {
        let given = value
            .get_type()
            .name()
            .map_or_else(|_| "?".into(), |name| name.to_string());
        format!(
            "{name} must be a one-dimensional array of {dtype}, not this {given}: {}",
            error.value(value.py())
        )
    })
}

fn trajectory_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "archer.types", "Trajectory")
}

pub fn trajectory_from_python(value: &Bound<'_, PyAny>) -> PyResult<Trajectory> {
    if !value.is_instance(trajectory_class(value.py())?)? {
        let given = value.get_type().name()?;
        return Err(TrajectoryError::new_err(format!(
            "append takes a Trajectory, not this {given}"
        )));
    }
    Ok(Trajectory {
        tokens: field(value, "tokens", |v| array(v, "tokens", "int64"))?,
        boundaries: field(value, "boundaries", |v| array(v, "boundaries", "int64"))?,
        rewards: field(value, "rewards", |v| array(v, "rewards", "float32"))?,
        logprobs: field(value, "logprobs", |v| array(v, "logprobs", "float32"))?,
        terminated: field(value, "terminated", |v| {
            plain(v, "terminated must be a bool")
        })?,
        truncated: field(value, "truncated", |v| plain(v, "truncated must be a bool"))?,
        policy_version: field(value, "policy_version", |v| {
            plain(v, "policy_version must be an int from 0 to 2**63 - 1")
        })?,
        env_id: field(value, "env_id", |v| {
            plain(v, "env_id must be a str that UTF-8 can encode")
        })?,
        seed: field(value, "seed", |v| {
            plain(v, "seed must be an int from 0 to 2**64 - 1")
        })?,
        extra: field(value, "extra", json_text)?,
    })
}

pub fn field<'py, T>(
    value: &Bound<'py, PyAny>,
    name: &str,
    convert: impl FnOnce(&Bound<'py, PyAny>) -> Result<T, String>,
) -> PyResult<T> {
    convert(&value.getattr(name)?).map_err(TrajectoryError::new_err)
}

fn plain<'py, T: for<'a> FromPyObject<'a, 'py>>(
    value: &Bound<'py, PyAny>,
    expected: &str,
) -> Result<T, String> {
    value
        .extract()
        .map_err(|_| format!("{expected}, not {value}"))
}

/// Compact JSON with sorted keys, so that equal contents give equal bytes.
fn json_text(extra: &Bound<'_, PyAny>) -> Result<String, String> {
    static ENCODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = extra.py();
    let encode = || -> PyResult<Py<PyAny>> {
        let options = PyDict::new(py);
        options.set_item("sort_keys", true)?;
        options.set_item("separators", (",", ":"))?;
        options.set_item("allow_nan", false)?;
        let encoder = py
            .import("json")?
            .call_method("JSONEncoder", (), Some(&options))?;
        Ok(encoder.getattr("encode")?.unbind())
    };
    let dump = || -> PyResult<String> {
        let object = py.get_type::<PyDict>().call1((extra,))?;
        if object.len()? == 0 {
            return Ok("{}".into());
        }
        let encode = ENCODE.get_or_try_init(py, encode)?;
        encode.bind(py).call1((object,))?.extract()
    };
    dump().map_err(|error| {
        format!(
            "extra must be a small JSON object: {}",
            error.value(extra.py())
        )
    })
}

pub fn json_loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if text == "{}" {
        return Ok(PyDict::new(py).into_any());
    }
    LOADS.import(py, "json", "loads")?.call1((text,))
}

pub fn trajectory_to_python(
    py: Python<'_>,
    id: i64,
    trajectory: Trajectory,
) -> PyResult<Bound<'_, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("tokens", PyArray1::from_vec(py, trajectory.tokens))?;
    fields.set_item("boundaries", PyArray1::from_vec(py, trajectory.boundaries))?;
    fields.set_item("rewards", PyArray1::from_vec(py, trajectory.rewards))?;
    fields.set_item("logprobs", PyArray1::from_vec(py, trajectory.logprobs))?;
    fields.set_item("terminated", trajectory.terminated)?;
    fields.set_item("truncated", trajectory.truncated)?;
    fields.set_item("policy_version", trajectory.policy_version)?;
    fields.set_item("env_id", trajectory.env_id)?;
    fields.set_item("seed", trajectory.seed)?;
    // It is a JSON object, but the parser has limits of its own, of depth and of digits.
    let extra = json_loads(py, &trajectory.extra).map_err(|error| {
        let problem = error.value(py);
        CorruptStoreError::new_err(format!(
            "extra of trajectory {id} cannot be read: {problem}"
        ))
    })?;
    fields.set_item("extra", extra)?;
    trajectory_class(py)?.call((), Some(&fields))
}
