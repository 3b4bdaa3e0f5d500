//! Chess positions as FEN: their moves, their ends and what is best.

#![allow(clippy::doc_markdown)] // these are Python's docstrings

use archer_env::chess;
use pyo3::prelude::*;

use crate::errors::env_error;

/// All legal moves, in SAN.
#[pyfunction]
fn chess_moves(fen: &str) -> PyResult<Vec<String>> {
    chess::legal(fen).map_err(env_error)
}

/// The position after a move as an agent may write it; None if it is not legal.
#[pyfunction]
fn chess_after(fen: &str, said: &str) -> PyResult<Option<String>> {
    chess::after(fen, said).map_err(env_error)
}

/// Why the game is over, repetitions apart; None if it is not.
#[pyfunction]
fn chess_ending(fen: &str) -> PyResult<Option<&'static str>> {
    chess::ending(fen).map_err(env_error)
}

/// The move that the built-in opponent finds at a depth from 1 to 5; None if there is none.
#[pyfunction]
fn chess_search(py: Python<'_>, fen: &str, depth: u32, seed: u64) -> PyResult<Option<String>> {
    py.detach(|| chess::search_move(fen, depth, seed))
        .map_err(env_error)
}

/// Plies to mate of a three-piece ending under best play; None in a draw.
#[pyfunction]
fn chess_distance(py: Python<'_>, fen: &str) -> PyResult<Option<u8>> {
    py.detach(|| chess::distance(fen)).map_err(env_error)
}

/// The moves of best play in a three-piece ending; None for other positions.
#[pyfunction]
fn chess_best(py: Python<'_>, fen: &str) -> PyResult<Option<Vec<String>>> {
    py.detach(|| chess::best(fen)).map_err(env_error)
}

/// The value of a three-piece ending to the side to move, which has the piece; None otherwise.
#[pyfunction]
fn chess_value(py: Python<'_>, fen: &str, discount: f64, random: bool) -> PyResult<Option<f64>> {
    py.detach(|| chess::value(fen, discount, random))
        .map_err(env_error)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(chess_moves, module)?)?;
    module.add_function(wrap_pyfunction!(chess_after, module)?)?;
    module.add_function(wrap_pyfunction!(chess_ending, module)?)?;
    module.add_function(wrap_pyfunction!(chess_search, module)?)?;
    module.add_function(wrap_pyfunction!(chess_distance, module)?)?;
    module.add_function(wrap_pyfunction!(chess_best, module)?)?;
    module.add_function(wrap_pyfunction!(chess_value, module)?)
}
