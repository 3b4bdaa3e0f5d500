#![allow(clippy::doc_markdown)] // these are Python's docstrings

mod access;
mod options;
mod state;

use std::sync::{Arc, Mutex, RwLock};

pub use access::whole;
use access::{positive, scheme};
use archer_replay::{Normalize, Options, Replay};
use archer_store::Store;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::arguments::{Arg, extracted, unit};
use crate::errors::{ReplayError, replay_error};
use crate::store::{TrajectoryStore, array, batch_to_python, window};

/// A first-in-first-out window on a store's turns, sampled uniformly or by priority.
///
/// Draws are a function of the seed and of the calls before them. Threads may share a buffer.
///
/// Args:
///     store: Where the turns lie.
///     capacity: Most turns held; the oldest trajectories leave first, whole.
///     alpha: Exponent of the priorities, from 0 (uniform) to 1.
///     beta: Exponent of the importance weights, from 0 (none) to 1 (unbiased); can be set later.
///     epsilon: Added to every absolute temporal-difference error.
///     half_life: Policy versions after which a priority counts half, measured from the newest
///         version held; None for no decay. With ``alpha=0`` age alone decides. Importance weights
///         leave this preference for fresh turns as it is.
///     normalize: Whose importance weight is 1: "batch", of the turn of a batch that has the largest;
///         "max", of the turn held that has the smallest positive priority.
///     seed: Of the draws, from 0 to 2**64 - 1.
///
/// Raises:
///     ReplayError: One of these is of a wrong type or out of range.
#[pyclass(subclass, frozen, module = "archer.replay")]
pub struct ReplayBuffer {
    /// The store of which this is a window.
    #[pyo3(get)]
    store: Py<TrajectoryStore>,
    shared: Arc<RwLock<Store>>,
    replay: Mutex<Replay>,
}

