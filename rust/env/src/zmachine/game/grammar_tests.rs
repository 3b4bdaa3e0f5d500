//! Tables of both formats, written as Inform's compiler writes them.

use std::sync::Arc;

use super::grammar::{Part, sentences};
use super::vocabulary::Vocabulary;
use crate::zmachine::memory::Memory;
use crate::zmachine::story::Story;

const GRAMMAR: usize = 0x100;
const LINES: usize = 0x110;
const DICTIONARY: usize = 0x180;
/// Entries have nine bytes: six of text and three beside it.
const ENTRY: usize = 9;
const FIRST: usize = DICTIONARY + 4;

/// Where the entry of a word is.
fn entry(index: usize) -> [u8; 2] {
    u16::try_from(FIRST + index * ENTRY).unwrap().to_be_bytes()
}

fn empty() -> Vec<u8> {
    let mut bytes = vec![0; 0x300];
    bytes[0] = 5;
    for (at, address) in [
        (0x06, 0x2F0),
        (0x08, DICTIONARY),
        (0x0A, 0x80),
        (0x0C, 0x40),
        (0x0E, GRAMMAR),
    ] {
        bytes[at..at + 2].copy_from_slice(&u16::try_from(address).unwrap().to_be_bytes());
    }
    bytes
}

fn memory(bytes: &[u8]) -> Memory {
    Memory::new(Arc::new(Story::load(bytes).unwrap()))
}

/// What is understood by two verbs, `put` and a command to the program, with these lines, and the
/// preposition `in`, whose number is 200.
fn understood(put: &[u8], meta: &[u8]) -> Vec<Vec<Part>> {
    let mut bytes = empty();
    let meta_at = LINES + put.len();
    for (index, at) in [LINES, meta_at].into_iter().enumerate() {
        let place = GRAMMAR + 2 * index;
        bytes[place..place + 2].copy_from_slice(&u16::try_from(at).unwrap().to_be_bytes());
    }
    bytes[LINES..meta_at].copy_from_slice(put);
    bytes[meta_at..meta_at + meta.len()].copy_from_slice(meta);
    let words: [(&str, [u8; 3]); 4] = [
        ("in", [8, 0, 200]),
        ("insert", [1, 255, 0]),
        ("put", [1, 255, 0]),
        ("save", [3, 254, 0]),
    ];
    bytes[DICTIONARY..FIRST].copy_from_slice(&[0, 9, 0, 4]);
    let blank = memory(&empty());
    for (index, (text, beside)) in words.iter().enumerate() {
        let at = FIRST + index * ENTRY;
        let encoded = blank.encode(text.as_bytes());
        let encoded = encoded.iter().flat_map(|word| word.to_be_bytes());
        let whole: Vec<u8> = encoded.chain(*beside).collect();
        bytes[at..at + ENTRY].copy_from_slice(&whole);
    }
    let memory = memory(&bytes);
    let vocabulary = Vocabulary::new(&memory).unwrap();
    let found = sentences(&memory, &vocabulary);
    found.into_iter().map(|sentence| sentence.parts).collect()
}

fn word(text: &str) -> Part {
    Part::Word(text.to_owned())
}

#[test]
fn lines_of_the_first_format_have_eight_bytes() {
    // multiheld, a preposition, noun; and lines that cannot be filled, with a number, and with six
    // things.
    #[rustfmt::skip]
    let put = [
        3,
        2, 3, 200, 0, 0, 0, 0, 18,
        1, 8, 0, 0, 0, 0, 0, 19,
        6, 0, 0, 0, 0, 0, 0, 20,
    ];
    let save = [1, 0, 0, 0, 0, 0, 0, 0, 30];
    let expected = vec![word("put"), Part::AllHeld, word("in"), Part::Thing];
    assert_eq!(understood(&put, &save), [expected]);
}

#[test]
fn lines_of_the_second_format_end_with_fifteen() {
    let [high, low] = entry(0);
    #[rustfmt::skip]
    let put = [
        3,
        // held, `in` or again `in`, noun
        0, 18, 1, 0, 1, 0x62, high, low, 0x52, high, low, 1, 0, 0, 15,
        // the same action with the same things, the other way to say it
        0, 18, 1, 0, 1, 1, 0, 0, 15,
        // what a routine selects; multi
        0, 19, 3, 1, 1, 1, 0, 2, 15,
    ];
    let save = [1, 0, 30, 15];
    let found = understood(&put, &save);
    assert_eq!(
        found,
        [
            vec![word("put"), Part::Held, Part::Thing],
            vec![word("put"), Part::Thing, Part::Things],
        ]
    );
}

#[test]
fn a_story_without_such_tables_is_told_usual_sentences() {
    // The lines of the first verb do not end where those of the second begin.
    let found = understood(&[1, 9, 9, 9], &[0]);
    let known = vec![word("put"), Part::Held, word("in"), Part::Thing];
    assert_eq!(found, [known], "of which it knows the words");
}
