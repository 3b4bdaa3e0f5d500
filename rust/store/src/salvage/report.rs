//! What a scan found, counted and in words.

use std::ops::Range;

use crate::record::Record;
use crate::salvage::order::{Copied, Source};
use crate::salvage::scan::{Head, Piece};
use crate::segment;

/// What a folder holds, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Format versions of the segments, each once, ascending.
    pub format_versions: Vec<u32>,
    /// Segments that are there.
    pub segments: usize,
    /// Id of the first record.
    pub first_id: usize,
    /// Whole records.
    pub trajectories: usize,
    /// Their turns.
    pub turns: usize,
    /// Their tokens.
    pub tokens: usize,
    /// Size of the segments on the disk, damage and all.
    pub bytes: u64,
    /// All that is wrong, each with its segment, record and byte.
    pub damage: Vec<String>,
    /// Nothing is wrong but that the last record is incomplete: a writer is at work, or has died.
    pub unfinished_tail: bool,
    /// Ids of the records that are lost. Where several stretches of one segment are lost, or the
    /// end of the last one, only the first of these ids is certain.
    pub lost: Vec<Range<usize>>,
    /// Number of the first segment.
    pub(crate) first_segment: usize,
    /// The segment size that the first sound header names.
    pub(crate) segment_bytes: Option<usize>,
}

/// A segment in the report; one that is missing stands for those before it that are, too.
#[derive(Debug)]
pub(crate) struct Section {
    source: Source,
    first_id: Option<usize>,
    /// What is wrong with the header.
    head: Option<String>,
    unfinished: bool,
    found: Vec<(usize, Found)>,
}

/// A piece without its bytes.
#[derive(Debug, Clone, Copy)]
enum Found {
    Whole,
    /// Its id is that of a record before it, which was kept.
    Twice,
    Mended,
    Lost(Option<usize>, &'static str),
    Unfinished,
}

const TAIL: &str = "an unfinished tail, which opening the store for writing drops";

impl Section {
    pub fn new(source: Source, head: &Head) -> Self {
        let (first_id, mut what) = match head {
            Head::Whole(header, what) => (Some(header.first_id), what.clone()),
            Head::Damaged(what) => (None, Some(what.clone())),
            Head::Unfinished => (None, Some(format!("its header is incomplete: {TAIL}"))),
        };
        if source.index != source.name {
            let is = format!("this file is segment {}", source.index);
            what = Some(what.map_or(is.clone(), |what| format!("{is}; {what}")));
        }
        Self {
            source,
            first_id,
            head: what,
            unfinished: matches!(head, Head::Unfinished),
            found: Vec::new(),
        }
    }

    pub fn missing(index: usize) -> Self {
        Self {
            source: Source { index, name: index },
            first_id: None,
            head: None,
            unfinished: false,
            found: vec![(0, Found::Lost(None, "this segment is missing"))],
        }
    }

    /// Adds a piece; `twice` says that the records with its ids are there already.
    pub fn push(&mut self, at: usize, piece: &Piece, twice: bool) {
        let found = match piece {
            Piece::Whole { .. } if twice => Found::Twice,
            Piece::Whole { mended: false, .. } => Found::Whole,
            Piece::Whole { mended: true, .. } => Found::Mended,
            Piece::Lost { records, why } => Found::Lost(*records, why),
            Piece::Unfinished => Found::Unfinished,
        };
        self.found.push((at, found));
    }

    /// Records of which the number is certain, and stretches of which it is not.
    fn counts(&self) -> (usize, usize) {
        let count = |(certain, open): (usize, usize), (_, found): &(usize, Found)| match found {
            Found::Whole | Found::Mended | Found::Twice => (certain + 1, open),
            Found::Lost(Some(records), _) => (certain + records, open),
            Found::Lost(None, _) => (certain, open + 1),
            Found::Unfinished => (certain, open),
        };
        self.found.iter().fold((0, 0), count)
    }
}

impl Report {
    /// Whether every record that was ever committed is there, as far as can be known.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damage.is_empty() || self.unfinished_tail
    }

    pub(crate) fn count_segment(&mut self, bytes: &[u8], head: &Head) {
        self.segments += 1;
        self.bytes += bytes.len() as u64;
        if let Head::Whole(header, _) = head {
            self.format_versions.push(segment::version(bytes));
            self.segment_bytes.get_or_insert(header.segment_bytes);
        }
    }

