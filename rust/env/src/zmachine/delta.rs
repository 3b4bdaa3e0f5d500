//! Memory as what differs from the story's opening, which is little.
//!
//! Runs of `[equal bytes before it: u16][its length: u16][its bytes]`, numbers being little-endian.

/// A gap of fewer equal bytes than this costs less inside a run than between two.
const SHORTEST_GAP: usize = 4;
/// Bytes that are compared at once.
const BLOCK: usize = 32;

/// What makes `now` of `opening`; both have the same length, less than 64 KiB.
pub(super) fn difference(opening: &[u8], now: &[u8]) -> Vec<u8> {
    let (mut delta, mut at, mut written) = (Vec::new(), 0, 0);
    while let Some(begin) = first_different(opening, now, at) {
        let mut end = begin + 1;
        at = end;
        while at < now.len() && at < end + SHORTEST_GAP {
            if opening[at] != now[at] {
                end = at + 1;
            }
            at += 1;
        }
        for number in [begin - written, end - begin] {
            delta.extend(u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
        }
        delta.extend(&now[begin..end]);
        written = end;
    }
    delta
}

/// The first place from `from` on where the two differ.
fn first_different(opening: &[u8], now: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let blocks = opening[from..].chunks(BLOCK).zip(now[from..].chunks(BLOCK));
    for (before, after) in blocks {
        if before != after {
            let inside = before.iter().zip(after).position(|(old, new)| old != new)?;
            return Some(at + inside);
        }
        at += BLOCK;
    }
    None
}

/// Memory again, or nothing if the bytes are no difference to memory of this length.
pub(super) fn apply(opening: &[u8], mut delta: &[u8]) -> Option<Vec<u8>> {
    let (mut now, mut at) = (opening.to_vec(), 0);
    while let Some((head, rest)) = delta.split_first_chunk::<4>() {
        let [gap, length] = [[head[0], head[1]], [head[2], head[3]]].map(u16::from_le_bytes);
        at += usize::from(gap);
        let (run, rest) = rest.split_at_checked(length.into())?;
        now.get_mut(at..at + run.len())?.copy_from_slice(run);
        at += run.len();
        delta = rest;
    }
    delta.is_empty().then_some(now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{apply, difference};

    #[test]
    fn runs_are_as_they_are_told() {
        let delta = difference(b"abcdefghijkl", b"abXdYfghijkZ");
        assert_eq!(delta, b"\x02\0\x03\0XdY\x06\0\x01\0Z");
        assert!(difference(b"same", b"same").is_empty());
        assert_eq!(apply(b"abc", b"\x02\0\x02\0XY"), None, "it is too long");
        assert_eq!(apply(b"abc", b"\x01\0"), None, "it is cut short");
    }

    proptest! {
        #[test]
        fn memory_comes_back(
            opening in prop::collection::vec(0..3_u8, 0..200),
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8), 0..20),
        ) {
            let mut now = opening.clone();
            for (index, byte) in changes {
                if !now.is_empty() {
                    let at = index.index(now.len());
                    now[at] = byte;
                }
            }
            prop_assert_eq!(apply(&opening, &difference(&opening, &now)), Some(now));
        }
    }
}
