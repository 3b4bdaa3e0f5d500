//! Everything that changes a log: appending, truncating, compacting, syncing and closing.

use std::io;
use std::ops::Range;
use std::slice;

use crate::buffer::Buffer;
use crate::record;
use crate::segment::{self, FRAME};
use crate::store::Segment;
use crate::trajectory::Row;
use crate::{Columns, Error, Store, Trajectory};

impl Store {
    /// Appends a trajectory and gives its id. In a folder it is with the operating system when this
    /// returns, so that it outlives the process; [`Store::flush`] makes it outlive the machine.
    ///
    /// # Errors
    /// [`Error::Trajectory`], [`Error::ReadOnly`], [`Error::Closed`] or [`Error::Io`]; the store is
    /// then as it was.
    pub fn append(&mut self, trajectory: &Trajectory) -> Result<usize, Error> {
        self.extend(slice::from_ref(trajectory))
            .map(|ids| ids.start)
    }

    /// Appends trajectories, all or none, with one write for all that go into one segment.
    ///
    /// # Errors
    /// Those of [`Store::append`].
    pub fn extend(&mut self, trajectories: &[Trajectory]) -> Result<Range<usize>, Error> {
        self.check_writable()?;
        trajectories.iter().try_for_each(Trajectory::validate)?;
        let rows: Vec<_> = trajectories.iter().map(Trajectory::row).collect();
        self.extend_rows(&rows)
    }

    /// Appends many trajectories that lie in flat columns, all or none.
    ///
    /// # Errors
    /// Those of [`Store::append`]; [`Error::Trajectory`] names the row.
    pub fn extend_columns(&mut self, columns: &Columns) -> Result<Range<usize>, Error> {
        self.check_writable()?;
        self.extend_rows(&columns.rows()?)
    }

