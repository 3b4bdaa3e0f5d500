//! Car Dealer: the agent sells a car to a buyer with a temperament of their own.
//!
//! An utterance is split ([`lexer`]) and understood ([`listen`], [`price`]); the buyer's limit and
//! what moves it are in [`state`] and [`temperament`]; [`negotiation`] takes one turn, and
//! [`speech`] puts it into words.

mod answer;
mod catalogue;
mod codec;
mod draw;
mod game;
mod lexer;
mod listen;
mod negotiation;
mod price;
mod reply;
mod sentence;
mod speech;
mod state;
mod temperament;
#[cfg(test)]
mod tests;

pub use game::{CarDealer, ID};
pub use state::State;
pub use temperament::{TEMPERAMENTS, Temperament};
