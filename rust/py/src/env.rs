//! `archer._rust.VecEnv`: all native environments behind one class.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use archer_env::twenty_questions::{Knowledge, Reply, SUBSET_OBJECTS};
use archer_env::{EnvError, Environments, Outcome, Threads};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyList, PyString};

use crate::errors::{ActionError, env_error};

/// Which environments a call is about: an int64 array.
type Indices<'py> = Bound<'py, PyArray1<i64>>;

/// Observations, rewards, terminated, truncated, win, invalid.
type StepResult<'py> = (
    Bound<'py, PyList>,
    Bound<'py, PyArray1<f32>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<bool>>,
);

/// Environments of one native task; `archer.env.NativeVectorEnv` gives them Gymnasium's interface.
#[pyclass(frozen, module = "archer._rust")]
struct VecEnv {
    environments: Mutex<Box<dyn Environments + Send>>,
}

impl VecEnv {
    /// Runs `work` without the GIL, one caller at a time.
    fn run<O: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut dyn Environments) -> Result<O, EnvError> + Send,
    ) -> PyResult<O> {
        py.detach(|| {
            let mut environments = self
                .environments
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            work(environments.as_mut())
        })
        .map_err(env_error)
    }

    fn indices(&self, py: Python<'_>, indices: &Indices<'_>) -> PyResult<Vec<usize>> {
        let indices = indices.readonly();
        let indices = indices.as_array();
        let convert = |&index: &i64| usize::try_from(index).map_err(|_| index);
        match indices.iter().map(convert).collect() {
            Ok(indices) => Ok(indices),
            Err(index) => self.run(py, |environments| {
                Err(EnvError::Index {
                    index,
                    num_envs: environments.num_envs(),
                })
            }),
        }
    }
}

#[pymethods]
impl VecEnv {
    #[new]
    fn new(
        py: Python<'_>,
        env_id: &str,
        num_envs: usize,
        seed: u64,
        options: &str,
        num_threads: usize,
    ) -> PyResult<Self> {
        let make = || {
            let options = archer_env::parse_options(options)?;
            let mut environments = archer_env::make(env_id, num_envs, seed, &options)?;
            environments.set_threads(Threads::new(num_threads)?);
            Ok(environments)
        };
        let environments = py.detach(make).map_err(env_error)?;
        Ok(Self {
            environments: Mutex::new(environments),
        })
    }

    fn reset<'py>(
        &self,
        py: Python<'py>,
        indices: &Indices<'py>,
        options: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        let indices = self.indices(py, indices)?;
        let observations = self.run(py, |environments| {
            environments.reset(&indices, &archer_env::parse_options(options)?)
        })?;
        PyList::new(py, observations.iter().map(Cow::as_ref))
    }

    #[pyo3(signature = (indices, utterances, replies=None))]
    fn step<'py>(
        &self,
        py: Python<'py>,
        indices: &Indices<'py>,
        utterances: &Bound<'py, PyAny>,
        replies: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<StepResult<'py>> {
        let indices = self.indices(py, indices)?;
        let utterances = strings(utterances, "utterance")?;
        let utterances: Vec<Cow<'_, str>> = utterances.iter().map(lossy).collect();
        let utterances: Vec<&str> = utterances.iter().map(Cow::as_ref).collect();
        let replies = replies
            .map(|replies| strings(replies, "reply"))
            .transpose()?;
        let replies: Option<Vec<Cow<'_, str>>> = replies
            .as_ref()
            .map(|replies| replies.iter().map(lossy).collect());
        let replies: Option<Vec<&str>> = replies
            .as_ref()
            .map(|replies| replies.iter().map(Cow::as_ref).collect());
        let outcomes = self.run(py, |environments| {
            environments.step(&indices, &utterances, replies.as_deref())
        })?;
        let flags = |flag: fn(&Outcome) -> bool| PyArray1::from_iter(py, outcomes.iter().map(flag));
        Ok((
            PyList::new(
                py,
                outcomes.iter().map(|outcome| outcome.observation.as_ref()),
            )?,
            PyArray1::from_iter(py, outcomes.iter().map(|outcome| outcome.reward)),
            flags(|outcome| outcome.terminated),
            flags(|outcome| outcome.truncated),
            flags(|outcome| outcome.win),
            flags(|outcome| outcome.invalid),
        ))
    }

    fn seed(&self, py: Python<'_>, seed: u64) -> PyResult<()> {
        self.run(py, |environments| {
            environments.seed(seed);
            Ok(())
        })
    }

    fn episodes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let episodes = self.run(py, |environments| Ok(environments.episodes()))?;
        let convert = |count| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(PyArray1::from_iter(py, episodes.into_iter().map(convert)))
    }

    fn seek(&self, py: Python<'_>, episodes: &Bound<'_, PyArray1<u64>>) -> PyResult<()> {
        let episodes = episodes.to_vec()?;
        self.run(py, |environments| environments.seek(&episodes))
    }

    fn snapshot<'py>(
        &self,
        py: Python<'py>,
        indices: &Indices<'py>,
    ) -> PyResult<Bound<'py, PyList>> {
        let indices = self.indices(py, indices)?;
        let states = self.run(py, |environments| environments.snapshot(&indices))?;
        PyList::new(py, states.iter().map(|state| PyBytes::new(py, state)))
    }

    fn restore<'py>(
        &self,
        py: Python<'py>,
        states: &Bound<'py, PyList>,
        indices: &Indices<'py>,
    ) -> PyResult<()> {
        let indices = self.indices(py, indices)?;
        let states: Vec<Bound<'_, PyBytes>> = states.extract()?;
        let states: Vec<&[u8]> = states.iter().map(PyBytesMethods::as_bytes).collect();
        self.run(py, |environments| environments.restore(&states, &indices))
    }

    fn fork<'py>(&self, py: Python<'py>, source: i64, targets: &Indices<'py>) -> PyResult<()> {
        let targets = self.indices(py, targets)?;
        self.run(py, |environments| {
            let num_envs = environments.num_envs();
            let checked = usize::try_from(source);
            let index = checked.map_err(|_| EnvError::Index {
                index: source,
                num_envs,
            })?;
            environments.fork(index, &targets)
        })
    }

    fn hidden(&self, py: Python<'_>, indices: &Indices<'_>) -> PyResult<Vec<String>> {
        let indices = self.indices(py, indices)?;
        self.run(py, |environments| environments.hidden(&indices))
    }

    fn finished<'py>(
        &self,
        py: Python<'py>,
        indices: &Indices<'py>,
    ) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let indices = self.indices(py, indices)?;
        let finished = self.run(py, |environments| environments.finished(&indices))?;
        Ok(PyArray1::from_vec(py, finished))
    }
}

