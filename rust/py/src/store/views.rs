//! What a store shows of its trajectories: batches, groups of ids, selections.

use archer_store::{Filter, Window};
use numpy::PyArray1;
use pyo3::prelude::*;

use super::TrajectoryStore;
use super::batches::{batch_to_python, packed_to_python};
use super::convert::array;
use crate::arguments::{Arg, Int, at_least, bounds, text, unit};
use crate::errors::{StoreError, store_error};

type Ids<'py> = Bound<'py, PyArray1<i64>>;

/// The arguments of `gather_turns` and of `ReplayBuffer.sample`.
pub fn window(
    n_step: Arg<'_>,
    discount: Arg<'_>,
    max_tokens: Option<&Bound<'_, PyAny>>,
) -> PyResult<Window> {
    let say = StoreError::new_err;
    let n_step = n_step.or(1, |value| at_least::<Int>(value, "n_step", 1, say))?;
    let discount = discount.or(1.0, |value| unit(value, "discount", say))?;
    let max_tokens = max_tokens.map(|value| at_least::<Int>(value, "max_tokens", 1, say));
    Window::new(n_step, discount, max_tokens.transpose()?).map_err(store_error)
}

#[pymethods]
impl TrajectoryStore {
    /// Whole trajectories as rows, with all their turns.
    ///
    /// Args:
    ///     ids: (B,) of trajectories; one may come several times.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store lacks one of them.
    ///     StoreError: The batch does not fit into memory.
    fn gather<'py>(&self, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = ids.py();
        let ids = integers(ids, "ids")?;
        batch_to_python(py, self.read(py, move |store| store.gather(&ids))?)
    }

    /// Rows that stop after the observation that answers the given turn, one turn each.
    ///
    /// Args:
    ///     ids: (N,) of trajectories.
    ///     turns: (N,) a turn of each.
    ///     n_step: Rewards to sum, fewer where the episode ends before: the row goes on to the
    ///         observation after turn ``t + n_step - 1``, where ``next_context_end`` lies, and
    ///         ``steps`` counts the rewards. A target is ``reward + discount ** steps * V(s')``.
    ///     discount: Of that sum, per turn, in [0, 1].
    ///     max_tokens: Longer rows lose their oldest turns, utterances with their answers and no
    ///         more than need be; the opening text stays.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store lacks one of the trajectories or turns.
    ///     StoreError: There are not as many turns as ids, an argument makes no sense, a row does not
    ///         fit into ``max_tokens`` even without the turns before the given one, or a sum of
    ///         rewards into float32.
    #[pyo3(
        signature = (
            ids, turns, *, n_step=Arg::Default, discount=Arg::Default, max_tokens=None
        ),
        text_signature = "($self, ids, turns, *, n_step=1, discount=1.0, max_tokens=None)"
    )]
    fn gather_turns<'py>(
        &self,
        ids: &Bound<'py, PyAny>,
        turns: &Bound<'py, PyAny>,
        n_step: Arg<'py>,
        discount: Arg<'py>,
        max_tokens: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = ids.py();
        let (ids, turns) = (integers(ids, "ids")?, integers(turns, "turns")?);
        let window = window(n_step, discount, max_tokens)?;
        let gather = move |store: &archer_store::Store| store.gather_turns(&ids, &turns, &window);
        batch_to_python(py, self.read(py, gather)?)
    }

    /// Whole trajectories end to end in one stream, without padding.
    ///
    /// Args:
    ///     ids: (B,) of trajectories.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store lacks one of them.
    ///     StoreError: The batch does not fit into memory.
    fn gather_packed<'py>(&self, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = ids.py();
        let ids = integers(ids, "ids")?;
        packed_to_python(py, self.read(py, move |store| store.gather_packed(&ids))?)
    }

    /// Split ids, in their order, into groups of at most ``max_tokens`` tokens.
    ///
    /// Each group takes trajectories until the next one does not fit; a trajectory that is longer
    /// than the budget is a group by itself.
    ///
    /// Args:
    ///     ids: of trajectories.
    ///     max_tokens: of a group.
    ///
    /// Returns:
    ///     int64 arrays, which hold all ids when put end to end.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store lacks one of them.
    ///     StoreError: ``max_tokens`` is not positive.
    fn pack<'py>(
        &self,
        ids: &Bound<'py, PyAny>,
        max_tokens: &Bound<'py, PyAny>,
    ) -> PyResult<Vec<Ids<'py>>> {
        let py = ids.py();
        let ids = integers(ids, "ids")?;
        let max_tokens = at_least::<Int>(max_tokens, "max_tokens", 1, StoreError::new_err)?;
        let groups = self.read(py, move |store| store.pack(&ids, max_tokens))?;
        let arrays = groups.into_iter().map(|ids| PyArray1::from_vec(py, ids));
        Ok(arrays.collect())
    }

    /// Ids of the trajectories that pass every filter given, ascending.
    ///
    /// Bounds are inclusive pairs (low, high), with None for an open end.
    ///
    /// Args:
    ///     env_id: The environment.
    ///     policy_version: Bounds.
    ///     episode_return: Bounds of the undiscounted sum of the rewards.
    ///     return_quantile: Bounds in [0, 1] of the place of that sum among the ``n`` that pass the
    ///         other filters. With their returns in ascending order, those pass that lie from the
    ///         one at ``ceil(low * (n - 1))`` to the one at ``floor(high * (n - 1))``, so that
    ///         equal returns pass together or not at all: (0.9, None) is about the best tenth.
    ///
    /// Returns:
    ///     int64 array.
    ///
    /// Raises:
    ///     StoreError: Bounds that no number lies between, or quantiles outside [0, 1].
    #[pyo3(signature = (
        *, env_id=None, policy_version=None, episode_return=None, return_quantile=None
    ))]
    fn select<'py>(
        &self,
        py: Python<'py>,
        env_id: Option<&Bound<'py, PyAny>>,
        policy_version: Option<&Bound<'py, PyAny>>,
        episode_return: Option<&Bound<'py, PyAny>>,
        return_quantile: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Ids<'py>> {
        let say = StoreError::new_err;
        let env_id = env_id.map(|value| text(value, "env_id", say)).transpose()?;
        let (low, high) = bounds::<Int>(policy_version, "policy_version", say)?;
        let episode_return = bounds(episode_return, "episode_return", say)?;
        let return_quantile = bounds(return_quantile, "return_quantile", say)?;
        let select = move |store: &archer_store::Store| {
            store.select(&Filter {
                env_id: env_id.as_deref(),
                policy_version: (low.map(|low| low.0), high.map(|high| high.0)),
                episode_return,
                return_quantile,
            })
        };
        Ok(PyArray1::from_vec(py, self.read(py, select)?))
    }
}

fn integers(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<i64>> {
    array(value, name, "int64").map_err(StoreError::new_err)
}
