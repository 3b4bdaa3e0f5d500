//! Twenty Questions: the agent finds a hidden object by asking questions that have a yes or no.

mod action;
mod comparison;
mod data;
mod description;
mod game;
mod hash;
mod index;
mod inflect;
pub mod knowledge;
mod reader;
mod spelling;
mod text;
mod words;

pub use game::{FULL, SUBSET, SUBSET_OBJECTS, TwentyQuestions};
pub use knowledge::{Knowledge, Reply};
