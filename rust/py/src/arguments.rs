//! Arguments of any type as Rust's types. What is none of them, or out of range, is an error that
//! says `NAME = VALUE: give EXPECTED`, of the class that the caller names.

use std::path::PathBuf;

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyTuple};

type Any<'py> = Bound<'py, PyAny>;

/// Makes the error of a message, as `StoreError::new_err` does.
pub type Raise = fn(String) -> PyErr;

/// Beyond so many characters a message shows no more of what was given, unless it is an int.
const SHOWN: usize = 80;

/// Any Python int, where one beyond 64 bits is as good as the nearest bound.
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

impl From<Int> for i64 {
    fn from(int: Int) -> Self {
        int.0
    }
}

/// An argument that may be left out, which is not the same as None.
pub enum Arg<'py> {
    Default,
    Given(Any<'py>),
}

impl<'py> FromPyObject<'_, 'py> for Arg<'py> {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self::Given(value.to_owned()))
    }
}

impl Arg<'_> {
    /// What was given, or the default.
    pub fn or<T>(self, default: T, convert: impl FnOnce(&Any<'_>) -> PyResult<T>) -> PyResult<T> {
        match self {
            Self::Default => Ok(default),
            Self::Given(value) => convert(&value),
        }
    }
}

/// `NAME = VALUE: give EXPECTED`.
pub fn refused(value: &Any<'_>, name: &str, expected: &str, raise: Raise) -> PyErr {
    raise(format!("{name} = {}: give {expected}", shown(value)))
}

/// Its representation; its type where it has none, as an int of thousands of digits.
fn shown(value: &Any<'_>) -> String {
    let Ok(text) = value.repr() else {
        return format!("this {}", value.get_type());
    };
    let text = text.to_string_lossy();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) if !value.is_instance_of::<PyInt>() => {
            format!("{}…", text.get(..end).unwrap_or_default())
        }
        _ => text.into_owned(),
    }
}

pub fn extracted<'py, T: for<'a> FromPyObject<'a, 'py>>(
    value: &Any<'py>,
    name: &str,
    expected: &str,
    raise: Raise,
) -> PyResult<T> {
    value
        .extract()
        .map_err(|_| refused(value, name, expected, raise))
}

/// An int from `least` on. `T` is `i64`, or `Int` where there is no bound above.
pub fn at_least<'py, T: for<'a> FromPyObject<'a, 'py> + Into<i64>>(
    value: &Any<'py>,
    name: &str,
    least: i64,
    raise: Raise,
) -> PyResult<i64> {
    let expected = format!("an int of at least {least}");
    let int = extracted::<T>(value, name, &expected, raise)?.into();
    if int < least {
        return Err(refused(value, name, &expected, raise));
    }
    Ok(int)
}

/// A number from 0 to 1, as exponents, discounts and λ are.
pub fn unit(value: &Any<'_>, name: &str, raise: Raise) -> PyResult<f64> {
    let expected = "a number from 0 to 1";
    let number = extracted(value, name, expected, raise)?;
    if !(0.0..=1.0).contains(&number) {
        return Err(refused(value, name, expected, raise));
    }
    Ok(number)
}

pub fn flag(value: &Any<'_>, name: &str, raise: Raise) -> PyResult<bool> {
    extracted(value, name, "True or False", raise)
}

pub fn text(value: &Any<'_>, name: &str, raise: Raise) -> PyResult<String> {
    extracted(value, name, "a str that UTF-8 can encode", raise)
}

pub fn path(value: &Any<'_>, name: &str, raise: Raise) -> PyResult<PathBuf> {
    extracted(value, name, "a str or os.PathLike", raise)
}

/// A pair of inclusive bounds in the right order, None where there is none.
pub fn bounds<'py, T: PartialOrd + Copy + for<'a> FromPyObject<'a, 'py>>(
    value: Option<&Any<'py>>,
    name: &str,
    raise: Raise,
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
        _ => Err(refused(value, name, expected, raise)),
    }
}
