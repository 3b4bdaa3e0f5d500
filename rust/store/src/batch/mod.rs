//! Copies what a learner needs out of the log: right-padded rows, or one packed stream.

mod fill;
mod row;

use fill::Fill;
use row::Row;
pub use row::Window;

use crate::{Error, Store};

/// `N` turns in `B` rows of width `L`; two-dimensional arrays are row-major. `TurnBatch` of
/// `archer.types` documents every field.
#[derive(Debug, Default, PartialEq)]
pub struct TurnBatch {
    /// `L`: the longest row.
    pub width: usize,
    /// (B,) tokens in each row without its padding.
    pub lengths: Vec<i64>,
    /// (B, L).
    pub stream: Stream,
    /// (N,); places are columns.
    pub turns: Turns,
}

/// `N` turns in `B` trajectories that lie end to end in one stream of `S` tokens. `PackedBatch` of
/// `archer.types` documents every field.
#[derive(Debug, Default, PartialEq)]
pub struct PackedBatch {
    /// (B + 1,) where each trajectory begins, and the end.
    pub offsets: Vec<i64>,
    /// (S,) place of each token in its own trajectory.
    pub position_ids: Vec<i64>,
    /// (S,).
    pub stream: Stream,
    /// (N,); places are indices into the stream.
    pub turns: Turns,
}

/// What is known of each token.
#[derive(Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Stream {
    pub tokens: Vec<i64>,
    pub turn_of_token: Vec<i64>,
    pub logprobs: Vec<f32>,
}

/// What is known of each turn.
#[derive(Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Turns {
    pub row: Vec<i64>,
    pub context_end: Vec<i64>,
    pub utterance_end: Vec<i64>,
    pub next_context_end: Vec<i64>,
    pub reward: Vec<f32>,
    pub steps: Vec<i64>,
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
        let rows = self.rows(ids)?;
        let width = rows.iter().map(Row::len).max().unwrap_or(0);
        let mut fill = Fill::new(rows.len().checked_mul(width), count_turns(&rows))?;
        for row in &rows {
            fill.begin_row(row, 0);
            row.turns().for_each(|turn| fill.push_turn(row, &turn));
            fill.end_row(width);
        }
        Ok(fill.padded(width, &rows))
    }

    /// Rows that stop after the observation that answers the given turn, or the last of the
    /// window's turns, with the given turn alone.
    ///
    /// # Errors
    /// [`Error::UnknownTrajectory`], [`Error::UnknownTurn`]; [`Error::Argument`] if the two slices
    /// differ in length, a row cannot be cut down to the window's tokens, a sum of rewards does not
    /// fit into `f32` or the batch does not fit into memory.
    pub fn gather_turns(
        &self,
        ids: &[i64],
        turns: &[i64],
        window: &Window,
    ) -> Result<TurnBatch, Error> {
        if ids.len() != turns.len() {
            let (ids, turns) = (ids.len(), turns.len());
            return Err(Error::Argument(format!(
                "{ids} trajectory ids and {turns} turns were given: give one turn for each id"
            )));
        }
        let mut rows = self.rows(ids)?;
        let mut shown = Vec::with_capacity(turns.len());
        for (row, &turn) in rows.iter_mut().zip(turns) {
            shown.push(row.narrow(turn, window)?);
        }
        let width = rows.iter().map(Row::len).max().unwrap_or(0);
        let mut fill = Fill::new(rows.len().checked_mul(width), rows.len())?;
        for (row, turn) in rows.iter().zip(&shown) {
            fill.begin_row(row, 0);
            fill.push_turn(row, turn);
            fill.end_row(width);
        }
        Ok(fill.padded(width, &rows))
    }

    /// Whole trajectories end to end, with all their turns.
    ///
    /// # Errors
    /// Those of [`Store::gather`].
    pub fn gather_packed(&self, ids: &[i64]) -> Result<PackedBatch, Error> {
        let rows = self.rows(ids)?;
        let lengths = rows.iter().map(Row::len);
        let size = lengths.clone().try_fold(0, usize::checked_add);
        let mut fill = Fill::new(size, count_turns(&rows))?;
        for row in &rows {
            fill.begin_row(row, fill.len());
            row.turns().for_each(|turn| fill.push_turn(row, &turn));
            fill.end_row(row.len());
        }
        Ok(fill.packed(&rows))
    }

    /// Splits ids, in their order, into groups of at most `max_tokens` tokens: each takes
    /// trajectories until the next one does not fit. A trajectory beyond the budget is a group by
    /// itself.
    ///
    /// # Errors
    /// [`Error::UnknownTrajectory`]; [`Error::Argument`] if `max_tokens` is not positive.
    pub fn pack(&self, ids: &[i64], max_tokens: i64) -> Result<Vec<Vec<i64>>, Error> {
        let budget = row::positive("max_tokens", max_tokens)?;
        let mut groups: Vec<Vec<i64>> = Vec::new();
        let mut left = 0;
        for (row, &id) in self.rows(ids)?.iter().zip(ids) {
            match groups.last_mut() {
                Some(group) if row.len() <= left => group.push(id),
                _ => {
                    groups.push(vec![id]);
                    left = budget;
                }
            }
            left = left.saturating_sub(row.len());
        }
        Ok(groups)
    }

    /// The whole of each trajectory. Records lie far apart, each one or more cache misses away, so
    /// every stage goes over all of them: the misses of one stage overlap instead of waiting for
    /// each other.
    fn rows(&self, ids: &[i64]) -> Result<Vec<Row<'_>>, Error> {
        self.check_open()?;
        let mut entries = Vec::with_capacity(ids.len());
        for &id in ids {
            entries.push(self.entry(id)?);
        }
        let touched = entries.iter().map(|&entry| self.touch(entry));
        std::hint::black_box(touched.fold(0, |all, byte| all ^ byte));
        let mut rows = Vec::with_capacity(ids.len());
        for (&id, entry) in ids.iter().zip(entries) {
            rows.push(Row::whole(self.parse(id, entry)?, id));
        }
        Ok(rows)
    }
}

fn count_turns(rows: &[Row]) -> usize {
    rows.iter().map(Row::num_turns).sum()
}
