use std::path::Path;

use crate::buffer::Buffer;
use crate::folder::Folder;
use crate::record::Record;
use crate::segment;
use crate::{Error, Trajectory};

/// The size beyond which a segment takes no further record.
pub const DEFAULT_SEGMENT_BYTES: usize = 64 << 20;

/// Trajectories with ids 0, 1, 2, …, on a log in memory or in a folder.
///
/// The whole log is kept in memory as it is on disk, so that reads touch no file: 4 bytes a token,
/// 4 more for one of an utterance, 12 a turn, and 60 a trajectory.
#[derive(Debug)]
pub struct Store {
    /// At least one, unless the store is closed.
    pub(crate) segments: Vec<Segment>,
    /// Number of the first of them; those before it were compacted away.
    pub(crate) first_segment: usize,
    pub(crate) segment_bytes: usize,
    pub(crate) folder: Option<Folder>,
    pub(crate) repaired: Option<String>,
    /// The files may hold more than `segments`: the rest of a write, or of a cut, that failed.
    pub(crate) unclean: bool,
    pub(crate) closed: bool,
    /// Lengths that the log was truncated to, one after another.
    pub(crate) cuts: Vec<usize>,
}

/// A segment of the log, and where its records lie.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Id of its first record.
    pub first_id: usize,
    /// The header and whole records.
    pub bytes: Buffer,
    /// Where each record begins: no segment is longer than 2^32 bytes.
    pub offsets: Vec<u32>,
    pub num_tokens: usize,
    pub num_turns: usize,
}

/// Where a record lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Position in `segments`.
    pub segment: usize,
    pub offset: usize,
}

impl Segment {
    pub fn new(first_id: usize, bytes: Buffer) -> Self {
        Self {
            first_id,
            bytes,
            offsets: Vec::new(),
            num_tokens: 0,
            num_turns: 0,
        }
    }

    /// One past the id of its last record.
    pub fn end_id(&self) -> usize {
        self.first_id + self.offsets.len()
    }

    /// Where the checksum lies that the next record or segment continues.
    pub fn chain_at(&self) -> usize {
        match self.offsets.last() {
            Some(&offset) => offset as usize + 4,
            None => segment::header_length(&self.bytes) - 4,
        }
    }

    /// Counts a record that `bytes` holds, or will hold, at `offset`.
    pub fn add(&mut self, offset: usize, tokens: usize, turns: usize) {
        // MAX_PAYLOAD and MAX_SEGMENT_BYTES keep every offset below 2^31.
        self.offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
        self.num_tokens += tokens;
        self.num_turns += turns;
    }

    /// Its record number `index`.
    pub fn record(&self, index: usize) -> Option<Record<'_>> {
        let offset = *self.offsets.get(index)?;
        segment::payload(&self.bytes, offset as usize).and_then(Record::parse)
    }
}

