//! `archer._rust.text_nav_shortest`: shortest solutions of houses.

use archer_env::parse_options;
use archer_env::text_nav::TextNav;
use pyo3::prelude::*;

use crate::errors::env_error;

/// A shortest list of commands that completes the quest of a house; options as a JSON object.
#[pyfunction]
fn text_nav_shortest(py: Python<'_>, house: u64, options: &str) -> PyResult<Vec<String>> {
    let solve = || TextNav::new(&parse_options(options)?)?.shortest(house);
    py.detach(solve).map_err(env_error)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(text_nav_shortest, module)?)
}
