//! Which turns of a store to learn from next: uniform or prioritized replay.
//!
//! [`Replay`] draws; the store gathers what was drawn. Draws are a function of the seed and of the
//! calls before them, and [`Replay::state`] carries both across a restart.

mod error;
mod replay;
mod rng;
mod sample;
mod state;
mod tree;

pub use error::Error;
pub use replay::Replay;
pub use sample::{Drawn, MAX_BATCH};
pub use tree::SumTree;
