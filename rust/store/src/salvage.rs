//! Looking for damage in a store, and saving what is whole.

mod order;
mod report;
mod scan;

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{self, Path, PathBuf};

use crate::folder::{self, Folder};
use crate::segment;
use crate::{DEFAULT_SEGMENT_BYTES, Error, Store, Trajectory};
use order::Source;
pub use report::Report;
use report::Section;
use scan::{Head, Links, Piece};

/// Scans of a store that is being written, before what they find is believed.
const SCANS: usize = 5;

/// What a folder holds, and all that is wrong with it. Nothing is changed, and a writer may be at
/// work: a record that it is writing is an unfinished tail.
///
/// # Errors
/// [`Error::Corrupt`] if the folder holds no segment at all, or [`Error::Io`].
pub fn check(path: &Path) -> Result<Report, Error> {
    let scan = || scan(path, &mut |_| Ok(()));
    let mut found = scan();
    // A writer that truncates or compacts meanwhile may look like damage; damage stays.
    for _ in 1..SCANS {
        if found.as_ref().is_ok_and(Report::is_whole) {
            break;
        }
        let again = scan();
        let settled = match (&found, &again) {
            (Ok(one), Ok(other)) => one.damage == other.damage,
            (Err(one), Err(other)) => one.to_string() == other.to_string(),
            _ => false,
        };
        found = again;
        if settled {
            break;
        }
    }
    found
}

/// Writes every whole record of a damaged store to a new one, with ids that follow each other, and
/// says what was damaged.
///
/// Without `out` the new store takes the place of the old one, which is kept as `PATH.damaged`; a
/// store without damage is then left as it is. The new store is built as `PATH.repairing`, or
/// `OUT.repairing`, and gets its name once it is complete; where a process dies in here, the next
/// call finishes.
///
/// With `out` the damaged store is only read: its lock is held if it can be opened.
///
/// # Errors
/// [`Error::Locked`] if the store is in use, [`Error::Argument`] if there is something in the place
/// of `out` or of `PATH.damaged`, or in that of `.repairing` what no repair has left, [`Error::Corrupt`] if the folder holds no segment at all, or
/// [`Error::Io`]; the store is then as it was.
pub fn repair(path: &Path, out: Option<&Path>) -> Result<Report, Error> {
    // Of `.`, or of a link, the siblings are those of the folder itself.
    let path = &match fs::canonicalize(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => path::absolute(path),
        found => found,
    }
    .map_err(|e| Error::io("find", path, e))?;
    let (beside, damaged) = (sibling(path, ".repairing"), sibling(path, ".damaged"));
    if !path.exists() && damaged.exists() && beside.exists() {
        rename(&beside, path)?; // an earlier call died between its two renames
    }
    segments(path)?; // before the lock, which would create what is not there
    if let Some(out) = out {
        let _lock = folder::hold(path)?;
        let report = scan(path, &mut |_| Ok(()))?;
        refuse(out)?;
        let beside = sibling(out, ".repairing");
        copy(path, &beside, &report)?;
        rename(&beside, out)?;
        return Ok(report);
    }
    let _lock = Folder::writer(path)?;
    let report = scan(path, &mut |_| Ok(()))?;
    if !report.damage.is_empty() {
        refuse(&damaged)?;
        copy(path, &beside, &report)?;
        rename(path, &damaged)?;
        rename(&beside, path)?;
    }
    Ok(report)
}

/// Copies what is whole to a new store, which is on the disk when this returns.
fn copy(path: &Path, to: &Path, report: &Report) -> Result<(), Error> {
    clear(to)?;
    let size = report.segment_bytes.unwrap_or(DEFAULT_SEGMENT_BYTES);
    if report.first_segment > 0 {
        // Older segments were compacted away: ids, and segments, go on from where they were.
        let header = segment::header(report.first_segment, report.first_id, size, 0);
        Folder::writer(to)?.append(report.first_segment, &header)?;
    }
    let mut store = Store::open(to, size)?;
    scan(path, &mut |whole| store.extend(whole).map(|_| ()))?;
    store.close()
}

