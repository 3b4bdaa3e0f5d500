//! Which turns of a store to learn from next: uniform or prioritized replay.
//!
//! [`Replay`] draws; the store gathers what was drawn. Draws are a function of the seed and of the
//! calls before them, and [`Replay::state`] carries both across a restart. [`Turns`] are what
//! n-step and λ-returns are computed of.

mod error;
mod extremum;
mod held;
mod lost;
mod options;
mod priorities;
mod replay;
mod returns;
mod rng;
mod sample;
mod state;
mod tree;
mod update;

pub use error::Error;
pub use extremum::Extremum;
pub use options::{Normalize, Options};
pub use replay::Replay;
pub use returns::Turns;
pub use sample::{Draws, MAX_BATCH, Scheme};
pub use tree::SumTree;
