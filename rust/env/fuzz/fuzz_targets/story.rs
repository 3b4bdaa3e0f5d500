//! Arbitrary bytes as a story and what is said in it; see `tests/common/story_fuzz.rs` for what
//! must hold.
#![no_main]

#[path = "../../tests/common/story_fuzz.rs"]
mod story_fuzz;

libfuzzer_sys::fuzz_target!(|data: (&[u8], &[u8])| story_fuzz::run(data.0, data.1));
