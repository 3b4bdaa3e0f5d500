//! The only code that touches files.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{self, Path, PathBuf};
use std::process;
use std::time::SystemTime;

use crate::Error;

/// A store's folder: `000000.seg`, `000001.seg`, … and `lock`, which its writer keeps locked.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The writer's, and the process that it is: a fork inherits the lock but is no writer.
    lock: Option<(File, u32)>,
    /// The segment that was written last, open for appending.
    last: Option<(usize, File)>,
}

impl Folder {
    /// Creates the folder where there is none and becomes its only writer.
    pub fn writer(path: &Path) -> Result<Self, Error> {
        let path = absolute(path)?;
        fs::create_dir_all(&path).map_err(|e| Error::io("create the folder", &path, e))?;
        let at = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&at);
        let lock = lock.map_err(|e| Error::io("open", &at, e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path,
                lock: Some((lock, process::id())),
                last: None,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(path)),
            Err(TryLockError::Error(e)) => Err(Error::io("lock", &at, e)),
        }
    }

    /// Reads a folder, which is never changed.
    pub fn reader(path: &Path) -> Result<Self, Error> {
        let path = absolute(path)?;
        fs::read_dir(&path).map_err(|e| Error::io("read the folder", &path, e))?;
        Ok(Self {
            path,
            lock: None,
            last: None,
        })
    }

    pub fn is_writer(&self) -> bool {
        self.lock
            .as_ref()
            .is_some_and(|(_, owner)| *owner == process::id())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn segment(&self, index: usize) -> PathBuf {
        self.path.join(format!("{index:06}.seg"))
    }

    /// Appends what lies at `from` and after in a segment to `bytes`; `false` if there is no such
    /// segment.
    pub fn read(&self, index: usize, from: usize, bytes: &mut Vec<u8>) -> Result<bool, Error> {
        let path = self.segment(index);
        let mut read = || -> io::Result<()> {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(from as u64))?;
            file.read_to_end(bytes).map(|_| ())
        };
        match read() {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io("read", &path, e)),
        }
    }

    /// At most `length` bytes from the beginning of a segment; none if there is no such segment.
    pub fn beginning(&self, index: usize, length: usize) -> Result<Vec<u8>, Error> {
        let path = self.segment(index);
        let mut bytes = Vec::new();
        let read =
            File::open(&path).and_then(|file| file.take(length as u64).read_to_end(&mut bytes));
        match read {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("read", &path, e)),
            _ => Ok(bytes),
        }
    }

    pub fn exists(&self, index: usize) -> Result<bool, Error> {
        let path = self.segment(index);
        match fs::metadata(&path) {
            Ok(found) => Ok(!found.is_dir()),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io("look for", &path, e)),
        }
    }

    /// Numbers of the first and the last segment.
    pub fn bounds(&self) -> Result<Option<(usize, usize)>, Error> {
        let numbers = numbers(&self.path)?;
        Ok(numbers.first().copied().zip(numbers.last().copied()))
    }

    /// Numbers, lengths and times of change of the segments, by which a reader knows whether the
    /// writer has been at work.
    pub fn state(&self) -> Result<Vec<(usize, u64, Option<SystemTime>)>, Error> {
        let state = |index| {
            let found = fs::metadata(self.segment(index)).ok()?; // or it has gone meanwhile
            Some((index, found.len(), found.modified().ok()))
        };
        Ok(numbers(&self.path)?.into_iter().filter_map(state).collect())
    }

    /// Writes at the end of a segment, which is created if need be.
    pub fn append(&mut self, index: usize, bytes: &[u8]) -> Result<(), Error> {
        let written = self.open(index)?.write_all(bytes);
        written.map_err(|e| Error::io("write to", &self.segment(index), e))
    }

    /// Cuts a segment down to `length` bytes; no segment after it is left.
    pub fn cut(&mut self, index: usize, length: usize) -> Result<(), Error> {
        self.last = None;
        while let Some((_, last)) = self.bounds()?.filter(|&(_, last)| last > index) {
            self.unlink(last)?;
        }
        let cut = self.open(index)?.set_len(length as u64);
        cut.map_err(|e| Error::io("cut", &self.segment(index), e))
    }

    /// Removes the first segment, and waits until it is gone from the disk, so that no power cut
    /// can leave a gap between it and those that are removed next.
    pub fn remove(&self, index: usize) -> Result<(), Error> {
        self.unlink(index)?;
        self.sync_list()
    }

    fn unlink(&self, index: usize) -> Result<(), Error> {
        let path = self.segment(index);
        fs::remove_file(&path).map_err(|e| Error::io("remove", &path, e))
    }

    /// Waits until the last segment, and the folder's list of segments, are on the disk.
    pub fn sync(&mut self, index: usize) -> Result<(), Error> {
        let synced = self.open(index)?.sync_all();
        synced.map_err(|e| Error::io("sync", &self.segment(index), e))?;
        self.sync_list()
    }

    fn sync_list(&self) -> Result<(), Error> {
        // Only Unix can open a folder; elsewhere the list of files is synced with the file.
        if cfg!(unix) {
            let folder = File::open(&self.path).and_then(|folder| folder.sync_all());
            folder.map_err(|e| Error::io("sync", &self.path, e))?;
        }
        Ok(())
    }

    fn open(&mut self, index: usize) -> Result<&mut File, Error> {
        let file = match self.last.take() {
            Some((last, file)) if last == index => file,
            _ => {
                let path = self.segment(index);
                let file = OpenOptions::new().create(true).append(true).open(&path);
                file.map_err(|e| Error::io("open", &path, e))?
            }
        };
        Ok(&mut self.last.insert((index, file)).1)
    }
}

/// Numbers of the segments that a folder holds, ascending; files with other names are none.
pub fn numbers(folder: &Path) -> Result<Vec<usize>, Error> {
    let fail = |e| Error::io("read the folder", folder, e);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            numbers.extend(number(&entry.file_name()));
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// That of the segment with this name, which has six digits, or more if need be.
pub fn number(name: &OsStr) -> Option<usize> {
    let name = name.to_str()?;
    let number: u32 = name.strip_suffix(".seg")?.parse().ok()?;
    (name == format!("{number:06}.seg")).then_some(number as usize)
}

/// Keeps writers out of a folder that is itself only read, where it has a lock that can be had:
/// nothing is created, and no right to write is needed.
pub fn hold(folder: &Path) -> Result<Option<File>, Error> {
    let Ok(lock) = File::open(folder.join("lock")) else {
        return Ok(None);
    };
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err(Error::Locked(folder.to_path_buf())),
        _ => Ok(Some(lock)),
    }
}

/// So that a process may go to another working directory, or hand the store to one that is there.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    path::absolute(path).map_err(|e| Error::io("find", path, e))
}

impl Drop for Folder {
    /// Lets the next writer in. Closing the file would not do while a fork has it open as well.
    fn drop(&mut self) {
        if self.is_writer()
            && let Some((lock, _)) = &self.lock
        {
            let _ = lock.unlock();
        }
    }
}
