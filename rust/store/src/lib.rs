//! Trajectories of token ids on an append-only, checksummed log, in memory or in a folder.
//!
//! [`Store`] is the whole of it. One writer appends [`Trajectory`] records, readers in other
//! processes follow with [`Store::refresh`], and [`Store::gather`] and its like copy what a learner
//! needs into one padded [`TurnBatch`] or one [`PackedBatch`]. `docs/store-format.md` describes the bytes.

mod batch;
mod buffer;
mod columns;
mod error;
mod folder;
mod json;
mod open;
mod read;
mod record;
pub mod salvage;
mod segment;
mod select;
mod store;
mod trajectory;
mod write;

pub use batch::{PackedBatch, Stream, TurnBatch, Turns, Window};
pub use columns::Columns;
pub use error::Error;
pub use segment::{MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES};
pub use select::{Bounds, Filter};
pub use store::{DEFAULT_SEGMENT_BYTES, Store};
pub use trajectory::Trajectory;
