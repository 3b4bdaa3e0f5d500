//! The only crate that knows Python: it converts arguments, releases the GIL and maps errors.

mod arguments;
mod env;
mod errors;
mod fork;
mod replay;
mod returns;
mod salvage;
mod store;
mod tasks;

use pyo3::prelude::*;

/// The native half of `archer`; `python/archer/_rust.pyi` describes it to type checkers.
#[pymodule]
fn _rust(module: &Bound<'_, PyModule>) -> PyResult<()> {
    fork::register(module)?;
    env::register(module)?;
    store::register(module)?;
    salvage::register(module)?;
    replay::register(module)?;
    returns::register(module)?;
    tasks::register(module)?;
    Ok(())
}
