//! Arbitrary bytes as an episode or a snapshot; see `tests/common/fuzz.rs` for what must hold.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| common::fuzz::run(data));