    pub(crate) fn count_copy(&mut self, copied: &Copied) {
        self.bytes += copied.bytes;
        let Source { index, name } = copied.source;
        self.damage.push(format!(
            "{name:06}.seg: this file is segment {index}, which {:06}.seg holds as well: no record is \
             taken from here",
            copied.taken
        ));
    }

    pub(crate) fn count(&mut self, record: &Record) {
        self.trajectories += 1;
        self.turns += record.num_turns();
        self.tokens += record.tokens.len();
    }

    /// Gives each piece its id, and says what is wrong with it.
    pub(crate) fn describe(&mut self, sections: &[Section]) {
        self.format_versions.sort_unstable();
        self.format_versions.dedup();
        self.first_segment = sections.first().map_or(0, |section| section.source.index);
        self.first_id = first_id(sections);
        let mut id = self.first_id;
        for (at, section) in sections.iter().enumerate() {
            let next = sections.get(at + 1).and_then(|next| next.first_id);
            let taken = id;
            if let Some(first) = section.first_id.filter(|&first| first != id) {
                let (from, what) = if first > id {
                    self.lost.push(id..first);
                    (id, "missing before its first")
                } else {
                    (first, "there twice")
                };
                let which = records(from, first.abs_diff(id));
                self.damaged(section, &format!("{which} at byte 0: {what}"));
                id = first;
            }
            if let Some(what) = &section.head {
                self.damaged(
                    section,
                    &format!("header before record {id} at byte 0: {what}"),
                );
            }
            id = self.describe_section(section, id, next);
            if section
                .found
                .iter()
                .any(|(_, found)| matches!(found, Found::Twice))
            {
                id = id.max(taken); // ids that are there twice are not lost
            }
        }
        let tail = sections.last().is_some_and(|section| {
            let last = section.found.last();
            section.unfinished || matches!(last, Some((_, Found::Unfinished)))
        });
        self.unfinished_tail = tail && self.damage.len() == 1;
    }

    /// Describes one segment whose first record is `id`; gives the id of the next segment's first,
    /// which is `next` where that is known.
    fn describe_section(&mut self, section: &Section, mut id: usize, next: Option<usize>) -> usize {
        let (certain, mut open) = section.counts();
        // What the next header says of the ids goes to the last stretch of unknown length.
        let mut rest = next.map(|next| next.saturating_sub(id).saturating_sub(certain));
        let mut or_later = "";
        for &(at, found) in &section.found {
            let mut count = 1;
            let what = match found {
                Found::Whole | Found::Twice => None,
                Found::Mended => Some("its frame fails its checksum, but what it holds is whole"),
                Found::Unfinished => Some(TAIL),
                Found::Lost(Some(records), why) => {
                    count = records;
                    Some(why)
                }
                Found::Lost(None, why) => {
                    open -= 1;
                    count = match (open, rest) {
                        (0, Some(rest)) => rest,
                        _ => 1,
                    };
                    rest = rest.map(|rest| rest.saturating_sub(1));
                    Some(why)
                }
            };
            if let Some(what) = what {
                let which = records(id, count);
                self.damaged(section, &format!("{which}{or_later} at byte {at}: {what}"));
            }
            if let Found::Lost(records, _) = found {
                self.lost.push(id..id.saturating_add(count));
                if records.is_none() && (open > 0 || next.is_none()) {
                    or_later = " or later";
                }
            }
            id = id.saturating_add(count);
        }
        id
    }

    fn damaged(&mut self, section: &Section, what: &str) {
        self.damage
            .push(format!("{:06}.seg: {what}", section.source.name));
    }
}

/// Id of the first record: 0 in segment 0; else what the header says, or what the next one leaves.
fn first_id(sections: &[Section]) -> usize {
    let Some(first) = sections.first().filter(|first| first.source.index > 0) else {
        return 0;
    };
    let (certain, open) = first.counts();
    let next = sections.get(1).and_then(|next| next.first_id);
    let left = || next?.checked_sub(certain + open);
    first.first_id.or_else(left).unwrap_or(0)
}

/// "record 7", or "records 7 to 9".
fn records(first: usize, count: usize) -> String {
    match count {
        0 | 1 => format!("record {first}"),
        _ => format!("records {first} to {}", first.saturating_add(count - 1)),
    }
}