    /// Appends rows that are valid.
    fn extend_rows(&mut self, rows: &[Row<'_>]) -> Result<Range<usize>, Error> {
        self.clean()?;
        let ids = self.len()..self.len() + rows.len();
        let last = self.segments.len() - 1;
        let end = self.segments[last].bytes.len();
        let pushed = rows.iter().try_for_each(|row| self.push(row));
        if let Err(error) = pushed.and_then(|()| self.write_from(last, end)) {
            self.forget(ids.start);
            // What cannot be cleared away now is cleared before the next write.
            let _ = self.clean();
            return Err(error);
        }
        Ok(ids)
    }

    /// Adds a record to the log in memory.
    fn push(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let size = FRAME + record::size(row);
        if let Some(last) = self.segments.last()
            && !last.offsets.is_empty()
            && last.bytes.len() + size > self.segment_bytes
        {
            self.begin_segment(size)?;
        }
        let chain = self.chain();
        let Some(last) = self.segments.last_mut() else {
            return Ok(());
        };
        let offset = last.bytes.len();
        let record = last.bytes.grow(size).map_err(|e| no_memory(size, &e))?;
        if let Some((frame, payload)) = record.split_first_chunk_mut() {
            record::encode(row, payload);
            *frame = segment::frame(payload, chain);
        }
        last.add(offset, row.tokens.len(), row.rewards.len());
        Ok(())
    }

    /// Adds an empty segment to the log in memory, with room for a first record of `size` bytes.
    pub(crate) fn begin_segment(&mut self, size: usize) -> Result<(), Error> {
        let (index, first_id) = (self.first_segment + self.segments.len(), self.len());
        let header = segment::header(index, first_id, self.segment_bytes, self.chain());
        let room = self.segment_bytes.max(header.len() + size);
        let bytes = Buffer::holding(&header, room).map_err(|e| no_memory(room, &e))?;
        self.push_segment(Segment::new(first_id, bytes));
        Ok(())
    }

    /// Writes to the files what memory holds beyond `end` bytes of a segment.
    pub(crate) fn write_from(&mut self, position: usize, end: usize) -> Result<(), Error> {
        let Some(folder) = &mut self.folder else {
            return Ok(());
        };
        let mut from = end;
        for (at, segment) in self.segments.iter().enumerate().skip(position) {
            let index = self.first_segment + at;
            if at > position {
                folder.sync(index - 1)?;
            }
            folder.append(index, segment.bytes.get(from..).unwrap_or_default())?;
            from = 0;
        }
        Ok(())
    }

    /// Drops the trajectories with ids from `length` on. Their ids will be given again.
    ///
    /// A process that dies in here leaves a valid store that has lost some of them.
    ///
    /// # Errors
    /// [`Error::Argument`] below [`Store::first_id`]; [`Error::ReadOnly`], [`Error::Closed`] or
    /// [`Error::Io`].
    pub fn truncate(&mut self, length: usize) -> Result<(), Error> {
        self.check_writable()?;
        let first_id = self.first_id();
        if length < first_id {
            return Err(Error::Argument(format!(
                "length = {length}: the ids below {first_id} were compacted away, so give {first_id} or more"
            )));
        }
        if length < self.len() {
            self.cuts.push(length);
        }
        self.forget(length);
        self.clean()
    }

    /// How often trajectories were dropped from the end of the log, as far as this store has seen.
    /// Whoever keeps ids remembers it, and asks [`Store::shortest_since`] when it has grown.
    #[must_use]
    pub fn num_truncations(&self) -> usize {
        self.cuts.len()
    }

    /// The shortest length the log was truncated to after the first `truncations` times, if it was:
    /// the ids from there on were, or will be, given to other trajectories.
    #[must_use]
    pub fn shortest_since(&self, truncations: usize) -> Option<usize> {
        let later = self.cuts.get(truncations..)?;
        later.iter().copied().min()
    }

    /// Drops trajectories from the log in memory; the files are to be cleaned. A segment after the
    /// first holds a record or goes, so that the bytes are a function of what was appended.
    fn forget(&mut self, length: usize) {
        let Some((position, index)) = self.place(length) else {
            return;
        };
        self.unclean = true;
        if position > 0 && index == 0 {
            self.segments.truncate(position);
            return;
        }
        self.segments.truncate(position + 1);
        let segment = &mut self.segments[position];
        let dropped = (index..segment.offsets.len()).filter_map(|index| segment.record(index));
        let sizes = dropped.map(|record| (record.tokens.len(), record.num_turns()));
        let (tokens, turns) = sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        segment.num_tokens -= tokens;
        segment.num_turns -= turns;
        segment.bytes.truncate(segment.offsets[index] as usize);
        segment.offsets.truncate(index);
    }

    /// Makes the files as long as the log in memory, after anything that may have left them longer.
    pub(crate) fn clean(&mut self) -> Result<(), Error> {
        let index = self.last_segment();
        if let (true, Some(folder), Some(last)) =
            (self.unclean, &mut self.folder, self.segments.last())
        {
            folder.cut(index, last.bytes.len())?;
        }
        self.unclean = false;
        Ok(())
    }

    /// Drops the oldest segments, those whose ids are all below `first_id`, but never the last one;
    /// gives the number of trajectories dropped. All other ids stay what they are.
    ///
    /// A process that dies in here leaves a valid store that has dropped some of them.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Closed`] or [`Error::Io`].
    pub fn compact(&mut self, first_id: usize) -> Result<usize, Error> {
        self.check_writable()?;
        self.clean()?;
        let before = self.first_id();
        let later = self.segments.get(1..).unwrap_or_default();
        let mut count = later.partition_point(|segment| segment.first_id <= first_id);
        // Of version 1 only the segments before tell whether a header is whole.
        while count > 0 && segment::version(&self.segments[count].bytes) == 1 {
            count -= 1;
        }
        for _ in 0..count {
            if let Some(folder) = &mut self.folder {
                folder.remove(self.first_segment)?;
            }
            self.drop_first(1);
        }
        Ok(self.first_id() - before)
    }

    /// Drops the first segments from the log in memory.
    pub(crate) fn drop_first(&mut self, count: usize) {
        self.segments.drain(..count);
        self.first_segment += count;
    }

    /// Waits, if `sync`, until all that was appended is on the disk. Without it there is nothing to
    /// wait for: each append has handed its record to the operating system.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Closed`] or [`Error::Io`].
    pub fn flush(&mut self, sync: bool) -> Result<(), Error> {
        self.check_writable()?;
        self.clean()?;
        let last = self.last_segment();
        match &mut self.folder {
            Some(folder) if sync => folder.sync(last),
            _ => Ok(()),
        }
    }

    /// Syncs what was written, lets the next writer in and forgets everything; a second call does
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Io`]; the store is closed all the same.
    pub fn close(&mut self) -> Result<(), Error> {
        let synced = if self.check_writable().is_ok() {
            self.flush(true)
        } else {
            Ok(())
        };
        self.closed = true;
        (self.folder, self.segments) = (None, Vec::new());
        synced
    }

    fn check_writable(&self) -> Result<(), Error> {
        self.check_open()?;
        match &self.folder {
            Some(folder) if !folder.is_writer() => Err(Error::ReadOnly),
            _ => Ok(()),
        }
    }
}

/// The error of a log that cannot grow.
pub(crate) fn no_memory(size: usize, error: &io::Error) -> Error {
    Error::Argument(format!("{size} bytes more do not fit into memory: {error}"))
}
