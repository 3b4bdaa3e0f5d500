//! Which segment each file is: one that was renamed, or copied over another, is told by its header.
//!
//! A header of version 2 that holds its checksum says so alone. One of version 1 does not vouch for
//! itself: it is believed where its file continues, or is continued by, the segment next to it, or
//! where another file holds the same records. Where nothing speaks for a header, the name counts.

use std::collections::BTreeMap;

use super::scan::{self, Links, Piece};
use crate::Error;
use crate::folder::Folder;
use crate::segment::{self, FRAME, Found, HEADERS};

/// A file, by the number in its name, and the segment that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    pub index: usize,
    pub name: usize,
}

/// A file that is a segment which another file holds as well.
pub struct Copied {
    pub source: Source,
    /// The one that is taken.
    pub taken: usize,
    pub bytes: u64,
}

/// What the beginning of a file says.
struct Claim {
    name: usize,
    bytes: Vec<u8>,
    /// The segment that it says it is, unless its header is damaged.
    index: Option<usize>,
    /// Its header vouches for that, or its name says the same.
    sure: bool,
}

/// One file for each segment that is there, in the order of the log; and the other ones.
pub fn sources(folder: &Folder, numbers: &[usize]) -> Result<(Vec<Source>, Vec<Copied>), Error> {
    let claims = numbers
        .iter()
        .map(|&name| {
            Ok(Claim::new(
                name,
                folder.beginning(name, HEADERS[1] + FRAME)?,
            ))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut segments = BTreeMap::<usize, Vec<usize>>::new();
    for claim in &claims {
        let index = claim.settle(folder, &claims)?;
        segments.entry(index).or_default().push(claim.name);
    }
    let (mut sources, mut copies) = (Vec::new(), Vec::new());
    for (index, names) in segments {
        let taken = best(folder, index, &names)?;
        sources.push(Source { index, name: taken });
        for name in names.into_iter().filter(|&name| name != taken) {
            copies.push(Copied {
                source: Source { index, name },
                taken,
                bytes: read(folder, name)?.len() as u64,
            });
        }
    }
    Ok((sources, copies))
}

impl Claim {
    fn new(name: usize, bytes: Vec<u8>) -> Self {
        let named = segment::word(&bytes, 12) as usize;
        let whole = matches!(segment::read_header(&bytes, named, None), Found::Whole(_));
        Self {
            name,
            index: whole.then_some(named),
            sure: whole && (named == name || segment::version(&bytes) > 1),
            bytes,
        }
    }

    /// The segment that this file is.
    fn settle(&self, folder: &Folder, claims: &[Self]) -> Result<usize, Error> {
        if let (true, Some(index)) = (self.sure, self.index) {
            return Ok(index);
        }
        let twin = claims.iter().find(|other| {
            let same = other.name != self.name && self.first_frame() == other.first_frame();
            same && self.first_frame().is_some() && (other.sure || other.index == self.index)
        });
        if let Some(twin) = twin {
            return Ok(twin.index.unwrap_or(self.name.min(twin.name)));
        }
        let Some(index) = self.index else {
            return Ok(self.name);
        };
        let mut linked = index == 0 && self.continues(0);
        for other in claims {
            linked |= other.index.is_some_and(|other| other + 1 == index)
                && other.precedes(folder, self)?;
            linked |= other.index == Some(index + 1) && self.precedes(folder, other)?;
        }
        Ok(if linked { index } else { self.name })
    }

    /// Length and chained checksum of the first record, which no other segment has.
    fn first_frame(&self) -> Option<(usize, u32)> {
        let [old, new] = HEADERS;
        scan::frame_at(&self.bytes, new).or_else(|| scan::frame_at(&self.bytes, old))
    }

    /// Whether the header continues this checksum.
    fn continues(&self, sum: u32) -> bool {
        let Some(index) = self.index else {
            return false;
        };
        let Found::Whole(header) = segment::read_header(&self.bytes, index, None) else {
            return false;
        };
        let before = Some((header.first_id, sum));
        matches!(
            segment::read_header(&self.bytes, index, before),
            Found::Whole(_)
        )
    }

    /// Whether `next` continues the last checksum of this file.
    fn precedes(&self, folder: &Folder, next: &Self) -> Result<bool, Error> {
        let bytes = read(folder, self.name)?;
        let index = self.index.unwrap_or(self.name);
        let (_, mut scanner) = scan::head(&bytes, index, &Links::default(), false);
        scanner.by_ref().for_each(drop);
        Ok(scanner.links.sums.iter().any(|&sum| next.continues(sum)))
    }
}

/// Of the files that are all segment `index`, the one with the right name if it is whole, else the
/// one with the most whole records.
fn best(folder: &Folder, index: usize, names: &[usize]) -> Result<usize, Error> {
    if let &[only] = names {
        return Ok(only);
    }
    let mut best = (false, 0, false, index);
    for &name in names.iter().rev() {
        let bytes = read(folder, name)?;
        let (head, scanner) = scan::head(&bytes, index, &Links::default(), false);
        let (mut records, mut sound) = (0, matches!(head, scan::Head::Whole(..)));
        for (_, piece) in scanner {
            match piece {
                Piece::Whole { .. } => records += 1,
                Piece::Lost { .. } | Piece::Unfinished => sound = false,
            }
        }
        let in_place = name == index;
        best = best.max((in_place && sound, records, in_place, name));
    }
    Ok(best.3)
}

fn read(folder: &Folder, name: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    folder.read(name, 0, &mut bytes)?;
    Ok(bytes)
}
