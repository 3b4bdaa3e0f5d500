//! What a store's methods are given, as Rust's types; what is none of them is a `StoreError`.

use std::path::PathBuf;

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::errors::StoreError;

/// Any Python int; one beyond 64 bits becomes the nearest bound, which every check then refuses as
/// it refuses other numbers out of range.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Int(pub i64);

impl<'py> FromPyObject<'_, 'py> for Int {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match value.extract() {
            Ok(int) => Ok(Self(int)),
            Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
                Ok(Self(if value.lt(0)? { i64::MIN } else { i64::MAX }))
            }
            Err(error) => Err(error),
        }
    }
}

/// An argument that may be left out, which is not the same as None.
pub enum Arg<'py> {
    Default,
    Given(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Arg<'py> {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self::Given(value.to_owned()))
    }
}

impl Arg<'_> {
    /// What was given, or the default.
    pub fn or<T>(
        self,
        default: T,
        convert: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> PyResult<T> {
        match self {
            Self::Default => Ok(default),
            Self::Given(value) => convert(&value),
        }
    }
}

/// `NAME = VALUE: give EXPECTED`.
pub fn refused(name: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    let given = value
        .repr()
        .map_or_else(|_| "?".into(), |repr| repr.to_string_lossy().into_owned());
    StoreError::new_err(format!("{name} = {given}: give {expected}"))
}

pub fn extracted<'py, T: for<'a> FromPyObject<'a, 'py>>(
    value: &Bound<'py, PyAny>,
    name: &str,
    expected: &str,
) -> PyResult<T> {
    value.extract().map_err(|_| refused(name, value, expected))
}

/// An int from `least` on; one beyond 64 bits becomes the largest.
pub fn at_least(value: &Bound<'_, PyAny>, name: &str, least: i64) -> PyResult<i64> {
    let expected = format!("an int >= {least}");
    let Int(int) = extracted(value, name, &expected)?;
    if int < least {
        return Err(refused(name, value, &expected));
    }
    Ok(int)
}

pub fn flag(value: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    extracted(value, name, "True or False")
}

pub fn text(value: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    extracted(value, name, "a str that UTF-8 can encode")
}

pub fn path(value: &Bound<'_, PyAny>, name: &str) -> PyResult<PathBuf> {
    extracted(value, name, "a str or os.PathLike")
}

/// A pair of inclusive bounds in the right order, None where there is none.
pub fn bounds<'py, T: PartialOrd + Copy + for<'a> FromPyObject<'a, 'py>>(
    value: Option<&Bound<'py, PyAny>>,
    name: &str,
) -> PyResult<(Option<T>, Option<T>)> {
    let Some(value) = value else {
        return Ok((None, None));
    };
    let expected = "(low, high) with low <= high, None for an open end";
    let pair = value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyList>();
    let pair: Option<[Option<T>; 2]> = if pair { value.extract().ok() } else { None };
    let ordered = |low: &T, high: &T| low <= high;
    match pair {
        Some([low, high])
            if low
                .or(high)
                .zip(high.or(low))
                .is_none_or(|(a, b)| ordered(&a, &b)) =>
        {
            Ok((low, high))
        }
        _ => Err(refused(name, value, expected)),
    }
}
