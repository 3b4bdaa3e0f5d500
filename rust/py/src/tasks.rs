//! What single tasks tell beside their environments, one module a task.

mod chess;
mod guess_my_city;
mod text_nav;
mod wordle;

use pyo3::prelude::*;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    chess::register(module)?;
    guess_my_city::register(module)?;
    text_nav::register(module)?;
    wordle::register(module)
}
