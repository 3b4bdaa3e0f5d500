//! What must hold for any bytes, taken as a story and as what is said in it.

use std::sync::Arc;

use archer_env::zmachine::{Halt, Machine, Story};

/// What a turn may cost here.
const BUDGET: u64 = 100_000;
/// No turn prints more.
const LONGEST: usize = 1 << 16;

/// Plays `story`, whatever it is, and says each line of `said`; a copy is told the same, and does
/// the same.
pub fn run(story: &[u8], said: &[u8]) {
    let story = match Story::load(story) {
        Ok(story) => Arc::new(story),
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut machine = Machine::new(story, 7, false);
    let mut halt = machine.run(BUDGET);
    for line in said.split(|&byte| byte == b'\n') {
        assert!(machine.take_text().len() <= LONGEST);
        if matches!(halt, Halt::Quit | Halt::Fault(_)) {
            break;
        }
        let line = String::from_utf8_lossy(line);
        let mut copy = machine.clone();
        for machine in [&mut machine, &mut copy] {
            machine.answer(&line);
            halt = machine.run(BUDGET);
        }
        assert_eq!(copy.take_text(), machine.take_text());
        assert_eq!(copy.run(BUDGET), machine.run(BUDGET));
    }
    if let Halt::Fault(fault) = halt {
        assert!(!fault.to_string().is_empty());
    }
}
