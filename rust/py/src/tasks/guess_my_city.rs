//! `archer._rust.guess_my_city_bank` and `guess_my_city_answers`: what scripts may ask.

use archer_env::guess_my_city::{Knowledge, Reply, candidates};
use archer_env::parse_options;
use pyo3::prelude::*;

use crate::errors::env_error;

/// The name of each city, questions of yes or no, and the indices of the cities that may be hidden.
#[pyfunction]
fn guess_my_city_bank(
    options: &str,
) -> PyResult<(Vec<&'static str>, Vec<&'static str>, Vec<usize>)> {
    let knowledge = Knowledge::full();
    let names = knowledge.cities().iter().map(|city| city.name).collect();
    let hidden = parse_options(options)
        .and_then(|options| candidates(knowledge, options.get("cities")))
        .map_err(env_error)?;
    Ok((names, knowledge.questions().to_vec(), hidden))
}

/// The reply to each text by each city: 2 if it is named, 1 for yes, 0 for no, -1 for anything else.
#[pyfunction]
fn guess_my_city_answers(py: Python<'_>, texts: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<i64>>> {
    let texts: Vec<String> = texts.extract()?;
    let knowledge = Knowledge::full();
    let code = |city: usize, text: &str| match knowledge.reply(city, text) {
        Reply::Named => 2,
        Reply::Yes(_) => 1,
        Reply::No(_) => 0,
        Reply::Told(_) | Reply::NotUnderstood => -1,
    };
    let cities = 0..knowledge.cities().len();
    let row = |text: &String| cities.clone().map(|city| code(city, text)).collect();
    Ok(py.detach(|| texts.iter().map(row).collect()))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(guess_my_city_bank, module)?)?;
    module.add_function(wrap_pyfunction!(guess_my_city_answers, module)?)
}
