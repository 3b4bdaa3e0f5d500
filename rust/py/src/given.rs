//! Arguments of any type: what is wrong with one is said where its name is known.

use pyo3::prelude::*;

/// What was given, or what it looks like if it is no `T`, such as an int beyond its 64 bits.
pub struct Given<T>(pub Result<T, String>);

/// Beyond it a message shows no more of what was given.
const SHOWN: usize = 80;

impl<T> Given<T> {
    /// What a caller leaves out.
    pub const fn default(value: T) -> Self {
        Self(Ok(value))
    }

    /// # Errors
    /// A message of what was given instead.
    pub fn or_say(self, name: &str, expected: &str) -> Result<T, String> {
        self.0
            .map_err(|given| format!("{name} = {given}: give {expected}"))
    }
}

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Given<T> {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(value.extract().map_err(|_| shown(&value))))
    }
}

/// Its representation; its type where it has none, as an int of thousands of digits.
fn shown(value: &Bound<'_, PyAny>) -> String {
    let Ok(text) = value.repr() else {
        return format!("this {}", value.get_type());
    };
    let text = text.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
