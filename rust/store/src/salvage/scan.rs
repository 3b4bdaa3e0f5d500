//! What is whole in the bytes of one segment, whatever else they hold.
//!
//! A record is vouched for by two checksums: that of its frame, and that of its payload, which
//! continues the one before. Damage in a payload therefore leaves the next record in reach. Where a
//! frame is damaged, its payload is bounded by the next frame that holds, and either checksum that
//! is left can still vouch for it. A record for which no checksum speaks is never handed out.

use crc32c::{crc32c, crc32c_append};

use crate::record::Record;
use crate::segment::{self, FRAME, Found, Header};

/// What lies between two offsets of a segment.
pub enum Piece<'a> {
    /// A record whose checksum holds; `mended` says that its frame does not.
    Whole { record: Record<'a>, mended: bool },
    /// Records of which none can be trusted; their number, if that is certain.
    Lost {
        records: Option<usize>,
        why: &'static str,
    },
    /// The end of the last segment, in the middle of a record: what a crash leaves, or what the
    /// writer is busy with.
    Unfinished,
}

/// The checksums that the next record, or header, may continue.
#[derive(Debug, Clone, Default)]
pub struct Links {
    pub sums: Vec<u32>,
    /// One of them is right for certain.
    pub certain: bool,
}

impl Links {
    pub fn certain(sum: u32) -> Self {
        Self {
            sums: vec![sum],
            certain: true,
        }
    }

    /// What these checksums become after `bytes`.
    fn after<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = u32> + 'a {
        self.sums.iter().map(|&sum| crc32c_append(sum, bytes))
    }
}

/// What the beginning of a segment says.
pub enum Head {
    /// A header to be trusted, as far as its id goes; and what is wrong with it all the same.
    Whole(Header, Option<String>),
    /// Not to be trusted; records may follow.
    Damaged(String),
    /// The last segment ends before its first record does begin.
    Unfinished,
}

/// Reads a header, and what the first record may continue.
pub fn head<'a>(bytes: &'a [u8], index: usize, before: &Links, last: bool) -> (Head, Scanner<'a>) {
    let joined = |first_id| {
        let read = |&sum| segment::read_header(bytes, index, Some((first_id, sum)));
        !before.certain
            || before
                .sums
                .iter()
                .any(|sum| matches!(read(sum), Found::Whole(_)))
    };
    let (head, length) = match segment::read_header(bytes, index, None) {
        Found::Whole(header) if joined(header.first_id) => {
            let links = Links::certain(header.checksum);
            return (
                Head::Whole(header, None),
                Scanner::new(bytes, header.length, links, last),
            );
        }
        Found::Whole(header) => {
            let what = "its header does not continue the segment before".to_owned();
            // Nothing but the segment before vouches for a header of version 1.
            let head = if segment::version(bytes) == 1 {
                Head::Damaged(what)
            } else {
                Head::Whole(header, Some(what))
            };
            (head, header.length)
        }
        Found::Corrupt(what) => (Head::Damaged(what), length_of_damaged(bytes)),
        // A first segment that is not number 0 was whole before those before it were dropped.
        _ if last && !before.sums.is_empty() => {
            return (
                Head::Unfinished,
                Scanner::new(bytes, bytes.len(), Links::default(), last),
            );
        }
        _ => (
            Head::Damaged("its header is incomplete".into()),
            length_of_damaged(bytes),
        ),
    };
    // Either the checksum or what it covers may be right.
    let covered = bytes.get(..length - 4).unwrap_or_default();
    let mut sums = vec![segment::word(bytes, length - 4)];
    sums.extend(before.after(covered));
    sums.push(crc32c_append(segment::word(bytes, 28), covered));
    let links = Links {
        sums,
        certain: false,
    };
    (head, Scanner::new(bytes, length, links, last))
}

/// The length of a header whose version may be damaged: a frame follows it.
fn length_of_damaged(bytes: &[u8]) -> usize {
    let [old, new] = segment::HEADERS;
    if frame_at(bytes, new).is_none() && frame_at(bytes, old).is_some() {
        old
    } else {
        new
    }
}

/// Goes through the records of a segment.
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What the next record, or the header of the next segment, may continue.
    pub links: Links,
    last: bool,
}

