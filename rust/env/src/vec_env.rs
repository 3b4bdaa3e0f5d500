//! Many environments of one task: their episodes, seeds, snapshots and errors.

use crate::snapshot::{self, Phase};
use crate::{EnvError, Environments, Observation, Options, Outcome, Rng, Task, Threads};

/// More environments than this are taken for a mistake.
pub const MAX_ENVIRONMENTS: usize = 1 << 24;

/// Environments of one task, stepped in parallel where that pays.
pub struct VecEnv<T: Task> {
    task: T,
    seed: u64,
    threads: Threads,
    slots: Vec<Slot<T::State>>,
}

#[derive(Clone)]
struct Slot<S> {
    episodes: u64,
    phase: Phase<S>,
}

impl<T: Task> VecEnv<T> {
    /// Environments in which no episode has begun.
    ///
    /// # Errors
    /// [`EnvError::Option`] unless `num_envs` is in `1..=MAX_ENVIRONMENTS`.
    pub fn new(task: T, num_envs: usize, seed: u64) -> Result<Self, EnvError> {
        if !(1..=MAX_ENVIRONMENTS).contains(&num_envs) {
            return Err(EnvError::Option(format!(
                "num_envs is {num_envs}: give a number from 1 to {MAX_ENVIRONMENTS}"
            )));
        }
        let slots = vec![
            Slot {
                episodes: 0,
                phase: Phase::NotBegun
            };
            num_envs
        ];
        Ok(Self {
            task,
            seed,
            threads: Threads::default(),
            slots,
        })
    }

    /// Checks that each index names an environment, and none twice.
    fn check(&self, indices: &[usize]) -> Result<(), EnvError> {
        let num_envs = self.slots.len();
        if let Some(&index) = indices.iter().find(|&&index| index >= num_envs) {
            let index = i64::try_from(index).unwrap_or(i64::MAX);
            return Err(EnvError::Index { index, num_envs });
        }
        if indices.is_sorted_by(|a, b| a < b) {
            return Ok(());
        }
        let mut seen = vec![false; num_envs];
        match indices
            .iter()
            .find(|&&index| std::mem::replace(&mut seen[index], true))
        {
            Some(&index) => Err(EnvError::Duplicate(index)),
            None => Ok(()),
        }
    }
}

fn check_count(what: &'static str, given: usize, expected: usize) -> Result<(), EnvError> {
    if given == expected {
        Ok(())
    } else {
        Err(EnvError::Count {
            what,
            given,
            expected,
        })
    }
}

impl<T: Task> Environments for VecEnv<T> {
    fn num_envs(&self) -> usize {
        self.slots.len()
    }

    fn set_threads(&mut self, threads: Threads) {
        self.threads = threads;
    }

    fn reset(
        &mut self,
        indices: &[usize],
        options: &Options,
    ) -> Result<Vec<Observation>, EnvError> {
        self.check(indices)?;
        let work = indices
            .iter()
            .map(|&index| (index, self.slots[index].episodes))
            .collect();
        let begun = self.threads.map(T::GRAIN, work, |(index, episode)| {
            self.task
                .reset(&mut Rng::new(self.seed, index as u64, episode), options)
        });
        let begun: Vec<_> = begun.into_iter().collect::<Result<_, _>>()?;
        let mut observations = Vec::with_capacity(indices.len());
        for (&index, (state, observation)) in indices.iter().zip(begun) {
            let slot = &mut self.slots[index];
            slot.episodes += 1;
            slot.phase = Phase::Running(state);
            observations.push(observation);
        }
        Ok(observations)
    }

    fn step(
        &mut self,
        indices: &[usize],
        utterances: &[&str],
        replies: Option<&[&str]>,
    ) -> Result<Vec<Outcome>, EnvError> {
        self.check(indices)?;
        check_count("utterances", utterances.len(), indices.len())?;
        if let Some(replies) = replies {
            check_count("replies", replies.len(), indices.len())?;
        }
        for &index in indices {
            match self.slots[index].phase {
                Phase::Running(_) => {}
                Phase::Over(_) => return Err(EnvError::Over(index)),
                Phase::NotBegun => return Err(EnvError::NotBegun(index)),
            }
        }
        // The states leave their slots for the time of the step, so that threads can own them.
        let mut work = Vec::with_capacity(indices.len());
        for (position, &index) in indices.iter().enumerate() {
            let phase = std::mem::replace(&mut self.slots[index].phase, Phase::NotBegun);
            let reply = replies.map(|replies| replies[position]);
            work.push((phase, utterances[position], reply));
        }
        let stepped = self
            .threads
            .map(T::GRAIN, work, |(phase, utterance, reply)| {
                let (Phase::Running(mut state) | Phase::Over(mut state)) = phase else {
                    unreachable!()
                };
                let outcome = self.task.step(&mut state, utterance, reply);
                let over = outcome.terminated || outcome.truncated;
                (
                    if over {
                        Phase::Over(state)
                    } else {
                        Phase::Running(state)
                    },
                    outcome,
                )
            });
        let mut outcomes = Vec::with_capacity(indices.len());
        for (&index, (phase, outcome)) in indices.iter().zip(stepped) {
            self.slots[index].phase = phase;
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn seed(&mut self, seed: u64) {
        self.seed = seed;
        self.slots.fill(Slot {
            episodes: 0,
            phase: Phase::NotBegun,
        });
    }

    fn episodes(&self) -> Vec<u64> {
        self.slots.iter().map(|slot| slot.episodes).collect()
    }

    fn seek(&mut self, episodes: &[u64]) -> Result<(), EnvError> {
        check_count("episode counters", episodes.len(), self.slots.len())?;
        for (slot, &count) in self.slots.iter_mut().zip(episodes) {
            slot.episodes = count;
        }
        Ok(())
    }

    fn snapshot(&self, indices: &[usize]) -> Result<Vec<Vec<u8>>, EnvError> {
        self.check(indices)?;
        Ok(indices
            .iter()
            .map(|&i| snapshot::write(&self.task, &self.slots[i].phase))
            .collect())
    }

    fn restore(&mut self, states: &[&[u8]], indices: &[usize]) -> Result<(), EnvError> {
        self.check(indices)?;
        check_count("snapshots", states.len(), indices.len())?;
        let phases: Vec<_> = states
            .iter()
            .map(|bytes| snapshot::read(&self.task, bytes))
            .collect::<Result<_, _>>()?;
        for (&index, phase) in indices.iter().zip(phases) {
            self.slots[index].phase = phase;
        }
        Ok(())
    }

    fn fork(&mut self, source: usize, targets: &[usize]) -> Result<(), EnvError> {
        self.check(&[source])?;
        self.check(targets)?;
        let phase = self.slots[source].phase.clone();
        for &target in targets {
            self.slots[target].phase = phase.clone();
        }
        Ok(())
    }

    fn hidden(&self, indices: &[usize]) -> Result<Vec<String>, EnvError> {
        self.check(indices)?;
        let hidden = |&index: &usize| match &self.slots[index].phase {
            Phase::Running(state) | Phase::Over(state) => Ok(self.task.hidden(state)),
            Phase::NotBegun => Err(EnvError::NotBegun(index)),
        };
        indices.iter().map(hidden).collect()
    }

    fn finished(&self, indices: &[usize]) -> Result<Vec<bool>, EnvError> {
        self.check(indices)?;
        let finished = |&index: &usize| matches!(self.slots[index].phase, Phase::Over(_));
        Ok(indices.iter().map(finished).collect())
    }
}
