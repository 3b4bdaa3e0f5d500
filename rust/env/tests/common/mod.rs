//! What the bounded fuzz test and the fuzz target share.

pub mod fuzz;
