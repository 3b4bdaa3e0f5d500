//! Twenty Questions: the agent finds a hidden object by asking questions that have a yes or no.

mod action;
mod attributes;
mod comparison;
mod data;
mod description;
mod frames;
mod game;
pub(crate) mod hash;
mod index;
mod indexing;
mod inflect;
mod keywords;
pub mod knowledge;
mod reader;
mod spelling;
mod text;
mod usage;
mod words;

pub use game::{FULL, SUBSET, SUBSET_OBJECTS, TwentyQuestions};
pub use knowledge::{Knowledge, Reply};