#[pymethods]
impl ReplayBuffer {
    #[new]
    #[pyo3(
        signature = (
            store, capacity=Arg::Default, *, alpha=Arg::Default, beta=Arg::Default,
            epsilon=Arg::Default, half_life=None, normalize=Arg::Default, seed=Arg::Default
        ),
        text_signature = "(store, capacity=100000, *, alpha=0.0, beta=0.4, epsilon=1e-06, \
            half_life=None, normalize='batch', seed=0)"
    )]
    #[allow(clippy::too_many_arguments)] // they are Python's keywords
    fn new(
        store: &Bound<'_, PyAny>,
        capacity: Arg<'_>,
        alpha: Arg<'_>,
        beta: Arg<'_>,
        epsilon: Arg<'_>,
        half_life: Option<&Bound<'_, PyAny>>,
        normalize: Arg<'_>,
        seed: Arg<'_>,
    ) -> PyResult<Self> {
        let say = ReplayError::new_err;
        let expected = "a TrajectoryStore, such as TrajectoryStore(path)";
        let store: Py<TrajectoryStore> = extracted(store, "store", expected, say)?;
        let versions = "a finite number of policy versions > 0, or None";
        let half_life = half_life.map(|value| extracted(value, "half_life", versions, say));
        let options = Options {
            capacity: capacity.or(100_000, |value| positive(value, "capacity"))?,
            alpha: alpha.or(0.0, |value| unit(value, "alpha", say))?,
            beta: beta.or(0.4, |value| unit(value, "beta", say))?,
            epsilon: epsilon.or(1e-6, |value| {
                extracted(value, "epsilon", "a finite number >= 0", say)
            })?,
            half_life: half_life.transpose()?,
            normalize: normalize.or(Normalize::Batch, access::normalize)?,
            seed: seed.or(0, |value| {
                extracted(value, "seed", "an int from 0 to 2**64 - 1", say)
            })?,
        };
        Ok(Self {
            shared: store.get().shared(),
            store,
            replay: Mutex::new(Replay::new(options).map_err(replay_error)?),
        })
    }

    /// Take in the turns of a trajectory at the largest priority held, 1 if none is positive.
    ///
    /// That is the largest before decay, so that a fresh turn can win over every older one.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store lacks it.
    ///     ReplayError: It is held already or has more turns than the capacity, or the store was
    ///         truncated below a trajectory that is held, whose id may be another's by now: no method
    ///         but `evict` and `load` goes on then.
    fn add(&self, trajectory_id: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, say) = (trajectory_id.py(), ReplayError::new_err);
        let id = extracted(
            trajectory_id,
            "trajectory_id",
            "the id of a trajectory, an int",
            say,
        )?;
        self.with_store(py, move |replay, store| replay.add(store, id))
    }

    /// Add trajectories one after another, all of them or none.
    ///
    /// Raises:
    ///     UnknownTrajectoryError: The store lacks one.
    ///     ReplayError: One is held already, given twice, or has more turns than the capacity; or as
    ///         in `add`.
    fn extend(&self, trajectory_ids: &Bound<'_, PyAny>) -> PyResult<()> {
        let ids = array(trajectory_ids, "trajectory_ids", "int64").map_err(ReplayError::new_err)?;
        self.with_store(trajectory_ids.py(), move |replay, store| {
            replay.extend(store, &ids)
        })
    }

    /// Drop the oldest trajectories, whole.
    ///
    /// Raises:
    ///     ReplayError: The number is negative, or fewer are held.
    fn evict(&self, num_trajectories: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = whole(num_trajectories, "num_trajectories", 0)?;
        self.with(num_trajectories.py(), move |replay| replay.evict(number))
    }

    /// Draw turns: where they are and what they weigh, as `archer.types.Draws`.
    ///
    /// Turn ``i`` has probability ``P(i) = w_i / sum(w)`` over the decayed priorities held. Its
    /// importance weight is ``(p_min / p_i) ** beta`` of the priorities before decay, which corrects
    /// for the preference for large errors (Schaul et al., 2016) and leaves the one for fresh turns.
    ///
    /// Args:
    ///     batch_size: Number of turns.
    ///     replace: False draws turns that all differ, each from the rest, whose probabilities are
    ///         scaled up to sum to 1; the importance weights are still those of ``P(i)``.
    ///     stratified: With replacement, draw one turn from each of ``batch_size`` equal stretches
    ///         of the total, which lowers the variance; False draws independently.
    ///
    /// Raises:
    ///     ReplayError: The buffer is empty, every turn held has priority zero, the batch size is
    ///         not positive, or it is larger than the number of turns that can differ; or as in `add`.
    #[pyo3(
        signature = (batch_size, *, replace=Arg::Default, stratified=Arg::Default),
        text_signature = "($self, batch_size, *, replace=True, stratified=True)"
    )]
    fn draw<'py>(
        &self,
        batch_size: &Bound<'py, PyAny>,
        replace: Arg<'py>,
        stratified: Arg<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let py = batch_size.py();
        let batch_size = positive(batch_size, "batch_size")?;
        let scheme = scheme(replace, stratified)?;
        let draws = self.with_store(py, |replay, store| replay.draw(store, batch_size, scheme))?;
        CLASS.import(py, "archer.types", "Draws")?.call1((
            PyArray1::from_vec(py, draws.trajectory),
            PyArray1::from_vec(py, draws.turn),
            PyArray1::from_vec(py, draws.weight),
        ))
    }

    /// Draw turns as `draw` does, and gather them as `TrajectoryStore.gather_turns` does, one a row.
    ///
    /// Raises:
    ///     ReplayError: As `draw`. UnknownTrajectoryError: The store has lost a turn that is held.
    ///     StoreError: As `TrajectoryStore.gather_turns`.
    #[pyo3(
        signature = (
            batch_size, *, replace=Arg::Default, stratified=Arg::Default,
            n_step=Arg::Default, discount=Arg::Default, max_tokens=None
        ),
        text_signature = "($self, batch_size, *, replace=True, stratified=True, n_step=1, discount=1.0, max_tokens=None)"
    )]
    fn sample<'py>(
        &self,
        batch_size: &Bound<'py, PyAny>,
        replace: Arg<'py>,
        stratified: Arg<'py>,
        n_step: Arg<'py>,
        discount: Arg<'py>,
        max_tokens: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = batch_size.py();
        let batch_size = positive(batch_size, "batch_size")?;
        let scheme = scheme(replace, stratified)?;
        let window = window(n_step, discount, max_tokens)?;
        let batch = self.draw_and_gather(
            py,
            |replay, store| replay.draw(store, batch_size, scheme),
            |store, draws| {
                let mut batch = store.gather_turns(&draws.trajectory, &draws.turn, &window)?;
                batch.turns.weight = draws.weight;
                Ok(batch)
            },
        )?;
        batch_to_python(py, batch)
    }

    /// Draw whole trajectories, each as likely as any other held.
    ///
    /// They are all different if ``batch_size`` is at most their number, else independent draws.
    ///
    /// Raises:
    ///     ReplayError: The buffer is empty or the batch size not positive; or as in `add`.
    fn sample_trajectories<'py>(
        &self,
        batch_size: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = batch_size.py();
        let batch_size = positive(batch_size, "batch_size")?;
        let batch = self.draw_and_gather(
            py,
            |replay, store| replay.sample_trajectories(store, batch_size),
            |store, ids| store.gather(&ids),
        )?;
        batch_to_python(py, batch)
    }

    /// Set priorities to ``(|td_error| + epsilon) ** alpha``, before decay.
    ///
    /// Turns that have left the buffer are skipped, since a batch can outlive its turns. Of two
    /// errors for one turn the last counts.
    ///
    /// Raises:
    ///     ReplayError: The lengths differ, an error is not finite, or there is no such turn; or as in
    ///         `add`. Nothing has changed then.
    fn update(
        &self,
        py: Python<'_>,
        trajectory_ids: &Bound<'_, PyAny>,
        turns: &Bound<'_, PyAny>,
        td_errors: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let ids = array(trajectory_ids, "trajectory_ids", "int64").map_err(ReplayError::new_err)?;
        let turns = array(turns, "turns", "int64").map_err(ReplayError::new_err)?;
        let errors = match td_errors.extract::<PyReadonlyArray1<f32>>() {
            Ok(errors) => errors.as_array().iter().map(|&x| f64::from(x)).collect(),
            Err(_) => array(td_errors, "td_errors", "float64").map_err(ReplayError::new_err)?,
        };
        self.with_store(py, move |replay, store| {
            replay.update(store, &ids, &turns, &errors)
        })
    }

    /// Turns held.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |replay| Ok(replay.num_turns()))
    }

    /// Trajectories held.
    #[getter]
    fn num_trajectories(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |replay| Ok(replay.trajectories().len()))
    }

    /// (trajectories held,) int64 ids, oldest first.
    #[getter]
    fn trajectory_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        self.with(py, |replay| Ok(replay.trajectories().collect()))
            .map(|ids| PyArray1::from_vec(py, ids))
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ReplayBuffer>()
}