impl<'a> Iterator for Scanner<'a> {
    /// Where a piece begins, and what it is.
    type Item = (usize, Piece<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let short = rest.len() < FRAME || segment::is_zero(rest);
        let piece = match frame_at(self.bytes, at) {
            Some((length, sum)) => match rest.get(FRAME..FRAME + length) {
                Some(payload) => self.framed(payload, sum),
                None => self.cut_off(),
            },
            None if short => self.cut_off(),
            None => self.unframed(at),
        };
        Some((at, piece))
    }
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8], at: usize, links: Links, last: bool) -> Self {
        Self {
            bytes,
            at,
            links,
            last,
        }
    }

    /// A record whose frame holds.
    fn framed(&mut self, payload: &'a [u8], sum: u32) -> Piece<'a> {
        let links = std::mem::replace(&mut self.links, Links::certain(sum));
        self.at += FRAME + payload.len();
        if links.after(payload).any(|found| found == sum) {
            return trusted(payload, false);
        }
        let why = if links.certain {
            "its payload fails its checksum"
        } else {
            "nothing that is left vouches for it"
        };
        Piece::Lost {
            records: Some(1),
            why,
        }
    }

    /// The rest of the segment, which ends too early.
    fn cut_off(&mut self) -> Piece<'a> {
        self.at = self.bytes.len();
        self.links = Links::default();
        if self.last {
            return Piece::Unfinished;
        }
        Piece::Lost {
            records: None,
            why: "the rest of its segment is missing",
        }
    }

    /// A record whose frame is damaged: its payload ends where its length says, where the next
    /// frame is, or where the segment ends.
    fn unframed(&mut self, at: usize) -> Piece<'a> {
        let (bytes, from) = (self.bytes, at + FRAME);
        let named = from + segment::word(bytes, at) as usize;
        let fits = |p: usize| {
            frame_at(bytes, p).is_some_and(|(length, _)| p + FRAME + length <= bytes.len())
        };
        if let Some(piece) = self.mended(at, named) {
            return piece;
        }
        // A frame of zero bytes would fail its checksum, so that zeros are passed over.
        let next = (from..bytes.len())
            .find(|&p| fits(p))
            .unwrap_or(bytes.len());
        if let Some(piece) = self.mended(at, next) {
            return piece;
        }
        let stored = segment::word(bytes, at + 4);
        let follows = frame_at(bytes, next).is_some_and(|(length, sum)| {
            let payload = bytes.get(next + FRAME..next + FRAME + length);
            payload.is_some_and(|payload| crc32c_append(stored, payload) == sum)
        });
        self.at = next;
        self.links = Links {
            sums: vec![stored],
            certain: follows,
        };
        Piece::Lost {
            records: (follows || named == next).then_some(1),
            why: "its frame fails its checksum",
        }
    }

    /// The record at `at` if its payload ends at `end`, and one of its two checksums holds.
    fn mended(&mut self, at: usize, end: usize) -> Option<Piece<'a>> {
        let payload = self.bytes.get(at + FRAME..end)?;
        let length = u32::try_from(payload.len()).ok()?.to_le_bytes();
        let check = |sum: u32| crc32c_append(crc32c(&length), &sum.to_le_bytes());
        let (stored, frame) = (
            segment::word(self.bytes, at + 4),
            segment::word(self.bytes, at + 8),
        );
        let sum = self
            .links
            .after(payload)
            .find(|&sum| sum == stored || check(sum) == frame)?;
        self.at = end;
        self.links = Links::certain(sum);
        Some(trusted(payload, true))
    }
}

fn trusted(payload: &[u8], mended: bool) -> Piece<'_> {
    match Record::parse(payload).filter(|record| record.decode().is_some()) {
        Some(record) => Piece::Whole { record, mended },
        None => Piece::Lost {
            records: Some(1),
            why: "it is no trajectory",
        },
    }
}

/// Payload length and checksum of the frame at `at`, if its own checksum holds.
pub fn frame_at(bytes: &[u8], at: usize) -> Option<(usize, u32)> {
    let frame = bytes.get(at..)?.first_chunk::<FRAME>()?;
    let holds = crc32c(&frame[..8]) == segment::word(frame, 8);
    holds.then(|| (segment::word(frame, 0) as usize, segment::word(frame, 4)))
}
