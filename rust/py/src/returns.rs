#![allow(clippy::doc_markdown)] // these are Python's docstrings

use archer_replay::{Error, Turns};
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::arguments::unit;
use crate::errors::{ReplayError, replay_error};
use crate::replay::whole;
use crate::store::array;

type Any<'py> = Bound<'py, PyAny>;
type Returns<'py> = Bound<'py, PyArray1<f32>>;

/// n-step returns: ``n`` rewards and then the value of the state that follows, discounted.
///
/// ``G_t = r_t + γ r_{t+1} + … + γ**(m-1) r_{t+m-1} + γ**m v_next_{t+m-1}``, with ``m = n`` or, where
/// the episode is over sooner, the turns left. There is no bootstrap after a termination; there is
/// one after a truncation and after the last turn of an episode that was stored unfinished.
///
/// Args:
///     reward: (N,) float32, of turns in the order of a `archer.types.TurnBatch`.
///     v_next: (N,) float32, value of the state after each turn.
///     terminated: (N,) bool, the episode terminated with this turn.
///     row: (N,) int64, never decreasing: turns of one row are one episode.
///     n: Number of rewards, at least 1.
///     discount: From 0 to 1.
///
/// Returns:
///     (N,) float32.
///
/// Raises:
///     ReplayError: The lengths differ, a number is not finite or out of its range, or rows
///         decrease.
#[pyfunction]
fn n_step_returns<'py>(
    reward: &Any<'py>,
    v_next: &Any<'py>,
    terminated: &Any<'py>,
    row: &Any<'py>,
    n: &Any<'py>,
    discount: &Any<'py>,
) -> PyResult<Returns<'py>> {
    let n = whole(n, "n", 1)?;
    returns(
        [reward, v_next, terminated, row],
        discount,
        |turns, discount| turns.n_step(n, discount),
    )
}

/// λ-returns: the average of all n-step returns, weighed by ``(1 - lam) lam**(n - 1)``.
///
/// ``G_t = r_t + γ ((1 - lam) v_next_t + lam G_{t+1})`` (Sutton and Barto, 2018, section 12.1), and at
/// the last turn of an episode ``r_t`` if it terminated, else ``r_t + γ v_next_t``.
///
/// Args:
///     reward: (N,) float32, of turns in the order of a `archer.types.TurnBatch`.
///     v_next: (N,) float32, value of the state after each turn.
///     terminated: (N,) bool, the episode terminated with this turn.
///     row: (N,) int64, never decreasing: turns of one row are one episode.
///     lam: λ, from 0 (one step) to 1 (all rewards).
///     discount: From 0 to 1.
///
/// Returns:
///     (N,) float32.
///
/// Raises:
///     ReplayError: The lengths differ, a number is not finite or out of its range, or rows
///         decrease.
#[pyfunction]
fn lambda_returns<'py>(
    reward: &Any<'py>,
    v_next: &Any<'py>,
    terminated: &Any<'py>,
    row: &Any<'py>,
    lam: &Any<'py>,
    discount: &Any<'py>,
) -> PyResult<Returns<'py>> {
    let lam = unit(lam, "lam", ReplayError::new_err)?;
    returns(
        [reward, v_next, terminated, row],
        discount,
        |turns, discount| turns.lambda(lam, discount),
    )
}

fn returns<'py>(
    [reward, v_next, terminated, row]: [&Any<'py>; 4],
    discount: &Any<'py>,
    compute: impl FnOnce(&Turns<'_>, f64) -> Result<Vec<f32>, Error> + Send,
) -> PyResult<Returns<'py>> {
    let say = ReplayError::new_err;
    let discount = unit(discount, "discount", say)?;
    let (rewards, values): (Vec<f32>, Vec<f32>) = (
        array(reward, "reward", "float32").map_err(say)?,
        array(v_next, "v_next", "float32").map_err(say)?,
    );
    let terminated: Vec<bool> = array(terminated, "terminated", "bool").map_err(say)?;
    let row: Vec<i64> = array(row, "row", "int64").map_err(say)?;
    let py = reward.py();
    let computed = py.detach(|| {
        let turns = Turns {
            reward: &rewards,
            v_next: &values,
            terminated: &terminated,
            row: &row,
        };
        compute(&turns, discount)
    });
    Ok(PyArray1::from_vec(py, computed.map_err(replay_error)?))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(n_step_returns, module)?)?;
    module.add_function(wrap_pyfunction!(lambda_returns, module)?)
}