/// The items of a sequence of `str`; holding them keeps their text alive without the GIL.
fn strings<'py>(values: &Bound<'py, PyAny>, what: &str) -> PyResult<Vec<Bound<'py, PyString>>> {
    let refuse = |given: &Bound<'_, PyAny>, expected: &str| {
        let given = given
            .get_type()
            .name()
            .map_or_else(|_| "?".into(), |name| name.to_string());
        ActionError::new_err(format!("{expected}, not {given}"))
    };
    let expected = || format!("give one {what} for each environment, as a sequence of str");
    if values.is_instance_of::<PyString>() {
        return Err(refuse(values, &expected()));
    }
    let Ok(items) = values.try_iter() else {
        return Err(refuse(values, &expected()));
    };
    let convert = |(position, item): (usize, PyResult<Bound<'py, PyAny>>)| {
        item?.cast_into::<PyString>().map_err(|error| {
            refuse(
                &error.into_inner(),
                &format!("{what} {position} must be a str"),
            )
        })
    };
    items.enumerate().map(convert).collect()
}

/// A sampler may emit half a character; Python holds it as a lone surrogate, which UTF-8 has not.
fn lossy<'a>(text: &'a Bound<'_, PyString>) -> Cow<'a, str> {
    text.to_string_lossy()
}

/// Per object its names, per question its phrasings, and the objects of the subset.
type Bank = (Vec<&'static [String]>, Vec<&'static [String]>, Vec<usize>);

/// What can be asked and named in Twenty Questions.
#[pyfunction]
fn twenty_questions_bank() -> Bank {
    let knowledge = Knowledge::full();
    (
        knowledge
            .objects()
            .iter()
            .map(|object| object.names.as_slice())
            .collect(),
        knowledge
            .questions()
            .iter()
            .map(|question| question.phrasings.as_slice())
            .collect(),
        SUBSET_OBJECTS
            .iter()
            .filter_map(|name| knowledge.find_object(name))
            .collect(),
    )
}

/// The reply to each text by each object: 2 if it is named, 1 for yes, 0 for no, -1 for none.
#[pyfunction]
fn twenty_questions_answers(py: Python<'_>, texts: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<i64>>> {
    let texts: Vec<String> = texts.extract()?;
    let knowledge = Knowledge::full();
    let code = |object: usize, text: &str| match knowledge.reply(object, text) {
        Reply::Named => 2,
        Reply::Yes => 1,
        Reply::No => 0,
        Reply::Invalid => -1,
    };
    let objects = 0..knowledge.objects().len();
    let row = |text: &String| objects.clone().map(|object| code(object, text)).collect();
    Ok(py.detach(|| texts.iter().map(row).collect()))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<VecEnv>()?;
    module.add_function(wrap_pyfunction!(twenty_questions_bank, module)?)?;
    module.add_function(wrap_pyfunction!(twenty_questions_answers, module)?)
}