impl Store {
    /// How many ids were ever given: the ids held are those from [`Store::first_id`] to this one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.last().map_or(0, Segment::end_id)
    }

    /// Whether none was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lowest id held; the trajectories below it were compacted away.
    #[must_use]
    pub fn first_id(&self) -> usize {
        self.segments.first().map_or(0, |segment| segment.first_id)
    }

    /// Trajectories held.
    #[must_use]
    pub fn num_trajectories(&self) -> usize {
        self.len() - self.first_id()
    }

    /// Turns of all trajectories held.
    #[must_use]
    pub fn num_turns(&self) -> usize {
        self.segments.iter().map(|segment| segment.num_turns).sum()
    }

    /// Tokens of all trajectories held.
    #[must_use]
    pub fn num_tokens(&self) -> usize {
        self.segments.iter().map(|segment| segment.num_tokens).sum()
    }

    /// Bytes that log and index take in memory, room to grow included.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let of = |segment: &Segment| segment.bytes.memory_bytes() + 4 * segment.offsets.capacity();
        self.segments.capacity() * size_of::<Segment>()
            + self.segments.iter().map(of).sum::<usize>()
    }

    /// Bytes that the files of the log hold; 0 in memory.
    #[must_use]
    pub fn disk_bytes(&self) -> usize {
        match self.folder {
            Some(_) => self
                .segments
                .iter()
                .map(|segment| segment.bytes.len())
                .sum(),
            None => 0,
        }
    }

    /// Its folder; `None` in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.folder.as_ref().map(Folder::path)
    }

    /// What opening had to drop, if anything.
    #[must_use]
    pub fn repaired(&self) -> Option<&str> {
        self.repaired.as_deref()
    }

    /// The trajectory with this id.
    ///
    /// # Errors
    /// [`Error::UnknownTrajectory`], [`Error::Compacted`] or [`Error::Closed`].
    pub fn get(&self, id: i64) -> Result<Trajectory, Error> {
        self.record(id)?.decode().ok_or_else(|| Self::damaged(id))
    }

    /// Number of turns of one trajectory.
    ///
    /// # Errors
    /// [`Error::UnknownTrajectory`], [`Error::Compacted`] or [`Error::Closed`].
    pub fn turns_of(&self, id: i64) -> Result<usize, Error> {
        self.record(id).map(|record| record.num_turns())
    }

    /// Policy version of one trajectory.
    ///
    /// # Errors
    /// [`Error::UnknownTrajectory`] or [`Error::Closed`].
    pub fn policy_version_of(&self, id: i64) -> Result<u64, Error> {
        self.record(id).map(|record| record.policy_version)
    }

    pub(crate) fn record(&self, id: i64) -> Result<Record<'_>, Error> {
        self.check_open()?;
        self.parse(id, self.entry(id)?)
    }

    /// Reads a byte of each of the first cache lines of a record, for the sake of having them.
    pub(crate) fn touch(&self, entry: Entry) -> u8 {
        const LINES: usize = 5;
        let segment = self.segments.get(entry.segment);
        let record = segment.and_then(|segment| segment.bytes.get(entry.offset..));
        let lines = record.unwrap_or_default().iter().step_by(64).take(LINES);
        lines.fold(0, |all, byte| all ^ byte)
    }

    pub(crate) fn entry(&self, id: i64) -> Result<Entry, Error> {
        let entry = || {
            let (segment, index) = self.place(usize::try_from(id).ok()?)?;
            let offset = *self.segments.get(segment)?.offsets.get(index)? as usize;
            Some(Entry { segment, offset })
        };
        entry().ok_or_else(|| self.unknown(id))
    }

    pub(crate) fn parse(&self, id: i64, entry: Entry) -> Result<Record<'_>, Error> {
        self.record_at(entry).ok_or_else(|| Self::damaged(id))
    }

    fn record_at(&self, entry: Entry) -> Option<Record<'_>> {
        let segment = self.segments.get(entry.segment)?;
        segment::payload(&segment.bytes, entry.offset).and_then(Record::parse)
    }

    /// Position of the segment that holds a record, and of the record in it.
    pub(crate) fn place(&self, id: usize) -> Option<(usize, usize)> {
        let after = self
            .segments
            .partition_point(|segment| segment.first_id <= id);
        let position = after.checked_sub(1)?;
        let segment = self.segments.get(position)?;
        (id < segment.end_id()).then(|| (position, id - segment.first_id))
    }

    fn unknown(&self, id: i64) -> Error {
        let (first_id, length) = (self.first_id(), self.len());
        if usize::try_from(id).is_ok_and(|id| id < first_id) {
            Error::Compacted { id, first_id }
        } else {
            Error::UnknownTrajectory {
                id,
                first_id,
                length,
            }
        }
    }

    /// The checksum that the next record or segment continues.
    pub(crate) fn chain(&self) -> u32 {
        let last = self.segments.last();
        last.map_or(0, |last| segment::word(&last.bytes, last.chain_at()))
    }

    /// Number of the last segment.
    pub(crate) fn last_segment(&self) -> usize {
        self.first_segment + self.segments.len().saturating_sub(1)
    }

    /// Adds a segment to the log in memory. The one before is finished and gives back its slack.
    pub(crate) fn push_segment(&mut self, segment: Segment) {
        if let Some(last) = self.segments.last_mut() {
            last.offsets.shrink_to_fit();
        }
        self.segments.push(segment);
    }

    /// # Errors
    /// [`Error::Closed`].
    pub fn check_open(&self) -> Result<(), Error> {
        if self.closed {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    /// Never happens: what is in memory was whole when it got there.
    pub(crate) fn damaged(id: i64) -> Error {
        Error::corrupt(
            "memory".as_ref(),
            format!("record {id} is no trajectory any more"),
        )
    }
}