/// Reads all segments, one at a time; `keep` gets the whole records of each.
fn scan(
    path: &Path,
    keep: &mut dyn FnMut(&[Trajectory]) -> Result<(), Error>,
) -> Result<Report, Error> {
    let folder = Folder::reader(path)?;
    let numbers = segments(path)?;
    let (sources, copies) = order::sources(&folder, &numbers)?;
    let mut report = Report::default();
    let mut sections = Vec::new();
    for copied in &copies {
        report.count_copy(copied);
    }
    // A segment that another was copied over has been there.
    let copied_over = |index: Option<usize>| {
        let index = index.filter(|&index| copies.iter().any(|copied| copied.source.name == index));
        index.map(Section::missing)
    };
    let first = sources.first().map_or(0, |source| source.index);
    sections.extend(copied_over(first.checked_sub(1)));
    let mut log = match first {
        0 => Scanned::after(Links::certain(0)),
        _ => Scanned::default(),
    };
    for (at, &source) in sources.iter().enumerate() {
        let index = source.index;
        let mut bytes = Vec::new();
        let follows = at == 0 || sources.get(at - 1).map(|before| before.index + 1) == Some(index);
        let found = folder.read(source.name, 0, &mut bytes)?;
        if !follows || !found {
            sections.push(Section::missing(if found { index - 1 } else { index }));
            log.links = Links::default();
        }
        if found {
            let last = at + 1 == sources.len();
            let (section, whole) = log.segment(&bytes, source, last, &mut report);
            keep(&whole)?;
            sections.push(section);
        }
    }
    sections.extend(copied_over(sources.last().map(|source| source.index + 1)));
    report.describe(&sections);
    Ok(report)
}

/// The end of the log as far as it was scanned.
#[derive(Default)]
struct Scanned {
    /// What the next segment may continue.
    links: Links,
    /// The id after the last record that was kept.
    next: usize,
}

impl Scanned {
    fn after(links: Links) -> Self {
        Self { links, next: 0 }
    }

    /// Scans one more segment; gives its whole records, none of an id that is taken.
    fn segment(
        &mut self,
        bytes: &[u8],
        source: Source,
        last: bool,
        report: &mut Report,
    ) -> (Section, Vec<Trajectory>) {
        let (head, mut scanner) = scan::head(bytes, source.index, &self.links, last);
        report.count_segment(bytes, &head);
        let (mut section, mut whole) = (Section::new(source, &head), Vec::new());
        let mut id = match &head {
            // One of another log may hold ids that are taken.
            Head::Whole(header, what) if what.is_some() || !self.links.certain => header.first_id,
            Head::Whole(header, _) => header.first_id.max(self.next),
            _ => self.next,
        };
        for (at, piece) in scanner.by_ref() {
            let twice = id < self.next;
            section.push(at, &piece, twice);
            match piece {
                Piece::Whole { record, .. } => {
                    id += 1;
                    if !twice {
                        self.next = id;
                        report.count(&record);
                        whole.extend(record.decode());
                    }
                }
                Piece::Lost { records, .. } => id += records.unwrap_or(0),
                Piece::Unfinished => {}
            }
        }
        self.links = scanner.links;
        (section, whole)
    }
}

/// Numbers of the segments that a folder holds, ascending; there is at least one.
fn segments(path: &Path) -> Result<Vec<usize>, Error> {
    let numbers = folder::numbers(path)?;
    if numbers.is_empty() {
        let what = "holds no segment, so it is no trajectory store";
        return Err(Error::corrupt(path, what));
    }
    Ok(numbers)
}

/// Removes what a repair that died has left, and nothing else.
fn clear(path: &Path) -> Result<(), Error> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let fail = |e| Error::io("remove", path, e);
    let mut ours = found.is_dir();
    if ours {
        for entry in fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name();
            let file = entry.file_type().map_err(fail)?.is_file();
            ours &= file && (name == "lock" || folder::number(&name).is_some());
        }
    }
    if !ours {
        return refuse(path);
    }
    let _lock = Folder::writer(path)?; // unless another repair is at work in it
    fs::remove_dir_all(path).map_err(fail)
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|e| Error::io("rename", from, e))
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.components().as_path());
    name.push(suffix);
    name.into()
}

fn refuse(path: &Path) -> Result<(), Error> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    Err(Error::Argument(format!(
        "{} is there already: move it away, or write the repaired store somewhere else",
        path.display()
    )))
}
