//! What can be done with many environments, whatever their task.

use crate::{EnvError, Observation, Options, Outcome, Threads};

/// [`crate::VecEnv`] without its task, for callers who learn the task at run time.
///
/// Every method checks all its arguments first: when it gives an error, nothing has changed. An
/// index names an environment, and each at most once in a call; results are in the order of the
/// indices, and do not depend on that order or on the number of threads.
pub trait Environments {
    /// How many environments there are.
    fn num_envs(&self) -> usize;

    /// Has later calls work on other threads than [`Threads::Shared`].
    fn set_threads(&mut self, threads: Threads);

    /// Begins the next episode of each.
    ///
    /// # Errors
    /// A bad index, or options that the task refuses.
    fn reset(&mut self, indices: &[usize], options: &Options)
    -> Result<Vec<Observation>, EnvError>;

    /// Takes one turn in each; `replies` stand in for the answers of the task itself.
    ///
    /// # Errors
    /// A bad index, lists of different lengths, or an episode that is over or has not begun.
    fn step(
        &mut self,
        indices: &[usize],
        utterances: &[&str],
        replies: Option<&[&str]>,
    ) -> Result<Vec<Outcome>, EnvError>;

    /// Starts anew under another seed: no episode has begun.
    fn seed(&mut self, seed: u64);

    /// Episodes begun so far, by environment.
    fn episodes(&self) -> Vec<u64>;

    /// Sets the number of episodes begun, so that the next reset begins episode `episodes[i]`.
    ///
    /// # Errors
    /// A list of the wrong length.
    fn seek(&mut self, episodes: &[u64]) -> Result<(), EnvError>;

    /// The current episode of each as bytes; the seed and the episode counter are not in it.
    ///
    /// # Errors
    /// A bad index.
    fn snapshot(&self, indices: &[usize]) -> Result<Vec<Vec<u8>>, EnvError>;

    /// Puts snapshots, of any environment of this task, in place of the current episodes.
    ///
    /// # Errors
    /// A bad index, lists of different lengths, or bytes that are no snapshot of this task.
    fn restore(&mut self, states: &[&[u8]], indices: &[usize]) -> Result<(), EnvError>;

    /// Continues the current episode of `source` in each target as well.
    ///
    /// # Errors
    /// A bad index.
    fn fork(&mut self, source: usize, targets: &[usize]) -> Result<(), EnvError>;

    /// What the agent does not see.
    ///
    /// # Errors
    /// A bad index, or an episode that has not begun.
    fn hidden(&self, indices: &[usize]) -> Result<Vec<String>, EnvError>;

    /// Whether the episode of each is over; one that has not begun is not.
    ///
    /// # Errors
    /// A bad index.
    fn finished(&self, indices: &[usize]) -> Result<Vec<bool>, EnvError>;
}
