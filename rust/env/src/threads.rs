//! On which threads the environments of a call are worked on.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::EnvError;

/// More threads than this are taken for a mistake.
pub const MAX_THREADS: usize = 1024;

/// The threads that [`crate::VecEnv`] steps its environments on.
#[derive(Debug, Default)]
pub enum Threads {
    /// The pool of the process, with a thread for each core.
    #[default]
    Shared,
    /// The caller's thread alone.
    One,
    /// A pool of its own.
    Own(ThreadPool),
}

impl Threads {
    /// As many threads as are asked for: 0 is one for each core, 1 is the caller's alone.
    ///
    /// # Errors
    /// [`EnvError::Option`] for more than [`MAX_THREADS`], or than the system has.
    pub fn new(number: usize) -> Result<Self, EnvError> {
        match number {
            0 => Ok(Self::Shared),
            1 => Ok(Self::One),
            2..=MAX_THREADS => ThreadPoolBuilder::new()
                .num_threads(number)
                .thread_name(|index| format!("archer-env-{index}"))
                .build()
                .map(Self::Own)
                .map_err(|error| {
                    EnvError::Option(format!(
                        "num_threads is {number}, and they cannot be started: {error}; give fewer"
                    ))
                }),
            _ => Err(EnvError::Option(format!(
                "num_threads is {number}: give a number from 0, for one on each core, to \
                 {MAX_THREADS}"
            ))),
        }
    }

    /// Maps in parallel if there is work for several threads, a `grain` of items being enough for
    /// one; in the order of the input either way.
    pub(crate) fn map<I: Send, O: Send>(
        &self,
        grain: usize,
        input: Vec<I>,
        f: impl Fn(I) -> O + Sync + Send,
    ) -> Vec<O> {
        let parallel = |input: Vec<I>| input.into_par_iter().with_min_len(grain).map(&f).collect();
        match self {
            Self::Shared if input.len() >= 2 * grain => parallel(input),
            Self::Own(pool) if input.len() >= 2 * grain => pool.install(|| parallel(input)),
            _ => input.into_iter().map(f).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    fn threads_of(threads: &Threads, items: usize) -> HashSet<Option<String>> {
        let name = |()| thread::current().name().map(str::to_owned);
        threads.map(1, vec![(); items], name).into_iter().collect()
    }

    #[test]
    fn work_is_done_where_it_was_asked_for() {
        let here = HashSet::from([thread::current().name().map(str::to_owned)]);
        assert_eq!(threads_of(&Threads::new(1).unwrap(), 100), here);
        let own = Threads::new(3).unwrap();
        assert_eq!(threads_of(&own, 1), here, "one item is no work for a pool");
        let known: HashSet<_> = (0..3).map(|i| Some(format!("archer-env-{i}"))).collect();
        assert!(threads_of(&own, 100).is_subset(&known));
        assert!(matches!(Threads::new(0).unwrap(), Threads::Shared));
    }

    #[test]
    fn too_many_threads_are_refused() {
        let error = Threads::new(MAX_THREADS + 1).unwrap_err();
        assert!(error.to_string().contains("num_threads is 1025"), "{error}");
    }

    #[test]
    fn results_are_in_order() {
        for number in [0, 1, 2] {
            let doubled = Threads::new(number)
                .unwrap()
                .map(1, (0..999).collect(), |i: i32| 2 * i);
            assert!(doubled.into_iter().eq((0..999).map(|i| 2 * i)));
        }
    }
}
