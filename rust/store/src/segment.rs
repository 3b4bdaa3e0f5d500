//! The bytes of a segment: a header, then framed records whose checksums form one chain.
//!
//! Every checksum continues the one before it, through records and across segments. The last
//! checksum therefore stands for all that precedes it, which is how a reader notices that the
//! writer has truncated the store and written something else in its place.

use crc32c::{crc32c, crc32c_append};

/// Bytes of a segment's header.
pub const HEADER: usize = 32;
/// Bytes of a record's frame: payload length, chained checksum, checksum of these two.
pub const FRAME: usize = 12;
/// Bounds on the size at which the store begins another segment.
pub const MIN_SEGMENT_BYTES: usize = 1 << 10;
/// See [`MIN_SEGMENT_BYTES`].
pub const MAX_SEGMENT_BYTES: usize = 1 << 30;

const MAGIC: &[u8; 8] = b"ARCHTRAJ";
const VERSION: u32 = 1;

/// Header of segment `index`, whose first record has id `first_id`.
pub fn header(index: usize, first_id: usize, segment_bytes: usize, chain: u32) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend(index.to_le_bytes().into_iter().take(4));
    out.extend_from_slice(&(first_id as u64).to_le_bytes());
    out.extend(segment_bytes.to_le_bytes().into_iter().take(4));
    out.extend_from_slice(&crc32c_append(chain, &out).to_le_bytes());
    out
}

/// A framed record that follows a record, or header, whose checksum is `chain`.
pub fn frame(payload: &[u8], chain: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(FRAME + payload.len());
    out.extend(payload.len().to_le_bytes().into_iter().take(4));
    out.extend_from_slice(&crc32c_append(chain, payload).to_le_bytes());
    out.extend_from_slice(&crc32c(&out).to_le_bytes());
    out.extend_from_slice(payload);
    out
}

/// What lies at an offset.
#[derive(Debug, PartialEq)]
pub enum Found<T> {
    /// Something whole.
    Whole(T),
    /// Nothing: the file ends here.
    End,
    /// The beginning of something: what a crash leaves behind at the end of the last segment.
    Torn,
    /// A whole record at the very end whose payload fails its checksum: what the loss of power may
    /// leave behind, or damage to the last record.
    BadTail,
    /// Damage, in these words.
    Corrupt(String),
}

/// Reads a header; gives the segment size that it names.
pub fn read_header(bytes: &[u8], index: usize, first_id: usize, chain: u32) -> Found<usize> {
    let Some((head, _)) = bytes.split_first_chunk::<HEADER>() else {
        let known = bytes.len().min(MAGIC.len());
        let whole = bytes.get(..known) == MAGIC.get(..known) || is_zero(bytes);
        return if whole { Found::Torn } else { not_a_segment() };
    };
    if is_zero(bytes) {
        return Found::Torn;
    }
    if !head.starts_with(MAGIC) {
        return not_a_segment();
    }
    let (version, size) = (word(head, 8), word(head, 24) as usize);
    if version != VERSION {
        return Found::Corrupt(format!(
            "format version {version}; this archer reads version {VERSION}"
        ));
    }
    if head[..] != *header(index, first_id, size, chain) {
        return Found::Corrupt(format!(
            "its header is not that of segment {index} from record {first_id}"
        ));
    }
    if (MIN_SEGMENT_BYTES..=MAX_SEGMENT_BYTES).contains(&size) {
        Found::Whole(size)
    } else {
        Found::Corrupt(format!(
            "its header names an impossible segment size of {size} bytes"
        ))
    }
}

/// Reads the record at `at`; gives its payload.
pub fn read_record(bytes: &[u8], at: usize, chain: u32) -> Found<&[u8]> {
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.is_empty() {
        return Found::End;
    }
    let Some((frame, rest)) = rest.split_first_chunk::<FRAME>() else {
        return Found::Torn;
    };
    if word(frame, 8) != crc32c(&frame[..8]) {
        let zero = is_zero(frame) && is_zero(rest);
        return if zero {
            Found::Torn
        } else {
            Found::Corrupt("its frame fails its checksum".into())
        };
    }
    let length = word(frame, 0) as usize;
    let Some(payload) = rest.get(..length) else {
        return Found::Torn;
    };
    match (
        crc32c_append(chain, payload) == word(frame, 4),
        length == rest.len(),
    ) {
        (true, _) => Found::Whole(payload),
        (false, true) => Found::BadTail,
        (false, false) => Found::Corrupt("its payload fails its checksum".into()),
    }
}

/// The payload of a record known to be whole.
pub fn payload(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?;
    rest.get(FRAME..)?.get(..word(rest, 0) as usize)
}

/// The little-endian word at `at`; 0 past the end.
pub fn word(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |&word| u32::from_le_bytes(word))
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

fn not_a_segment() -> Found<usize> {
    Found::Corrupt("it does not begin as a segment of a trajectory store".into())
}
