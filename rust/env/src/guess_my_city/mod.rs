//! Guess My City: the agent finds the home city of whoever answers by questions in plain words.
//!
//! An utterance becomes tokens ([`text`]); a question of yes or no is taken apart by the phrases of
//! a lexicon ([`reader`], [`lexicon`], [`numbers`]), and an open one is about a topic ([`topics`]).
//! What is true of which city is in text files ([`data`], [`search`], [`build`]).

mod build;
mod candidates;
mod data;
mod fold;
mod game;
pub mod knowledge;
mod letters;
mod lexicon;
mod numbers;
mod oracle;
mod places;
mod reader;
mod search;
mod secrets;
mod speech;
mod text;
mod topics;

pub use candidates::candidates;
pub use data::{City, DataError, File, cities};
pub use game::{GuessMyCity, ID};
pub use knowledge::Knowledge;
pub use oracle::Reply;
