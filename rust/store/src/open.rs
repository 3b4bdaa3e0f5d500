//! Opening, repairing and following a log.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::folder::Folder;
use crate::read::Tear;
use crate::segment::{self, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES};
use crate::store::Segment;
use crate::{DEFAULT_SEGMENT_BYTES, Error, Store};

/// Times that a reader reads a store in which it finds damage while the store changes.
const READS: usize = 20;
/// What a writer may take between a new folder and its first segment.
const BEGINNING: Duration = Duration::from_millis(20);

impl Store {
    /// An empty store in memory.
    ///
    /// # Errors
    /// [`Error::Argument`] if `segment_bytes` is out of bounds, or more than there is memory.
    pub fn in_memory(segment_bytes: usize) -> Result<Self, Error> {
        let mut store = Self::new(segment_bytes, None)?;
        store.begin_segment(0)?;
        Ok(store)
    }

    /// Opens a folder for writing and repairs the tail that a crash may have left, which
    /// [`Store::repaired`] then tells; a folder that does not exist is created.
    ///
    /// `segment_bytes` counts for a new store alone: an old one keeps what it was created with.
    ///
    /// # Errors
    /// [`Error::Locked`] if another writer has it open, [`Error::Corrupt`] if more than the tail is
    /// broken, [`Error::Argument`] or [`Error::Io`].
    pub fn open(path: &Path, segment_bytes: usize) -> Result<Self, Error> {
        let mut store = Self::new(segment_bytes, None)?;
        store.folder = Some(Folder::writer(path)?);
        let tear = store.catch_up()?;
        store.repair(tear)?;
        Ok(store)
    }

    /// Opens a folder for reading, while it is perhaps being written; nothing in it is changed.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if this is no store or a whole record is damaged, or [`Error::Io`].
    pub fn open_read_only(path: &Path) -> Result<Self, Error> {
        let folder = Folder::reader(path)?;
        if folder.bounds()?.is_none() {
            thread::sleep(BEGINNING); // a writer may just be creating the store
        }
        let mut seen = None;
        for _ in 0..READS {
            let state = folder.state()?;
            let mut store = Self::new(DEFAULT_SEGMENT_BYTES, Some(Folder::reader(path)?))?;
            let Err(error) = store.follow() else {
                return Ok(store);
            };
            // A writer that truncates or compacts meanwhile may look like damage; damage stays.
            let now = (state, error.to_string());
            if seen.as_ref() == Some(&now) && folder.state()? == now.0 {
                return Err(error);
            }
            seen = Some(now);
        }
        let last = seen.map_or_else(String::new, |(_, error)| error);
        let what = format!("changed during each of {READS} reads: open it again later; {last}");
        Err(Error::corrupt(path, what))
    }

    /// Takes in what the writer has appended, truncated or compacted since. Does nothing where the
    /// store is itself the writer.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Io`] or [`Error::Closed`]; the store keeps what it had.
    pub fn refresh(&mut self) -> Result<(), Error> {
        self.check_open()?;
        let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_writer()) else {
            return Ok(());
        };
        let kept = folder.bounds()?.map_or(0, |(first, _)| first);
        // The chained checksum stands for the whole log before it. Where it is another one, or has
        // gone, the writer has truncated, or dropped all that is known here, and everything is
        // read again.
        let path = folder.path().to_path_buf();
        if self.continues()? && self.follow().is_ok() {
            let dropped = kept.saturating_sub(self.first_segment);
            self.drop_first(dropped.min(self.segments.len() - 1));
        } else {
            let mut read = Self::open_read_only(&path)?;
            read.cuts = std::mem::take(&mut self.cuts);
            let common = self.common_length(&read);
            if common < self.len() {
                read.cuts.push(common);
            }
            *self = read;
        }
        Ok(())
    }

    /// One past the last id that has the same record here and in another reading of the log. Chained
    /// checksums agree only where all before them does.
    fn common_length(&self, other: &Self) -> usize {
        let from = self.first_id().max(other.first_id());
        let to = self.len().min(other.len());
        let same = |&id: &usize| self.checksum(id) == other.checksum(id);
        (from..to)
            .rev()
            .find(same)
            .map_or(from.min(to), |id| id + 1)
    }

    fn checksum(&self, id: usize) -> Option<u32> {
        let (segment, index) = self.place(id)?;
        let segment = self.segments.get(segment)?;
        let offset = *segment.offsets.get(index)? as usize;
        Some(segment::word(&segment.bytes, offset + 4))
    }

    /// Whether the files still hold the end of the log in memory.
    fn continues(&self) -> Result<bool, Error> {
        let (Some(folder), Some(last)) = (&self.folder, self.segments.last()) else {
            return Ok(false);
        };
        let mut tail = Vec::new();
        let found = folder.read(self.last_segment(), last.chain_at(), &mut tail)?;
        Ok(found && segment::word(&tail, 0) == self.chain())
    }

    fn new(segment_bytes: usize, folder: Option<Folder>) -> Result<Self, Error> {
        if !(MIN_SEGMENT_BYTES..=MAX_SEGMENT_BYTES).contains(&segment_bytes) {
            return Err(Error::Argument(format!(
                "segment_bytes = {segment_bytes}: give a size from {MIN_SEGMENT_BYTES} to {MAX_SEGMENT_BYTES}"
            )));
        }
        Ok(Self {
            segments: Vec::new(),
            first_segment: 0,
            segment_bytes,
            folder,
            repaired: None,
            unclean: false,
            closed: false,
            cuts: Vec::new(),
        })
    }

    /// What a reader makes of the files: a record that is still being written is not there yet.
    fn follow(&mut self) -> Result<(), Error> {
        match self.catch_up()? {
            Some(Tear {
                path,
                what,
                damaged: true,
            }) => Err(Error::corrupt(
                &path,
                format!("{what}; opening the store for writing drops it"),
            )),
            _ => Ok(()),
        }
    }

    /// Drops what `catch_up` stopped at, and begins a store that has no segment yet.
    fn repair(&mut self, tear: Option<Tear>) -> Result<(), Error> {
        let last = self.last_segment();
        let empty = |segment: &Segment| segment.offsets.is_empty();
        let bare = self.segments.len() > 1 && self.segments.last().is_some_and(empty);
        if bare {
            self.segments.pop();
        }
        let dropped = tear.map(|tear| format!("{}: {}", tear.path.display(), tear.what));
        let bare = bare.then(|| format!("{last:06}.seg holds no record"));
        self.repaired = dropped
            .or(bare)
            .map(|what| format!("dropped the end of the log: {what}"));
        if self.segments.is_empty() {
            if let Some(folder) = &mut self.folder {
                folder.cut(0, 0)?;
            }
            self.begin_segment(0)?;
            self.write_from(0, 0)?;
        }
        self.unclean = self.repaired.is_some();
        self.clean()
    }
}
