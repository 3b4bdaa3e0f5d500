//! Copies turns out of the log into right-padded rows.

use crate::record::{Record, Turn};
use crate::{Error, Store};

/// `N` turns in `B` rows of width `L`; two-dimensional arrays are row-major. `TurnBatch` of
/// `archer.types` documents every field.
#[derive(Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct TurnBatch {
    /// `L`: the longest row.
    pub width: usize,
    pub tokens: Vec<i64>,
    pub lengths: Vec<i64>,
    pub turn_of_token: Vec<i64>,
    pub logprobs: Vec<f32>,
    pub row: Vec<i64>,
    pub context_end: Vec<i64>,
    pub utterance_end: Vec<i64>,
    pub next_context_end: Vec<i64>,
    pub reward: Vec<f32>,
    pub terminated: Vec<bool>,
    pub truncated: Vec<bool>,
    pub trajectory: Vec<i64>,
    pub turn: Vec<i64>,
    pub policy_version: Vec<i64>,
    pub weight: Vec<f32>,
}

impl Store {
    /// Whole trajectories as rows, with all their turns.
    ///
    /// # Errors
    /// [`Error::UnknownTrajectory`]; [`Error::Argument`] if the batch does not fit into memory.
    pub fn gather(&self, ids: &[i64]) -> Result<TurnBatch, Error> {
        let records = self.records(ids)?;
        let width = records
            .iter()
            .map(|record| record.tokens.len())
            .max()
            .unwrap_or(0);
        let mut batch = TurnBatch::padded(records.len(), width)?;
        for (row, (record, &id)) in records.iter().zip(ids).enumerate() {
            batch.begin_row(row, record, record.tokens.len());
            let mut spoken = 0;
            for (index, turn) in record.turns().enumerate() {
                batch.push_turn(row, record, index, &turn, spoken);
                spoken += turn.utterance_end - turn.utterance_start;
            }
            batch.trajectory.resize(batch.row.len(), id);
        }
        batch.weight.resize(batch.row.len(), 1.0);
        Ok(batch)
    }

    /// Rows that stop after the observation that answers the given turn, with that turn alone.
    ///
    /// # Errors
    /// [`Error::UnknownTrajectory`], [`Error::UnknownTurn`]; [`Error::Argument`] if the two slices
    /// differ in length or the batch does not fit into memory.
    pub fn gather_turns(&self, ids: &[i64], turns: &[i64]) -> Result<TurnBatch, Error> {
        if ids.len() != turns.len() {
            let (ids, turns) = (ids.len(), turns.len());
            return Err(Error::Argument(format!(
                "{ids} trajectory ids and {turns} turns were given: give one turn for each id"
            )));
        }
        let records = self.records(ids)?;
        let places = records
            .iter()
            .zip(ids.iter().zip(turns))
            .map(|(record, (&id, &turn))| place(record, id, turn))
            .collect::<Result<Vec<_>, _>>()?;
        let width = places
            .iter()
            .map(|(_, turn, _)| turn.next_context_end)
            .max()
            .unwrap_or(0);
        let mut batch = TurnBatch::padded(records.len(), width)?;
        for (row, (record, (index, turn, spoken))) in records.iter().zip(&places).enumerate() {
            batch.begin_row(row, record, turn.next_context_end);
            batch.push_turn(row, record, *index, turn, *spoken);
        }
        batch.trajectory.extend_from_slice(ids);
        batch.weight.resize(ids.len(), 1.0);
        Ok(batch)
    }

    fn records(&self, ids: &[i64]) -> Result<Vec<Record<'_>>, Error> {
        ids.iter().map(|&id| self.record(id)).collect()
    }
}

/// A turn's index, its place in the stream, and the number of utterance tokens before it.
fn place(record: &Record, id: i64, turn: i64) -> Result<(usize, Turn, usize), Error> {
    let unknown = || Error::UnknownTurn {
        id,
        turn,
        turns: record.turns().map(|_| 1).sum(),
    };
    let index = usize::try_from(turn).map_err(|_| unknown())?;
    let mut turns = record.turns();
    let spoken = turns
        .by_ref()
        .take(index)
        .map(|t| t.utterance_end - t.utterance_start)
        .sum();
    Ok((index, turns.next().ok_or_else(unknown)?, spoken))
}

impl TurnBatch {
    fn padded(rows: usize, width: usize) -> Result<Self, Error> {
        let cells = rows.checked_mul(width);
        let too_large = || {
            Error::Argument(format!(
                "{rows} rows of {width} tokens do not fit into memory"
            ))
        };
        let cells = cells.ok_or_else(too_large)?;
        Ok(Self {
            width,
            tokens: filled(0, cells).ok_or_else(too_large)?,
            turn_of_token: filled(-1, cells).ok_or_else(too_large)?,
            logprobs: filled(0.0, cells).ok_or_else(too_large)?,
            ..Self::default()
        })
    }

    /// Copies the first `length` tokens of a record into a row.
    fn begin_row(&mut self, row: usize, record: &Record, length: usize) {
        let cells = self.tokens.iter_mut().skip(row * self.width);
        for (cell, &word) in cells.zip(record.tokens.iter().take(length)) {
            *cell = i64::from(u32::from_le_bytes(word));
        }
        self.lengths.push(integer(length));
    }

    /// Adds a turn of a row; `spoken` utterance tokens of its trajectory precede it.
    fn push_turn(&mut self, row: usize, record: &Record, index: usize, turn: &Turn, spoken: usize) {
        let n = integer(self.row.len());
        let utterance = turn.utterance_end - turn.utterance_start;
        let start = row * self.width + turn.utterance_start;
        self.turn_of_token
            .iter_mut()
            .skip(start)
            .take(utterance)
            .for_each(|cell| *cell = n);
        let cells = self.logprobs.iter_mut().skip(start).take(utterance);
        cells
            .zip(record.logprobs(spoken))
            .for_each(|(cell, logprob)| *cell = logprob);

        let last = index + 1 == record.num_turns();
        self.row.push(integer(row));
        self.context_end.push(integer(turn.utterance_start) - 1);
        self.utterance_end.push(integer(turn.utterance_end) - 1);
        self.next_context_end
            .push(integer(turn.next_context_end) - 1);
        self.reward.push(record.reward(index));
        self.terminated.push(last && record.terminated());
        self.truncated.push(last && record.truncated());
        self.turn.push(integer(index));
        self.policy_version
            .push(record.policy_version.cast_signed());
    }
}

/// `None` where the allocator refuses, which would otherwise end the process.
fn filled<T: Clone>(value: T, length: usize) -> Option<Vec<T>> {
    let mut out = Vec::new();
    out.try_reserve_exact(length).ok()?;
    out.resize(length, value);
    Some(out)
}

/// An index or length as it is stored outside; no slice is longer than `i64::MAX`.
#[allow(clippy::cast_possible_wrap)]
fn integer(n: usize) -> i64 {
    n as i64
}

#[cfg(test)]
mod tests {
    use super::TurnBatch;
    use crate::Error;

    #[test]
    fn a_batch_beyond_memory_is_an_error() {
        for (rows, width) in [(1 << 30, 1 << 30), (usize::MAX, 2)] {
            assert!(matches!(
                TurnBatch::padded(rows, width),
                Err(Error::Argument(_))
            ));
        }
    }
}
